"""What has to change among the reminders of a visit: a pure function.

Only what has not been sent is touched. A rule that has spoken to a phone about this visit, or about
one in whose place it came by correction, does not speak again unless the date has moved by a week
or more from the date that was told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from smsgateway.calendars.hours import Hours
from smsgateway.reminders.contacts import Contact
from smsgateway.reminders.people import Kept, Told
from smsgateway.reminders.rules import REPEAT_AFTER, Rule, Window, window
from smsgateway.reminders.states import ReminderState, Why


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reminder that the rules ask for."""

    rule: str
    phone_id: int
    visit_date: date
    window: Window


@dataclass(frozen=True, slots=True)
class Diff:
    """Reminders to write (with their occurrence), to bring up to date, and to cancel, by id."""

    new: list[tuple[int, Wanted]] = field(default_factory=list)
    changed: list[tuple[int, Wanted]] = field(default_factory=list)
    cancelled: list[tuple[int, Why]] = field(default_factory=list)


def wanted(
    rules: tuple[Rule, ...],
    day: date,
    contacts: Sequence[Contact],
    hours: Hours,
    zone: ZoneInfo,
    closed: frozenset[date] = frozenset(),
    kept: Sequence[Kept] = (),
) -> list[Wanted]:
    """What the rules ask for about a visit on `day`, for every phone that takes messages; nothing
    on days that are `closed`.

    What a phone has answered to the reminders that are `kept` silences rules that heed it.
    """
    windows = _windows(rules, day, hours, zone, closed)
    answers = {(one.phone_id, one.answer) for one in kept if one.answer is not None}
    return [
        Wanted(rule.code, contact.phone_id, day, when)
        for contact in contacts
        if contact.refusal is None
        for rule, when in windows
        if contact.role in rule.recipients
        and not any((contact.phone_id, answer) in answers for answer in rule.unless)
    ]


@lru_cache(maxsize=1024)
def _windows(
    rules: tuple[Rule, ...], day: date, hours: Hours, zone: ZoneInfo, closed: frozenset[date]
) -> list[tuple[Rule, Window]]:
    """Remembered: the children of a centre are expected on the few days of its sessions."""
    windows = ((rule, window(rule, day, hours, zone, closed)) for rule in rules)
    return [(rule, when) for rule, when in windows if when is not None]


def diff(
    asked: Sequence[Wanted],
    kept: Sequence[Kept],
    unwanted: Mapping[int, Why],
    otherwise: Why,
    told: Sequence[Told] = (),
) -> Diff:
    """Compare what is asked for with what exists, and with what earlier visits have `told`.

    What nobody asks for any more is cancelled, with the reason that `unwanted` has for its phone,
    else with `otherwise`.
    """
    result = Diff()
    by_key: dict[tuple[str, int], list[Kept]] = defaultdict(list)
    for one in kept:
        by_key[one.rule, one.phone_id].append(one)
    for wish in asked:
        rows = by_key.pop((wish.rule, wish.phone_id), [])
        _settle(wish, rows, _is_told(wish, told), result)
    for rows in by_key.values():
        for one in rows:
            if one.state is ReminderState.PLANNED:
                result.cancelled.append((one.id, unwanted.get(one.phone_id, otherwise)))
    return result


def _is_told(wish: Wanted, told: Sequence[Told]) -> bool:
    return any(
        (one.rule, one.phone_id) == (wish.rule, wish.phone_id) and one.covers(wish.visit_date)
        for one in told
    )


def _settle(wish: Wanted, rows: Sequence[Kept], told: bool, result: Diff) -> None:
    """`rows` are the reminders of one rule for one phone, the oldest first."""
    spoken = [one for one in rows if one.state is ReminderState.RELEASED]
    silent = [one for one in rows if one.state is not ReminderState.RELEASED]
    if told or any(abs(one.visit_date - wish.visit_date) < REPEAT_AFTER for one in spoken):
        result.cancelled.extend(
            (one.id, Why.DATE_CHANGED) for one in silent if one.state is ReminderState.PLANNED
        )
    elif silent:
        if _differs(silent[-1], wish):
            result.changed.append((silent[-1].id, wish))
    else:
        result.new.append((rows[-1].occurrence + 1 if rows else 1, wish))


def _differs(one: Kept, wish: Wanted) -> bool:
    """An expired reminder had its time: it comes back only for another date."""
    if one.visit_date != wish.visit_date:
        return True
    if one.state is ReminderState.EXPIRED:
        return False
    if one.state is ReminderState.CANCELLED:
        return True
    return (one.due_at, one.expires_at) != (wish.window.due_at, wish.window.expires_at)
