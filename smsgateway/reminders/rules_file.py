"""Reading and checking a file of rules. A wrong file is refused with the row and the rule.

The format is documented in `rulebooks/README.md`. Every key is checked: an unknown one is a
spelling mistake, and a mistake here would write to families on a wrong day.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Any, TypeVar

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.calendars.rows import Row, ScheduleError
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.cover_templates import CARD, CONTRIBUTIONS
from smsgateway.messaging.reminder_templates import SAY_TOMORROW
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.reminders.rules import Answer, Recipient, Rule, Rulebook

FORMAT = "smsgateway-rules-1"

FURTHEST_DAYS = 400
"""An offset beyond this is a slip of the keyboard."""

MOST_A_DAY = 10

CLASSES = (MessageClass.REMINDER, MessageClass.NOTICE)

E = TypeVar("E", bound=StrEnum)


class RulesError(ValueError):
    """A file of rules is wrong; the message names the row and what is wrong with it."""


def read_rules(data: Any) -> Rulebook:
    """Check `data` (the parsed JSON of a file) and build its rules. Raises RulesError."""
    try:
        return _rulebook(Row("file", data))
    except ScheduleError as error:
        raise RulesError(str(error)) from None


def _rulebook(row: Row) -> Rulebook:
    if row.take("format", str) != FORMAT:
        raise row.fail("format", f"must be {FORMAT}")
    row.skip("about", "sources")
    rules = [(each, *_rule(each)) for each in row.rows("rules")]
    seen: set[str] = set()
    for each, rule, _ in rules:
        if rule.code in seen:
            raise each.fail("code", f"{rule.code} is that of another rule")
        seen.add(rule.code)
    for kind in OF_A_FILE:
        if sum(rule.calendar is kind for _, rule, _ in rules) > 1:
            raise row.fail("rules", f"must have one rule of {kind} at most")
    enabled = tuple(sorted((one for _, one, on in rules if on), key=lambda one: one.offset_days))
    book = Rulebook(
        id=_filled(row, "id"),
        version=_filled(row, "version"),
        rules=enabled,
        daily_cap=_within(row, "daily_cap", row.need("daily_cap", int), 1, MOST_A_DAY),
        escalate_after=_escalations(row.row("escalate_after_days")),
    )
    row.end()
    return book


def _escalations(row: Row | None) -> dict[CalendarKind, int]:
    if row is None:
        return {}
    days = {
        CalendarKind(key): row.need(key, int)
        for key in row.keys() & {one.value for one in CalendarKind}
    }
    for code, number in days.items():
        _within(row, code, number, 0, FURTHEST_DAYS)
    row.end()
    return days


def _rule(row: Row) -> tuple[Rule, bool]:
    """The rule of a row, and whether it is in force."""
    row.skip("about", "sources", "confidence")
    answers = row.take("responses", list) or []
    rule = Rule(
        code=_short(row, row.need("code", str)),
        calendar=_one(row, "calendar", CalendarKind),
        offset_days=_within(
            row, "offset_days", row.need("offset_days", int), -FURTHEST_DAYS, FURTHEST_DAYS
        ),
        template=_template(row, "template") or "",
        on_eve=_template(row, "on_eve"),
        at=row.parse("at", time.fromisoformat),
        late_days=row.take("late_days", int),
        message_class=_one(row, "class", MessageClass),
        recipients=frozenset(_many(row, "recipients", Recipient)),
        unless=frozenset(_many(row, "unless", Answer)),
        numbered=bool(answers),
    )
    enabled = row.take("enabled", bool, True) is True
    _check(row, rule, answers)
    row.end()
    return rule, enabled


def _check(row: Row, rule: Rule, answers: list[Any]) -> None:
    """What must fit together among the keys of a rule."""
    if not rule.template:
        raise row.fail("template", "is missing")
    if rule.template in SAY_TOMORROW:
        raise row.fail("template", f"{rule.template} says tomorrow: that is for on_eve")
    if rule.on_eve is not None and rule.on_eve not in SAY_TOMORROW:
        raise row.fail("on_eve", f"{rule.on_eve} does not say tomorrow")
    if not rule.recipients:
        raise row.fail("recipients", "must name somebody")
    if rule.message_class not in CLASSES:
        raise row.fail("class", "must be reminder or notice")
    if answers and answers != [one.value for one in Answer]:
        raise row.fail("responses", f"must be all of {', '.join(Answer)}, in this order")
    if bool(answers) != TEMPLATES[rule.template].numbered:
        raise row.fail("responses", f"must be given if and only if {rule.template} says the digits")
    if rule.chases and rule.late_days is None:
        raise row.fail("late_days", "is missing: the visit's date has gone by when this speaks")
    _check_notice(row, rule)
    if rule.late_days is not None:
        _within(row, "late_days", rule.late_days, 0, FURTHEST_DAYS)


OF_A_FILE = (CalendarKind.COVERAGE, CalendarKind.CONTRIBUTION)


def _check_notice(row: Row, rule: Rule) -> None:
    """The rules of a file's ends speak on the days of their calendar, to the lines of the file."""
    of_a_file = rule.calendar in OF_A_FILE
    if of_a_file != (rule.recipients == {Recipient.HOUSEHOLD}):
        raise row.fail(
            "recipients", f"must be household for {' and '.join(OF_A_FILE)}, and there only"
        )
    if of_a_file != (rule.template in {CARD, CONTRIBUTIONS}):
        raise row.fail("template", f"must be {CARD} or {CONTRIBUTIONS} for these, and there only")
    if of_a_file and (rule.offset_days or rule.at or rule.on_eve or rule.late_days is not None):
        raise row.fail(
            "offset_days", "must be 0 alone: the calendar says when a file's end is told"
        )


def _one(row: Row, key: str, kind: type[E]) -> E:
    return _known(row, key, row.need(key, str), kind)


def _many(row: Row, key: str, kind: type[E]) -> list[E]:
    return [_known(row, key, value, kind) for value in row.take(key, list) or ()]


def _known(row: Row, key: str, value: Any, kind: type[E]) -> E:
    if value not in {one.value for one in kind}:
        raise row.fail(key, f"is {value!r}: write one of {', '.join(kind)}")
    return kind(value)


def _template(row: Row, key: str) -> str | None:
    name = row.take(key, str)
    if name is not None and name not in TEMPLATES:
        raise row.fail(key, f"names {name}, which is not a message of this service")
    return name


def _filled(row: Row, key: str) -> str:
    """A text that is not empty: it names the rules in force."""
    text = row.need(key, str)
    if not text.strip():
        raise row.fail(key, "must not be empty")
    return text


def _short(row: Row, code: str) -> str:
    if not 0 < len(code) <= 20:
        raise row.fail("code", "must have 1 to 20 characters")
    return code


def _within(row: Row, key: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise row.fail(key, f"is {number}: it must be from {least} to {most}")
    return number
