"""`smsgateway texts check`, on catalogues of its own."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from click.testing import CliRunner, Result

from smsgateway.commands.texts import texts
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import Catalogue


def check(locales: Path) -> Result:
    return CliRunner().invoke(texts, ["check", "--locales", str(locales)])


@pytest.fixture
def words() -> dict[str, str]:
    """The shipped Bambara of every message."""
    shipped = Catalogue.load(locales_dir())
    messages = {template.msgid for template in TEMPLATES.values()}
    messages |= {one.claim.msgid for one in TEMPLATES.values() if one.claim}
    for template in TEMPLATES.values():
        for placeholder in template.placeholders.values():
            messages |= {placeholder.instead_of_nothing() or template.msgid}
    return {message: shipped.text(message, "bm") for message in messages}


def write(locales: Path, words: dict[str, str]) -> None:
    catalog = Catalog(locale="bm")
    for msgid, text in words.items():
        catalog.add(msgid, text)
    folder = locales / "bm" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalog)


def test_a_whole_catalogue_has_no_fault(tmp_path: Path, words: dict[str, str]) -> None:
    write(tmp_path, words)
    result = check(tmp_path)
    assert result.output == (
        f"{len(TEMPLATES)} messages and {len(words)} texts in 2 languages: no fault. "
        f"Bambara: 0 approved by a native speaker, {len(words)} pending.\n"
    )
    assert result.exit_code == 0


def test_each_fault_has_a_line_and_fails_the_check(tmp_path: Path, words: dict[str, str]) -> None:
    without, garbled, *_ = TEMPLATES.values()
    write(tmp_path, words | {without.msgid: "", garbled.msgid: words[garbled.msgid] + "☂"})
    result = check(tmp_path)
    assert [line.partition(":")[0] for line in result.output.splitlines()] == [
        f"{without.id} (bm)",
        f"{garbled.id} (bm)",
    ]
    assert result.exit_code == 1


def test_a_text_in_a_trap_fails_the_check_with_the_reason(
    tmp_path: Path, words: dict[str, str]
) -> None:
    first = next(iter(TEMPLATES.values()))
    write(tmp_path, words | {first.msgid: f"{words[first.msgid]} Wari tɛ sara."})
    result = check(tmp_path)
    assert "(free_of_charge): That something costs nothing is for each health centre" in (
        result.output
    )
    assert result.exit_code == 1


def test_a_folder_without_catalogue_is_named(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert "messages.po cannot be read" in result.output
    assert result.exit_code == 1
