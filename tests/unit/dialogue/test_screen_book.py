"""What reviewers see: the screen book and the diagrams."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner
from sample_journey import journey, main_flow, place_flow

from smsgateway.commands.flows import flows
from smsgateway.dialogue.book import book
from smsgateway.dialogue.diagram import mermaid
from smsgateway.dialogue.network import DEFAULT_NETWORK
from smsgateway.text.catalogue import Catalogue

PAGE = book(journey(), Catalogue({"fr": {}}), ("fr",), DEFAULT_NETWORK)
SECTIONS = dict(re.findall(r'<section id="(.*?)">(.*?)</section>', PAGE, re.DOTALL))


def test_every_node_has_its_section_and_every_link_leads_to_one() -> None:
    assert list(SECTIONS) == list(journey().nodes)
    linked = set(re.findall(r'href="#(.*?)"', PAGE))
    assert linked <= {*SECTIONS, "main", "place", "engine"}


def test_a_question_is_shown_with_its_error_and_its_count() -> None:
    frame = r'<pre( class="error")?>(.*?)\n.*?</pre><small>(.*?)</small>'
    assert re.findall(frame, SECTIONS["main.born"], re.DOTALL) == [
        ("", "Né le ?", "28 of 160 septets"),
        (' class="error"', "Jour mal écrit.", "44 of 160 septets"),
    ]


def test_the_longest_values_stand_in_grey() -> None:
    assert "Inscrire, <i>WWWWWWWWWW</i>, <i>WWWWWWWWWWWWWWWWWWWW</i> ?" in SECTIONS["main.confirm"]


def test_a_long_text_is_shown_in_its_pages() -> None:
    assert "page 1 of 3" in SECTIONS["main.read"]
    assert "page 3 of 3" in SECTIONS["main.read"]


def test_reviewers_are_told_what_a_screen_keeps_and_where_it_leads() -> None:
    assert "sensitive: forgotten at the next screen" in SECTIONS["main.secret"]
    assert "checkpoint" in SECTIONS["main.confirm"]
    assert 'through → <a href="#place.start">' in SECTIONS["main.where"]
    assert "known → return" in SECTIONS["place.find"]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    assert not re.search(r"<(script|link|img)|https?://|url\(", PAGE)


def test_a_diagram_has_every_node_and_every_way() -> None:
    drawn = mermaid(main_flow())
    for line in (
        'main_home -->|"1. Inscrire"| main_sex',
        'main_born["born: Né le ?"]',
        'main_where[["where"]]',
        'main_where -->|"through"| place_start',
        'main_prove{{"prove"}}',
        'main_prove -->|"right"| main_file',
        'main_done(["done: Inscrit."])',
        'place_start>"place.start"]',
        'go_home>"home"]',
    ):
        assert f"    {line}\n" in drawn
    assert 'place_find -->|"known"| go_return' in mermaid(place_flow())


def test_the_commands_write_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(flows, ["draw", "--into", str(tmp_path)])
    assert result.exit_code == 0, result.output
    listed = re.findall(r"\]\((.*?)\)", (tmp_path / "README.md").read_text())
    assert sorted([*listed, "README.md"]) == sorted(one.name for one in tmp_path.iterdir())
    assert (tmp_path / "menu.md").read_text().startswith("# menu\n\n```mermaid\n---\ntitle: menu\n")
    result = CliRunner().invoke(flows, ["book"])
    assert '<h2 id="menu">menu</h2>' in result.output
