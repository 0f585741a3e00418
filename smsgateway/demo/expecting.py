"""What has to be so for the story to go on; StoryError says what is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from smsgateway.demo.phone import StoryError
from smsgateway.text.orthography import fold

T = TypeVar("T")


def expect(text: str, *parts: str) -> str:
    """`text`, which must have all of `parts` in it as they are sent. Raises StoryError."""
    for part in parts:
        if fold(part) not in text:
            raise StoryError(f'The phone should show "{part}" and shows "{text}".')
    return text


def first_number(text: str) -> int:
    """The first whole number in `text`. Raises StoryError."""
    found = re.search(r"\d+", text)
    if found is None:
        raise StoryError(f'The phone should show a number and shows "{text}".')
    return int(found.group())


def first(items: Iterable[T], fits: Callable[[T], bool]) -> T:
    """The first item that `fits`. Raises StoryError."""
    for item in items:
        if fits(item):
            return item
    raise StoryError("The demo data lack somebody whom the story needs.")


def line_with(screen: str, label: str) -> str:
    """The key of the first line of a list with `label` in it. Raises StoryError."""
    lines = (line.partition(". ") for line in screen.splitlines())
    return first(lines, lambda parts: label in parts[2])[0]
