"""Forecasts a second beside the bare date arithmetic that they cannot do without.

Every dose given asks for three dates (its minimum age, its minimum interval, its last day), every
open series for four (earliest, due, overdue, latest). The reference adds just so many intervals to
just these days with dateutil, and judges, chooses and answers nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from benchmarks.results import Result, from_runs
from smsgateway.calendars.forecast import GivenDose, forecast
from smsgateway.calendars.model import Schedule
from smsgateway.calendars.schedule import shipped, shipped_set
from smsgateway.calendars.visits import visits

ROUNDS = 9
CHILDREN = 2_000
TODAY = date(2026, 11, 23)
FIVE_YEARS = 5 * 365

USUAL = {
    "BCG VPO0": 0,
    "VPO1 PENTA1 PNEUMO1 ROTA1": 42,
    "VPO2 PENTA2 PNEUMO2 ROTA2": 70,
    "VPO3 PENTA3 PNEUMO3 ROTA3 VPI1": 98,
    "RR1 VAA MENA": 275,
    "RR2": 457,
}
"""Doses and the days on which they are due; children come up to a month late, and miss some."""

Child = tuple[date, list[GivenDose]]


def forecasts() -> list[Result]:
    """Children a second with Mali's schedule, and with the largest of WHO's tables."""
    dtp = {"DTP1": 42, "DTP2": 70, "DTP3": 98, "TD_BOOSTER1": 370, "PERTUSSIS_BOOSTER1": 400}
    return [
        _measure("forecast_mali", shipped(), USUAL, "Mali's schedule, doses and visits"),
        _measure("forecast_who", shipped_set("who").pick("dtp-on-time"), dtp, "WHO's DTP table"),
    ]


def _measure(name: str, schedule: Schedule, usual: dict[str, int], what: str) -> Result:
    chance = random.Random(20261123)
    runs = []
    for _ in range(ROUNDS):
        children = [_child(chance, usual) for _ in range(CHILDREN)]
        days = [_days(child, schedule) for child in children]
        runs.append([_a_second(_forecast_all, children, schedule), _a_second(_add_all, days)])
    asked = sum(map(len, days)) / CHILDREN
    spec = (
        f"{what}, on one core: children of five years with the doses that they have (ours); the "
        f"{asked:.0f} dates a child that this needs, by dateutil, and nothing else (reference). "
        f"{ROUNDS} rounds of {CHILDREN} new children in turn."
    )
    return from_runs(name, runs, "children a second", spec, ">= 1.0x")


def _child(chance: random.Random, usual: dict[str, int]) -> Child:
    born = TODAY - timedelta(days=chance.randrange(FIVE_YEARS))
    doses = [
        GivenDose(code, born + timedelta(days=day + chance.randrange(30)))
        for codes, day in usual.items()
        for code in codes.split()
        if chance.random() < 0.95
    ]
    return born, [dose for dose in doses if dose.date <= TODAY]


def _forecast_all(children: Sequence[Child], schedule: Schedule) -> None:
    for born, doses in children:
        seen = forecast(born, doses, schedule, TODAY, sex="F", district="introduced")
        visits(seen, TODAY, session_days={1, 3})


def _days(child: Child, schedule: Schedule) -> list[tuple[date, relativedelta]]:
    """A day and an interval for each date that the child's forecast asks for."""
    born, doses = child
    seen = forecast(born, doses, schedule, TODAY, sex="F", district="introduced")
    days = []
    for dose in doses:
        days += [
            (born, relativedelta(weeks=6)),
            (dose.date, relativedelta(weeks=4)),
            (born, relativedelta(years=5)),
        ]
    for one in seen.series.values():
        if one.due is not None:
            days += [
                (born, relativedelta(weeks=6)),
                (born, relativedelta(months=9)),
                (one.due, relativedelta(days=28)),
                (born, relativedelta(years=5)),
            ]
    return days


def _add_all(children: Sequence[Sequence[tuple[date, relativedelta]]]) -> None:
    for days in children:
        for day, interval in days:
            day + interval


def _a_second(work: Callable[..., None], *arguments: Any) -> float:
    """By the time of the processor, which other programs do not take away."""
    began = time.process_time()
    work(*arguments)
    return CHILDREN / (time.process_time() - began)
