"""Catalogue files as reviewers change them: texts, marks, and where each text appears."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from flows import app
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue, CatalogueError
from smsgateway.wording.po import CatalogueFile, Review
from smsgateway.wording.uses import uses_of

TEXT = "Enfant introuvable. Regardez le carnet, ou demandez à votre centre de santé."


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    return Path(shutil.copytree(locales_dir(), tmp_path / "locales"))


def test_a_mark_is_kept_with_its_name_and_date(locales: Path) -> None:
    file = CatalogueFile(locales, "bm")
    assert file.review(TEXT) is None
    file.change(TEXT, "An ma nin den ye.", Review("Démo Relectrice", date(2026, 12, 1)))
    assert file.save()
    again = CatalogueFile(locales, "bm")
    assert again.text(TEXT) == "An ma nin den ye."
    assert again.review(TEXT) == Review("Démo Relectrice", date(2026, 12, 1))
    assert Catalogue.load(locales).text(TEXT, "bm") == "An ma nin den ye."


def test_a_file_that_says_the_same_is_not_written(locales: Path) -> None:
    file = CatalogueFile(locales, "bm")
    before = file.path.stat().st_mtime_ns
    file.change(TEXT, file.text(TEXT), None)
    assert not file.save()
    assert file.path.stat().st_mtime_ns == before


@pytest.mark.parametrize("mark", ["soon", "2026-12-01", "Démo 1/12/2026"])
def test_an_odd_mark_is_an_error_that_names_the_text(locales: Path, mark: str) -> None:
    path = locales / "bm" / "LC_MESSAGES" / "messages.po"
    entry = f'# review: {mark}\n\nmsgid "Non"\nmsgstr "Ayi"\n'
    path.write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{entry}')
    with pytest.raises(CatalogueError, match="'Non' is neither"):
        CatalogueFile(locales, "bm").review("Non")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_catalogues_say_where_each_text_appears(locales: Path, language: str) -> None:
    """When it fails: `make catalogues`."""
    file = CatalogueFile(locales, language)
    file.annotate(uses_of(app, TEMPLATES))
    assert not file.save()


def test_a_text_knows_its_screens_and_messages() -> None:
    uses = uses_of(app, TEMPLATES)
    reminder = TEMPLATES["rem_3d"]
    assert [str(use) for use in uses[reminder.msgid]] == ["SMS reminder rem_3d (1 segment)"]
    (screen,) = uses[TEXT]
    assert str(screen).startswith("screen vaccination.")
    assert not screen.by_sms
    assert uses["Oui, envoyer"][0].part == "option of"
    assert "{child}" in str(uses["votre enfant"][0])
    assert uses[TEMPLATES["staff_bulk_sent"].msgid][0].numbers == {"n"}
