"""Words by language: French is the source, and no language stands in for another."""

from pathlib import Path

import pytest

from smsgateway.text.catalogue import LANGUAGES, N_, Catalogue, CatalogueError, MissingText

WELCOME = N_("Bienvenue.")


def write(directory: Path, language: str, body: str) -> None:
    folder = directory / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (folder / "messages.po").write_text(header + body, encoding="utf-8")


def test_marking_a_text_changes_nothing() -> None:
    assert WELCOME == "Bienvenue."


def test_a_french_text_without_entry_is_its_own_message_id() -> None:
    catalogue = Catalogue({})
    assert catalogue.text(WELCOME, "fr") == "Bienvenue."
    assert catalogue.has(WELCOME, "fr")


def test_the_french_catalogue_may_reword_the_source() -> None:
    assert Catalogue({"fr": {WELCOME: "Soyez bienvenu."}}).text(WELCOME, "fr") == "Soyez bienvenu."


@pytest.mark.parametrize("words", [{}, {"bm": {}}, {"bm": {WELCOME: ""}}], ids=str)
def test_a_text_missing_in_bambara_is_never_said_in_french(
    words: dict[str, dict[str, str]],
) -> None:
    catalogue = Catalogue(words)
    assert not catalogue.has(WELCOME, "bm")
    with pytest.raises(MissingText) as missing:
        catalogue.text(WELCOME, "bm")
    assert (missing.value.msgid, missing.value.language) == (WELCOME, "bm")
    assert (
        str(missing.value) == "There is no text in 'bm' for 'Bienvenue.': add it to the catalogue."
    )


def test_an_unknown_language_has_no_texts() -> None:
    with pytest.raises(MissingText):
        Catalogue({"fr": {WELCOME: WELCOME}}).text(WELCOME, "en")


def test_catalogues_are_read_from_their_files(tmp_path: Path) -> None:
    write(tmp_path, "fr", 'msgid "Bienvenue."\nmsgstr ""\n')
    write(
        tmp_path,
        "bm",
        '#. review: pending\n#: flows/menu.py\nmsgid "Bienvenue."\nmsgstr "I ni ce, ɲɛ."\n\n'
        'msgid "Deux\\n"\n"lignes"\nmsgstr "Sira\\n"\n"fila"\n\n'
        '#~ msgid "Ancien."\n#~ msgstr "Kɔrɔ."\n',
    )
    catalogue = Catalogue.load(tmp_path)
    assert catalogue.text(WELCOME, "fr") == "Bienvenue."
    assert catalogue.text(WELCOME, "bm") == "I ni ce, ɲɛ."
    assert catalogue.text("Deux\nlignes", "bm") == "Sira\nfila"
    assert not catalogue.has("Ancien.", "bm")
    assert not catalogue.has("", "bm")


def test_a_fuzzy_translation_is_not_used(tmp_path: Path) -> None:
    write(tmp_path, "bm", '#, fuzzy\nmsgid "Bienvenue."\nmsgstr "I ni ce."\n')
    assert not Catalogue.load(tmp_path).has(WELCOME, "bm")


def test_the_source_needs_no_file_but_every_other_language_does(tmp_path: Path) -> None:
    write(tmp_path, "fr", "")
    with pytest.raises(CatalogueError, match=r"bm/LC_MESSAGES/messages\.po cannot be read"):
        Catalogue.load(tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('msgid "a"\nmsgsrt "c"\n', id="a word misspelt"),
        pytest.param('msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n', id="a plural"),
        pytest.param('msgctxt "menu"\nmsgid "a"\nmsgstr "c"\n', id="a context"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_named(tmp_path: Path, body: str) -> None:
    write(tmp_path, "bm", body)
    with pytest.raises(CatalogueError, match=r"bm/LC_MESSAGES/messages\.po"):
        Catalogue.load(tmp_path)


def test_a_catalogue_in_another_encoding_is_named(tmp_path: Path) -> None:
    write(tmp_path, "bm", "")
    path = tmp_path / "bm" / "LC_MESSAGES" / "messages.po"
    path.write_bytes(path.read_bytes() + 'msgid "é"\nmsgstr "e"\n'.encode("cp1252"))
    with pytest.raises(CatalogueError, match="cannot be understood"):
        Catalogue.load(tmp_path)


def test_french_comes_first() -> None:
    assert LANGUAGES == ("fr", "bm")
