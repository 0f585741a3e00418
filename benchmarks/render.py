"""Rendering a message beside the plain way to do less, and what the fold saves.

Both ways make the same reminders for the same children. The plain way translates with gettext,
puts in Babel's weekday and counts letter by letter; it neither folds nor shortens, so its Bambara
goes out as UCS-2.
"""

from __future__ import annotations

import gettext
import io
import json
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import product
from pathlib import Path

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from benchmarks.results import Result, from_runs
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue
from smsgateway.text.gsm7 import ALPHABET, EXTENSION
from smsgateway.text.orthography import fold
from smsgateway.text.segments import measure
from smsgateway.text.templates import Template, render

SMS_FILE = Path(__file__).parent / "sms.json"
ROUNDS = 9
MESSAGES_A_ROUND = 6_000

CHILDREN = ("Awa", "Moussa", "Adjaratou", "Fatoumata Bintou", "N'Dèye", "Naïma", "Kɔniba", "Zoé")
FACILITIES = ("CSCOM de Banconi", "CSCOM de Kalaban Coro", "Centre de santé de Sévaré")
MONDAY = date(2026, 6, 8)

Message = tuple[Template, str, Mapping[str, str | date]]


def render_messages() -> list[Result]:
    """Messages a second, ours and the plain way, in rounds that take turns."""
    messages = _messages()
    ours, plain = _ours(), _plain()
    for message in messages:
        ours(message), plain(message)
    runs = [[_a_second(ours, messages), _a_second(plain, messages)] for _ in range(ROUNDS)]
    return [
        from_runs(
            "render",
            runs,
            "messages a second",
            "Reminders in both languages on one core: translated, filled, folded, shortened and "
            "counted (ours); gettext, Babel's weekday, and a count letter by letter, without fold "
            f"or shortening (reference). {ROUNDS} rounds of {MESSAGES_A_ROUND} in turn.",
            ">= 1.0x and >= 50 000 messages a second",
        )
    ]


def sms_cost() -> list[Result]:
    """Segments of the 24 SMS in benchmarks/sms.json, folded and as they are written."""
    file = json.loads(SMS_FILE.read_text("utf-8"))
    longest = {name: "x" * letters for name, letters in file["maxima"].items()}
    results = []
    for language, target in (("bm", "24 folded, 44 as UCS-2"), ("fr", "24 folded")):
        texts = [message[language].format_map(longest) for message in file["messages"]]
        folded = sum(measure(fold(text)).segments for text in texts)
        written = sum(measure(text).segments for text in texts)
        results.append(
            from_runs(
                f"sms_cost_{language}",
                [[folded, written]],
                "segments",
                f"{len(texts)} SMS with the longest values: folded (ours) and as they are written, "
                "in UCS-2 where a letter is outside GSM-7 (reference).",
                target,
            )
        )
    return results


def _messages() -> list[Message]:
    """A round of reminders: every template, child, facility and language, on changing days."""
    templates = [TEMPLATES["rem_3d"], TEMPLATES["rem_1d"]]
    kinds = list(product(templates, CHILDREN, FACILITIES, LANGUAGES))
    messages: list[Message] = []
    for number in range(MESSAGES_A_ROUND):
        template, child, facility, language = kinds[number % len(kinds)]
        day = MONDAY + timedelta(days=number % 97)
        messages.append((template, language, {"child": child, "cscom": facility, "date": day}))
    return messages


def _ours() -> Callable[[Message], int]:
    catalogue = Catalogue.load(locales_dir())

    def segments(message: Message) -> int:
        template, language, values = message
        return render(template, catalogue, language, values).segments

    return segments


def _plain() -> Callable[[Message], int]:
    translations = {language: _gettext(language) for language in LANGUAGES}

    def segments(message: Message) -> int:
        template, language, values = message
        day = values["date"]
        assert isinstance(day, date)
        shown = {**values, "date": format_date(day, "EEEE d/M", locale=language)}
        return _count(translations[language].gettext(template.msgid).format(**shown))

    return segments


def _gettext(language: str) -> gettext.GNUTranslations:
    path = locales_dir() / language / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _count(text: str) -> int:
    """Segments of a text, letter by letter, as the standard reads."""
    septets = 0
    for letter in text:
        if letter not in ALPHABET:
            length = sum(2 if one > "\uffff" else 1 for one in text)
            return 1 if length <= 70 else -(-length // 67)
        septets += 2 if letter in EXTENSION else 1
    return 1 if septets <= 160 else -(-septets // 153)


def _a_second(segments: Callable[[Message], int], messages: list[Message]) -> float:
    began = time.perf_counter()
    for message in messages:
        segments(message)
    return len(messages) / (time.perf_counter() - began)
