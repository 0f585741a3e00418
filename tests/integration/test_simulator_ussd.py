"""The simulator as a gateway for USSD: what a session puts on the wire, and how it ends."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from tiny_application import Played, TinyApplication, played

from smsgateway.web.simulator.config import CallbackUrls
from smsgateway.web.simulator.people import PeopleError, load
from smsgateway.web.simulator.ussd import length_of, split_code

AMINATA = "+22370000001"


def menu(text: str) -> tuple[str, int]:
    return (f"END au revoir {text}" if text.endswith("9") else f"CON [{text}]"), 200


@pytest.fixture
def sim() -> Iterator[Played]:
    with played(TinyApplication(menu)) as running:
        yield running


def call(sim: Played, path: str, body: object) -> Any:
    return requests.post(f"{sim.url}/simulator/api/{path}", json=body, timeout=5).json()


def dial(sim: Played, code: str = "*384*1#") -> dict[str, Any]:
    return call(sim, "ussd", {"phone": AMINATA, "code": code, "network": "61002"})


def test_the_first_callback_is_the_recorded_one_byte_for_byte(sim: Played) -> None:
    session = dial(sim)["session"]
    callback = sim.application.got("ussd")[0]

    assert re.fullmatch(r"ATUid_[0-9a-f]{32}", session)
    assert callback.raw == (
        "phoneNumber=%2B22370000001&serviceCode=%2A384%2A1%23&text="
        f"&sessionId={session}&networkCode=61002"
    )
    assert callback.agent == "at-ussd-api/1.0"
    assert callback.content_type == "application/x-www-form-urlencoded"


def test_inputs_add_up_joined_by_stars_and_empty_ones_are_kept(sim: Played) -> None:
    session = dial(sim)["session"]
    for text in ("1", "", "a*b"):
        last = call(sim, f"ussd/{session}", {"input": text})

    texts = [one.fields["text"] for one in sim.application.got("ussd", 4)]
    assert texts == ["", "1", "1*", "1**a*b"]
    assert (last["screen"], last["open"]) == ("[1**a*b]", True)


def test_an_end_closes_the_session_with_success(sim: Played) -> None:
    session = dial(sim)["session"]
    last = call(sim, f"ussd/{session}", {"input": "9"})
    again = call(sim, f"ussd/{session}", {"input": "1"})
    event = sim.application.got("ussd-events")[0].fields

    assert (last["screen"], last["open"]) == ("au revoir 9", False)
    assert again == {"error": "the session is over: dial again"}
    assert (event["status"], event["hopsCount"], event["input"]) == ("Success", "2", "9")
    assert event["lastAppResponse"] == "END au revoir 9"


def test_the_end_event_has_the_recorded_fields_in_their_order(sim: Played) -> None:
    session = dial(sim)["session"]
    requests.delete(f"{sim.url}/simulator/api/ussd/{session}", timeout=5).raise_for_status()
    event = sim.application.got("ussd-events")[0]

    assert re.match(
        r"durationInMillis=\d+&phoneNumber=%2B22370000001&errorMessage=&serviceCode=%2A384%2A1%23"
        r"&lastAppResponse=CON\+%5B%5D&hopsMetadata=&hopsCount=1&status=Incomplete"
        rf"&sessionId={session}&cost=0\.00&date=[0-9-]+\+\d\d%3A\d\d%3A\d\d&networkCode=61002"
        r"&input=$",
        event.raw,
    )


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        pytest.param(("oops", 500), "http_error", id="a server error"),
        pytest.param(("Bonjour", 200), "not_con_or_end", id="neither CON nor END"),
        pytest.param(("con Bonjour", 200), "not_con_or_end", id="a small con"),
    ],
)
def test_a_wrong_answer_ends_the_session_as_failed(answer: tuple[str, int], trouble: str) -> None:
    with played(TinyApplication(lambda text: answer)) as sim:
        screen = dial(sim)
        event = sim.application.got("ussd-events")[0].fields

    assert (screen["open"], screen["trouble"]) == (False, trouble)
    assert event["status"] == "Failed"
    assert event["errorMessage"]


def test_an_application_that_is_too_slow_loses_the_session() -> None:
    def slow(text: str) -> tuple[str, int]:
        time.sleep(0.5)
        return "CON late", 200

    with played(TinyApplication(slow), response_timeout_s=0.1) as sim:
        screen = dial(sim)

    assert (screen["trouble"], screen["open"]) == ("no_answer", False)


def test_an_application_that_is_down_is_said_to_be() -> None:
    with played(callbacks=CallbackUrls.below("http://127.0.0.1:9")) as sim:
        assert dial(sim)["trouble"] == "no_answer"


def test_without_an_address_the_caller_hears_so() -> None:
    with played(callbacks=CallbackUrls()) as sim:
        assert dial(sim)["trouble"] == "no_address"


def test_a_caller_who_says_nothing_is_cut_off() -> None:
    with played(TinyApplication(menu), ussd_idle_limit_s=0.1) as sim:
        session = dial(sim)["session"]
        event = sim.application.got("ussd-events")[0].fields
        late = call(sim, f"ussd/{session}", {"input": "1"})

    assert event["status"] == "Incomplete"
    assert "error" in late


def test_a_session_that_lasts_too_long_is_cut_off() -> None:
    with played(TinyApplication(menu), ussd_session_limit_s=0.1) as sim:
        dial(sim)
        assert sim.application.got("ussd-events")[0].fields["status"] == "Incomplete"


def test_one_callback_can_be_delivered_eight_times_at_once(sim: Played) -> None:
    session = dial(sim)["session"]
    call(sim, f"ussd/{session}", {"input": "1"})
    with ThreadPoolExecutor(8) as pool:
        screens = list(pool.map(lambda _: call(sim, f"ussd/{session}/repeat", {}), range(8)))

    raws = [one.raw for one in sim.application.got("ussd", 10)]
    assert len(set(raws[1:])) == 1
    assert {screen["screen"] for screen in screens} == {"[1]"}
    assert call(sim, f"ussd/{session}", {"input": "2"})["screen"] == "[1*2]"


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        pytest.param("*384*1#", ("*384*1#", []), id="the code itself"),
        pytest.param("*384*1*2#", ("*384*1#", ["2"]), id="a sub-code"),
        pytest.param("*384*1*2*3#", ("*384*1#", ["2", "3"]), id="two sub-codes"),
        pytest.param("*384*12#", ("*384*12#", []), id="the longest code wins"),
        pytest.param("*999#", ("*999#", []), id="another code"),
    ],
)
def test_a_sub_code_arrives_as_the_first_text(
    dialled: str, expected: tuple[str, list[str]]
) -> None:
    assert split_code(dialled, ("*384*1#", "*384*12#")) == expected


def test_a_code_nobody_serves_is_refused_by_the_network() -> None:
    with played(service_codes=("*384*1#",)) as sim:
        screen = dial(sim, "*777#")
        reached = dial(sim, "*384*1*7#")

    assert (screen["trouble"], screen["open"]) == ("unknown_code", False)
    assert reached["screen"] == "[7]"
    assert [one.fields["text"] for one in sim.application.callbacks] == ["7"]


def test_the_length_of_a_screen_names_the_letters_that_cost_it_dearly() -> None:
    assert length_of("é€")["units"] == 3
    assert length_of("aɛbɔɛ") == {
        "encoding": "ucs2",
        "units": 5,
        "segments": 1,
        "limit": 80,
        "letters": ["ɛ", "ɔ"],
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("ussd", {"phone": "70000001", "code": "*1#"}, id="a national number"),
        pytest.param("ussd", {"phone": AMINATA, "code": "bonjour"}, id="not a code"),
        pytest.param("ussd", {"phone": AMINATA}, id="no code"),
        pytest.param("ussd", [], id="not an object"),
        pytest.param("sms", {"from": AMINATA}, id="no text"),
        pytest.param("sms", {"from": 7, "text": "a"}, id="a number that is not a text"),
        pytest.param("people", {"name": "a"}, id="people that are not a list"),
        pytest.param("opt-outs", {"phone": "x"}, id="a wrong phone"),
    ],
)
def test_bad_input_gets_a_400_that_says_why(sim: Played, path: str, body: object) -> None:
    answer = requests.post(f"{sim.url}/simulator/api/{path}", json=body, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_form_from_another_site_is_not_taken(sim: Played) -> None:
    url = f"{sim.url}/simulator/api/sms"
    answer = requests.post(url, data='{"from":"+22370000001","text":"a"}', timeout=5)

    assert answer.status_code == 400


def test_events_tell_of_a_message_and_hide_keys_and_tokens(sim: Played) -> None:
    token = "0123456789abcdef0123"
    headers = {"apiKey": "a very secret key"}
    form = {"username": "clinic", "to": AMINATA, "message": "Bonjour"}
    send = f"{sim.url}/version1/messaging?token={token}"
    requests.post(send, data=form, headers=headers, timeout=5).raise_for_status()
    heard = ""
    with requests.get(f"{sim.url}/simulator/api/events?after=0", stream=True, timeout=5) as stream:
        for line in stream.iter_lines(decode_unicode=True):
            heard += f"{line}\n"
            if line.startswith("event: message"):
                break

    assert "event: exchange" in heard
    assert "a very secret key" not in heard
    assert token not in heard


def test_people_are_replaced_and_their_networks_remembered(sim: Played) -> None:
    given = [{"name": "Awa (démo)", "number": "+223 66 00 00 07", "network": "61001"}]
    answer = call(sim, "people", given)

    assert [person["number"] for person in answer["people"]] == ["+22366000007"]
    assert sim.simulator.phones.network("+22366000007") == "61001"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param({}, "list", id="not a list"),
        pytest.param([1], "person 1", id="not an object"),
        pytest.param([{"number": AMINATA}], "person 1: name", id="no name"),
        pytest.param([{"name": "a", "number": "7"}], "person 1: a phone number", id="bad number"),
        pytest.param([{"name": "a", "number": AMINATA, "hints": [3]}], "hint", id="bad hint"),
    ],
)
def test_a_wrong_list_of_people_names_the_person(data: object, fault: str) -> None:
    with pytest.raises(PeopleError, match=fault):
        load(data)


@pytest.mark.parametrize("path", ["/", "/simulator", "/simulator/"])
def test_the_page_and_its_files_are_found_from_each_address(sim: Played, path: str) -> None:
    page = requests.get(f"{sim.url}{path}", timeout=5)
    base = re.search(r'<base href="([^"]+)"', page.text)
    assert base is not None
    script = requests.compat.urljoin(page.url, f"{base[1]}static/main.js")

    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert requests.get(script, timeout=5).status_code == 200


def test_the_simulator_stands_on_the_text_room_alone() -> None:
    code = (
        "import sys, smsgateway.web.simulator.app;"
        "print([m for m in sys.modules if m.startswith('smsgateway.')"
        " and not m.startswith(('smsgateway.web.simulator', 'smsgateway.text'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['smsgateway.web']"


def test_the_command_serves_until_it_is_asked_to_stop() -> None:
    code = "import smsgateway.cli as c; c.main()"
    command = [sys.executable, "-c", code, "simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        page = requests.get(url, timeout=10)
        process.terminate()
        status = process.wait(10)

    assert (page.status_code, status) == (200, 0)
