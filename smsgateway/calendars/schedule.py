"""The door to schedules: loading one from data, and those that ship with the service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from smsgateway.calendars.model import Schedule, ScheduleSet
from smsgateway.calendars.schedule_file import ScheduleError, read_schedules

__all__ = ["SHIPPED", "Schedule", "ScheduleError", "ScheduleSet", "load", "shipped", "shipped_set"]

SHIPPED = ("mali", "who")
"""Names of the schedule files in the package."""


def load(data: Mapping[str, Any]) -> ScheduleSet:
    """Check the parsed JSON of a schedule file. Raises ScheduleError, naming the row and rule."""
    return read_schedules(data)


@cache
def shipped_set(name: str = "mali") -> ScheduleSet:
    """All schedules of a file in the package. Raises KeyError when there is none of that name."""
    if name not in SHIPPED:
        raise KeyError(name)
    file = resources.files("smsgateway.calendars") / "schedules" / f"{name}.json"
    return load(json.loads(file.read_text(encoding="utf-8")))


def shipped(name: str = "mali") -> Schedule:
    """The default schedule of a file in the package. Raises KeyError."""
    return shipped_set(name).pick()
