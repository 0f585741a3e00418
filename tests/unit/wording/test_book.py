"""`texts book`: one page, every message and screen in both languages, counted and marked."""

from __future__ import annotations

import re
import shutil
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows import app
from smsgateway.commands.texts import texts
from smsgateway.dialogue.nodes import Call, Visit
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.paths import locales_dir
from smsgateway.wording.po import CatalogueFile, Review

SECTION = re.compile(r"<section><h3>(.*?)</h3>(.*?)</section>", re.DOTALL)


def page(locales: Path) -> str:
    result = CliRunner().invoke(texts, ["book", "--locales", str(locales)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    return {unescape(title): body for title, body in SECTION.findall(page(locales_dir()))}


def test_every_message_and_every_screen_has_its_place(sections: dict[str, str]) -> None:
    messages = [f"{one.id} ({one.message_class})" for one in TEMPLATES.values()]
    screens = [name for name, node in app.nodes.items() if not isinstance(node, Call | Visit)]
    claims = ["added where vaccination is free and there is room"]
    assert list(sections) == messages + claims + screens


def test_a_question_is_shown_with_its_error(sections: dict[str, str]) -> None:
    assert "Il faut 4 chiffres : jour et mois." in sections["vaccination.birthday"]


def test_both_languages_are_shown_folded_and_counted(sections: dict[str, str]) -> None:
    reminder = sections["rem_3d (reminder)"]
    assert "<i>èèèè" in reminder
    assert "Venez avec l&#x27;enfant" in reminder
    assert "bolocisèbèn ye." in reminder
    assert re.findall(r"(\d) SMS", reminder) == ["1", "1"]
    assert all(int(septets) <= 160 for septets in re.findall(r"(\d+) septets", reminder))


def test_every_screen_shows_the_keys_of_its_menu(sections: dict[str, str]) -> None:
    assert "1. Oui, envoyer\n" in unescape(sections["agent.confirm"])
    assert "class=pending>pending" in sections["agent.confirm"]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    assert not re.search(r"<(script|link|img)|https?://|url\(", page(locales_dir()))


def test_an_approved_message_is_marked(tmp_path: Path) -> None:
    locales = Path(shutil.copytree(locales_dir(), tmp_path / "locales"))
    file = CatalogueFile(locales, "bm")
    msgid = TEMPLATES["rem_3d"].msgid
    file.change(msgid, file.text(msgid), Review("Démo Relectrice", date(2026, 12, 1)))
    file.save()
    shown = dict(SECTION.findall(page(locales)))
    assert "class=approved>approved" in shown["rem_3d (reminder)"]
    assert "class=approved" not in shown["rem_1d (reminder)"]
