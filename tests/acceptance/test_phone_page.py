"""The phone page in a real Chromium, against a small application that answers by USSD."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright
from tiny_application import Played, TinyApplication, played
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from smsgateway.web.simulator import people
from smsgateway.web.simulator.app import create_app
from smsgateway.web.simulator.server import Server, running

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
WIDE, NARROW = (1280, 800), (390, 844)
MENU = "Bienvenue\n1 RAMED et assurances\n2 Mon enfant\n3 Ma grossesse"
PARENT, WORKER = "+22370000101", "+22379000103"
PEOPLE = people.load(
    [
        {
            "name": "Parent, Bamako (démo)",
            "number": PARENT,
            "network": "61002",
            "language": "français",
            "hints": ["Dossier 223000000012, né en 1980", "Écrivez « AIDE » par SMS"],
        },
        {"name": "Agent de santé (démo)", "number": WORKER, "network": "61001"},
    ]
)
ANSWERS = {
    "": f"CON {MENU}",
    "1": "END Merci.",
    "2": "CON " + "x" * 170,
    "3": "CON Sɔgɔma",
    "4": "END <img src=x onerror=alert(1)><b>gras</b>",
}


def answer(text: str) -> tuple[str, int]:
    return ANSWERS.get(text, "CON encore"), 200


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("Chromium is not installed: apt-get install chromium")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def sim() -> Iterator[Played]:
    with played(TinyApplication(answer), service_codes=("*384*223#",)) as running_one:
        running_one.simulator.introduce(PEOPLE)
        yield running_one


@contextmanager
def opened(browser: Browser, url: str, size: tuple[int, int] = WIDE) -> Iterator[Page]:
    """The page at `url`, ready; it must ask nothing of other hosts and report no error."""
    faults: list[str] = []
    host = url.split("/")[2]

    def asked(request: Request) -> None:
        if request.url.split("/")[2:3] != [host]:
            faults.append(f"it asked {request.url}")

    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.set_default_timeout(PATIENCE_MS)
    page.on("request", asked)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.goto(url)
    expect(page.locator("#line")).to_have_attribute("data-state", "live")
    yield page
    page.close()
    assert faults == []


@pytest.fixture
def page(browser: Browser, sim: Played) -> Iterator[Page]:
    with opened(browser, f"{sim.url}/") as one:
        yield one


def send(sim: Played, to: str, message: str) -> None:
    form = {"username": "clinic", "to": to, "message": message, "from": "SANTE"}
    url = f"{sim.url}/version1/messaging"
    requests.post(url, data=form, headers={"apiKey": "k"}, timeout=5).raise_for_status()


def test_the_green_key_dials_the_code_that_is_already_there(page: Page, sim: Played) -> None:
    page.get_by_role("button", name="touche verte").click()

    expect(page.locator("#ussd-text")).to_have_text(MENU)
    expect(page.locator("#ussd-length")).to_contain_text(f"{len(MENU)} sur 160")
    first = sim.application.got("ussd")[0].fields
    assert first["phoneNumber"] == PARENT
    assert (first["serviceCode"], first["networkCode"]) == ("*384*223#", "61002")


def test_keys_and_the_green_key_answer_and_an_end_says_so(page: Page, sim: Played) -> None:
    page.locator("#call").click()
    expect(page.locator("#ussd-text")).to_have_text(MENU)
    page.get_by_role("button", name="Touche 1").click()
    page.locator("#call").click()

    expect(page.locator("#ussd-text")).to_have_text("Merci.")
    expect(page.get_by_text("Session terminée")).to_be_visible()
    assert sim.application.got("ussd", 2)[1].fields["text"] == "1"
    assert sim.application.got("ussd-events")[0].fields["status"] == "Success"


def test_a_keyboard_alone_is_enough(page: Page, sim: Played) -> None:
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_focused()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.locator("#ussd-text")).to_have_text("encore")
    page.keyboard.press("Escape")

    expect(page.locator("#dialled")).to_be_visible()
    assert sim.application.got("ussd-events")[0].fields["status"] == "Incomplete"


def test_a_key_replaces_the_proposed_code_and_the_red_key_brings_it_back(page: Page) -> None:
    for name in ("Touche *", "Touche 7", "Touche #"):
        page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#dialled")).to_have_value("*7#")
    page.locator("#call").click()

    expect(page.get_by_text("Ce code n’est servi par personne.")).to_be_visible()
    page.locator("#end").click()
    page.locator("#end").click()
    expect(page.locator("#dialled")).to_have_value("*384*223#")


def test_a_screen_that_is_too_long_or_outside_gsm7_is_pointed_out(page: Page) -> None:
    for key, words, state in [
        ("2", "170 sur 160", "doubtful"),
        ("3", "6 sur 80 (UCS-2 à cause de ɔ)", "doubtful"),
    ]:
        page.locator("#call").click()
        expect(page.locator("#ussd-text")).to_have_text(MENU)
        page.locator("#answer").fill(key)
        page.locator("#call").click()
        expect(page.locator("#ussd-length")).to_contain_text(words)
        expect(page.locator("#ussd-length")).to_have_attribute("data-state", state)
        page.locator("#end").click()


def test_a_message_arrives_by_itself_and_is_counted_until_it_is_read(
    page: Page, sim: Played
) -> None:
    send(sim, PARENT, "Aw ni ce")
    send(sim, WORKER, "Bonjour")
    expect(page.locator("#arrived")).to_have_text("Nouveau message de SANTE — lire")
    expect(page.locator(".badge:visible")).to_have_count(2)
    page.locator("#soft-left").click()
    page.get_by_role("button", name="Aw ni ce").click()

    expect(page.locator("#read-text")).to_have_text("Aw ni ce")
    expect(page.locator("#read-length")).to_have_text("8 caractères · 1 SMS")
    expect(page.locator(".badge:visible")).to_have_count(1)
    expect(page.locator("#envelope")).to_be_hidden()


def test_a_message_can_be_written_to_the_service(page: Page, sim: Played) -> None:
    page.get_by_role("button", name="Messages").click()
    page.get_by_role("button", name="Écrire").click()
    page.get_by_label("Votre message").fill("AIDE ɛ")
    expect(page.locator("#write-length")).to_contain_text("UCS-2 à cause de ɛ")
    page.get_by_role("button", name="Envoyer", exact=True).click()

    expect(page.locator("#inbox")).to_contain_text("AIDE ɛ")
    fields = sim.application.got("sms")[0].fields
    assert (fields["from"], fields["text"], fields["to"]) == (PARENT, "AIDE ɛ", "36000")


def test_hints_are_typed_at_a_touch(page: Page) -> None:
    page.get_by_role("button", name="Taper 1980").click()
    expect(page.locator("#notice")).to_contain_text("Composez d’abord le code")
    page.locator("#call").click()
    expect(page.locator("#answer")).to_be_visible()
    page.get_by_role("button", name="Taper 223000000012").click()
    expect(page.locator("#answer")).to_have_value("223000000012")
    page.locator("#end").click()
    page.get_by_role("button", name="Taper AIDE").click()
    expect(page.locator("#write-text")).to_have_value("AIDE")


def test_another_person_or_number_can_be_taken_in_hand(page: Page, sim: Played) -> None:
    page.get_by_label("Agent de santé").check()
    expect(page.locator("#operator")).to_have_text("Moov Africa Malitel")
    page.get_by_label("Autre numéro, comme").fill("+223 65 55 44 33")
    page.get_by_label("Autre numéro, comme").press("Tab")
    page.get_by_label("Réseau").select_option("99999")
    page.locator("#call").click()
    expect(page.locator("#ussd-text")).to_have_text(MENU)

    fields = sim.application.got("ussd")[0].fields
    assert (fields["phoneNumber"], fields["networkCode"]) == ("+22365554433", "99999")


def test_a_number_that_was_mistyped_calls_as_nobody_else(page: Page) -> None:
    page.get_by_label("Autre numéro, comme").fill("12")
    page.get_by_label("Autre numéro, comme").press("Tab")
    page.locator("#call").click()
    expect(page.get_by_label("Autre numéro, comme")).to_be_focused()
    expect(page.locator("#ussd-text")).to_have_text("")


def test_the_page_speaks_english_and_remembers_it(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Who is calling?")).to_be_visible()
    page.reload()

    expect(page.get_by_text("Press the green key", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_markup_in_a_screen_stays_text(page: Page) -> None:
    page.locator("#call").click()
    page.locator("#answer").fill("4")
    page.locator("#call").click()

    expect(page.locator("#ussd-text")).to_have_text(ANSWERS["4"][4:])
    expect(page.locator("#ussd-text *")).to_have_count(0)


def test_the_network_closes_a_session_that_nobody_answers(browser: Browser) -> None:
    with (
        played(TinyApplication(answer), ussd_idle_limit_s=0.5) as sim,
        opened(browser, f"{sim.url}/") as page,
    ):
        page.locator("#call").click()
        expect(page.get_by_text("le réseau a fermé la session")).to_be_visible()
        expect(page.locator("#answer")).to_be_hidden()


def test_the_log_shows_each_request_with_its_answer(page: Page) -> None:
    page.locator("#call").click()
    expect(page.locator("#ussd-text")).to_have_text(MENU)
    page.get_by_text("Journal des échanges HTTP").click()
    page.locator("#exchanges summary").first.click()

    expect(page.locator("#exchanges pre").first).to_contain_text("serviceCode = *384*223#")
    expect(page.locator("#exchanges pre").nth(1)).to_contain_text("CON Bienvenue")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_whole_phone_is_in_view_and_nothing_scrolls_sideways(
    browser: Browser, sim: Played, size: tuple[int, int], tmp_path: Path
) -> None:
    with opened(browser, f"{sim.url}/", size) as page:
        page.screenshot(path=tmp_path / "idle.png")
        width = page.evaluate("document.documentElement.scrollWidth")
        last_key = page.get_by_role("button", name="Touche #").bounding_box()
        page.locator("#call").click()
        expect(page.locator("#answer")).to_be_in_viewport(ratio=1)
        page.screenshot(path=tmp_path / "ussd.png")

    assert width <= size[0]
    assert last_key is not None
    assert last_key["y"] + last_key["height"] <= size[1]


def test_every_control_has_a_name_in_each_view(page: Page) -> None:
    nameless = """() => [...document.querySelectorAll("button, input, select, textarea")]
      .filter((node) => node.checkVisibility() && !node.disabled)
      .filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim()
        || node.labels?.length))
      .map((node) => node.outerHTML)"""
    assert page.evaluate(nameless) == []
    page.locator("#call").click()
    expect(page.locator("#answer")).to_be_visible()
    assert page.evaluate(nameless) == []
    page.locator("#end").click()
    page.locator("#soft-left").click()
    page.locator("#soft-left").click()
    expect(page.locator("#write-text")).to_be_visible()
    assert page.evaluate(nameless) == []


def test_the_page_works_below_any_path_prefix(browser: Browser, sim: Played) -> None:
    mounted = DispatcherMiddleware(NotFound(), {"/tools/phone": create_app(sim.simulator)})
    with (
        running(Server(mounted, "127.0.0.1", 0)) as server,
        opened(browser, f"{server.url}/tools/phone/") as page,
    ):
        page.locator("#call").click()
        expect(page.locator("#ussd-text")).to_have_text(re.compile("Bienvenue"))
