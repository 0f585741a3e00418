"""Other rules, weighed before they are in force: what they would add for everybody who is followed.

Nothing is written while they are weighed, and no lock is held: plans are made in memory, a batch of
people at a time, and compared with what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from smsgateway.calendars.model import Schedule
from smsgateway.reminders import rulebook
from smsgateway.reminders.decision import decide, open_diff
from smsgateway.reminders.diff import Wanted
from smsgateway.reminders.people import read_people
from smsgateway.reminders.planning import Planning
from smsgateway.reminders.rules import Rulebook
from smsgateway.reminders.rules_file import read_rules
from smsgateway.reminders.states import VisitState
from smsgateway.reminders.tables import visit
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database

BATCH = 500
"""People read at a time; memory stays flat."""

EXAMPLES = 5


class AboveCap(ValueError):
    """Rules would add more messages than the cap allows."""

    def __init__(self, messages: int, cap: int) -> None:
        super().__init__(f"These rules would add {messages:,} messages; the cap is {cap:,}.")
        self.messages = messages


@dataclass(slots=True)
class Weight:
    """What rules would change: people looked at, reminders added and stopped, and the messages that
    the added ones become at least (one a phone, day and visit date). `soon` of them are due within
    a day; `examples` tell rule, day of sending and date of the visit."""

    people: int = 0
    added: int = 0
    stopped: int = 0
    messages: int = 0
    soon: int = 0
    by_rule: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)


def weigh(
    database: Database, schedule: Schedule, rules: Rulebook, now: datetime, settings: Settings
) -> Weight:
    """What these rules would add for everybody with an open visit."""
    result, after = Weight(), 0
    while True:
        with database.read() as connection:
            planning = Planning.of(connection, schedule, settings, rules)
            ids = _followed(connection, after)
            if not ids:
                return result
            _weigh_people(connection, ids, planning, now, result)
        after = ids[-1]


def activate(
    database: Database,
    schedule: Schedule,
    data: Any,
    now: datetime,
    settings: Settings,
    cap: int,
) -> Weight:
    """Put the rules of a parsed file in force, if they add no more than `cap` messages. Raises
    RulesError and AboveCap."""
    weight = weigh(database, schedule, read_rules(data), now, settings)
    if weight.messages > cap:
        raise AboveCap(weight.messages, cap)
    with database.begin() as connection:
        rulebook.put_in_force(connection, data, now)
    return weight


def _followed(connection: Connection, after: int) -> Sequence[int]:
    return connection.scalars(
        select(visit.c.person_id)
        .where(visit.c.state == VisitState.OPEN, visit.c.person_id > after)
        .distinct()
        .order_by(visit.c.person_id)
        .limit(BATCH)
    ).all()


def _weigh_people(
    connection: Connection, ids: Sequence[int], planning: Planning, now: datetime, result: Weight
) -> None:
    today = planning.today(now)
    people = read_people(connection, ids, today, planning.rules.speaks_to())
    messages: set[tuple[int, date, date]] = set()
    soon: set[tuple[int, date, date]] = set()
    for person in people:
        for decision in decide(person, planning, today):
            if decision.outlook is None:
                continue
            changes = open_diff(decision, decision.outlook.day, planning)
            result.stopped += len(changes.cancelled)
            for _, wish in changes.new:
                if wish.window.expires_at > now:
                    due = max(wish.window.due_at, now).astimezone(planning.zone).date()
                    key = (wish.phone_id, due, wish.visit_date)
                    messages.add(key)
                    if due <= today:
                        soon.add(key)
                    _count(wish, due, result)
    result.people += len(people)
    result.messages += len(messages)
    result.soon += len(soon)


def _count(wish: Wanted, due: date, result: Weight) -> None:
    result.added += 1
    result.by_rule[wish.rule] = result.by_rule.get(wish.rule, 0) + 1
    if len(result.examples) < EXAMPLES:
        result.examples.append(f"{wish.rule}: {due}, about the visit of {wish.visit_date}")
