"""Demonstration data: invented people at real places, plainly marked, always with something due.

Names of places and their coordinates are those of WHO/KWTRP (2019); codes, session days and hours
are ours. Every full name and every facility ends with "(démo)".
"""

from __future__ import annotations

from smsgateway.interchange.demo_data.loading import AlreadyLoaded, load_demo
from smsgateway.interchange.demo_data.summary import (
    DemoChild,
    DemoFile,
    DemoPhone,
    DemoSummary,
    DemoWoman,
    DemoWorker,
    Situation,
)

__all__ = [
    "AlreadyLoaded",
    "DemoChild",
    "DemoFile",
    "DemoPhone",
    "DemoSummary",
    "DemoWoman",
    "DemoWorker",
    "Situation",
    "load_demo",
]
