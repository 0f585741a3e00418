"""Errors that end a command with one sentence, and how any other is written into a log."""

from __future__ import annotations

import traceback


class SettingsError(ValueError):
    """A setting is missing or wrong; the message is one sentence that names it and says why."""


def without_values(error: BaseException) -> str:
    """An error for the log: what it is and where it arose, and none of its words.

    The message of a database error quotes rows: numbers, names, birth years.
    """
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    cause = error.__cause__ or error.__context__
    behind = f" from {type(cause).__name__}" if cause else ""
    return f"{type(error).__name__}{behind} at {places or 'an unknown place'}"


def _short(path: str) -> str:
    return "/".join(path.split("/")[-2:])
