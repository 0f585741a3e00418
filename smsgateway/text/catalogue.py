"""The words in each language: French is the source, so a French text is the name of its messages.

The catalogues are gettext files under `<directory>/<language>/LC_MESSAGES/messages.po`. A process
reads them once at its start; a look-up is a plain dict.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SOURCE = "fr"
"""The language of the message ids."""

LANGUAGES = (SOURCE, "bm")
"""The languages that families and staff can choose."""


class CatalogueError(ValueError):
    """A catalogue file is missing or cannot be used; the message names it and says why."""


class MissingText(KeyError):
    """A language has no words for a message. There is no silent fall-back to another language."""

    def __init__(self, msgid: str, language: str) -> None:
        super().__init__(msgid, language)
        self.msgid = msgid
        self.language = language

    def __str__(self) -> str:
        return f"There is no text in {self.language!r} for {self.msgid!r}: add it to the catalogue."


def N_(msgid: str) -> str:
    """Mark a French text for translation; it is looked up later, when the language is known."""
    return msgid


class Catalogue:
    """Texts by language and message id."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        """`texts` maps a language to its texts by message id. An empty text counts as none."""
        self._texts = {
            language: {msgid: text for msgid, text in words.items() if text}
            for language, words in texts.items()
        }

    @classmethod
    def load(cls, directory: Path) -> Catalogue:
        """Read the catalogues of all languages. Raises CatalogueError.

        The only I/O of this room, kept to the start of a process; what it returns is pure.
        """
        return cls({language: _read(directory, language) for language in LANGUAGES})

    def text(self, msgid: str, language: str) -> str:
        """The words for `msgid`; in French, when its catalogue has none, `msgid` itself.

        Raises MissingText.
        """
        text = self._texts.get(language, {}).get(msgid)
        if text is not None:
            return text
        if language == SOURCE:
            return msgid
        raise MissingText(msgid, language)

    def replaced(self, msgid: str, language: str, text: str) -> Catalogue:
        """The same catalogue with other words for one message."""
        return Catalogue({**self._texts, language: {**self._texts.get(language, {}), msgid: text}})

    def msgids(self) -> list[str]:
        """The message ids of all languages, in the order of the catalogues."""
        return list(dict.fromkeys(msgid for words in self._texts.values() for msgid in words))

    def has(self, msgid: str, language: str) -> bool:
        """Whether `text` would find words."""
        return language == SOURCE or msgid in self._texts.get(language, {})


def _read(directory: Path, language: str) -> dict[str, str]:
    """The texts of one language. A fuzzy one is a tool's guess, which nobody should be told."""
    # Here, because `N_` and `LANGUAGES` are wanted everywhere, also by commands that must be quick.
    from babel.messages.pofile import PoFileError, read_po

    path = directory / language / "LC_MESSAGES" / "messages.po"
    if language == SOURCE and not path.exists():
        return {}
    try:
        with path.open("rb") as file:
            messages = list(read_po(file, locale=language, abort_invalid=True))
    except OSError as error:
        raise CatalogueError(f"The catalogue {path} cannot be read: {error.strerror}.") from error
    except (PoFileError, ValueError) as error:
        raise CatalogueError(f"The catalogue {path} cannot be understood: {error}.") from error
    texts = {}
    for message in messages:
        if not isinstance(message.id, str) or message.context:
            raise CatalogueError(f"{path} has a plural or context at {message.id!r}: use neither.")
        if message.id and not message.fuzzy:
            texts[message.id] = str(message.string)
    return texts
