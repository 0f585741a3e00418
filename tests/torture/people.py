"""What people did and were told, against SQL and the gateway's ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from smsgateway.campaigns.tables import campaign
from smsgateway.feedback.tables import callback_request, complaint
from smsgateway.messaging.classes import TREATMENT, MessageClass
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import inbound_message, message
from smsgateway.register.tables import caregiver, person, phone, plan_mark
from smsgateway.reminders.states import ReminderState
from smsgateway.reminders.tables import reminder
from smsgateway.sessions.tables import dialogue_step
from torture.account import Accepted
from torture.callers import ALL_ERRANDS
from torture.journal import Call, Journal, Sms, Stop
from torture.writers import A_SECOND_S

SESSION = "ussd:africastalking:"

LONG_DUE = timedelta(hours=1)
"""A reminder that is due for so long should have been released, put off or ended, and a person who
is marked for so long should have been planned."""


@dataclass
class PeopleAccount:
    """Figures in the order in which they are told; each of `faults` is one that must not be."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    late: list[str] = field(default_factory=list)
    """Accepted more than a second after a STOP, in a call that was under way by then: a gateway or
    a machine that was slow."""

    def fault(self, what: str, which: object) -> None:
        self.faults[what].append(str(which))


def hold_against(
    journal: Journal, connection: Connection, ledger: Iterable[Accepted], now: datetime
) -> PeopleAccount:
    """The accounts of what people met."""
    result = PeopleAccount()
    for what in journal.faults:
        result.fault(what, "")
    _sms(result, journal, connection)
    _stops(result, journal.stops, connection, ledger)
    _calls(result, journal, connection)
    _campaigns(result, connection)
    _reminders(result, connection, now)
    return result


def _sms(result: PeopleAccount, journal: Journal, connection: Connection) -> None:
    """Each that was answered 200 is there once, handled, and has one reply."""
    rows: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(inbound_message)):
        rows[row.aggregator_message_id].append(row)
    replies: dict[int, list[str]] = defaultdict(list)
    for key, template in connection.execute(select(message.c.dedupe_key, message.c.template)):
        kind, _, number = key.partition(":")
        if kind in ("inbound", "dialogue"):
            replies[int(number)].append(template)
    for sms in journal.sms:
        found = rows.get(sms.id, [])
        if len(found) != 1:
            result.fault(f"an SMS is in SQL {len(found)} times", sms.id)
        for row in found:
            _one_sms(result, sms, row, replies[row.id])
    unhandled = [row.id for found in rows.values() for row in found if row.handled_at is None]
    for number in unhandled:
        result.fault("an SMS waits to be handled", number)
    result.counts |= {
        "SMS that people wrote, answered 200": len(journal.sms),
        "  of them while SQL was away": len(journal.spooled),
        "  replies to them": sum(map(len, replies.values())),
    }


def _one_sms(result: PeopleAccount, sms: Sms, row: Row[Any], replies: list[str]) -> None:
    if row.outcome == "fault":
        result.fault("an SMS could not be handled", sms.id)
    elif len(replies) != 1:
        result.fault(f"an SMS has {len(replies)} replies", sms.id)
    elif sms.expects and replies != [sms.expects]:
        result.fault(f"an SMS is answered by {replies[0]}, not {sms.expects}", sms.id)


def _stops(
    result: PeopleAccount,
    stops: list[Stop],
    connection: Connection,
    ledger: Iterable[Accepted],
) -> None:
    """Nothing that heeds a refusal goes to a phone from a second after it until OUI."""
    heeding = {one for one in MessageClass if TREATMENT[one].heeds_opt_out}
    ids: dict[tuple[str, str], set[int]] = defaultdict(set)
    numbers = [stop.msisdn for stop in stops]
    rows = connection.execute(
        select(message.c.id, message.c.msisdn, message.c.body, message.c.message_class).where(
            message.c.msisdn.in_(numbers)
        )
    )
    for row in rows:
        if row.message_class in heeding:
            ids[row.msisdn, row.body].add(row.id)
    refused = {stop.msisdn: stop for stop in stops}
    for one in ledger:
        stop = refused.get(one.to)
        about = ids.get((one.to, one.text))
        if stop is None or not about:
            continue
        if stop.told_at + A_SECOND_S < one.at < stop.until:
            if about & stop.begun:
                result.late.append(one.to)
            else:
                result.fault("accepted after a STOP", min(about))
    cancelled = select(func.count()).where(
        message.c.msisdn.in_(numbers), message.c.state == State.CANCELLED
    )
    result.counts |= {
        "STOPs, by SMS and by keypad": len(stops),
        "  messages that they stopped": connection.scalar(cancelled) or 0,
    }


def _calls(result: PeopleAccount, journal: Journal, connection: Connection) -> None:
    """What a call does is done at most once, and done if its last screen says so."""
    effects: Counter[tuple[str, str]] = Counter()
    steps = select(dialogue_step.c.session_key, dialogue_step.c.effects)
    for session_key, kinds in connection.execute(steps):
        effects.update((session_key, kind) for kind in kinds)
    complaints = _complaints(connection)
    for call in journal.calls:
        key = SESSION + call.session_id
        effect = ALL_ERRANDS[call.errand].effect
        times = effects[key, effect] if effect else len(complaints[key])
        if times > 1:
            result.fault(f"{call.errand}: done {times} times in one call", call.session_id)
        if call.promised and not times:
            result.fault(f"{call.errand}: promised and not done", call.session_id)
        if call.promised and not effect and not any(t in call.promised for t in complaints[key]):
            result.fault("a complaint has another ticket than the screen showed", call.session_id)
    _once(result, journal.calls, connection)
    done = Counter(call.errand for call in journal.calls if call.promised)
    result.counts |= {
        "USSD steps, each answered 200 with a screen": len(journal.steps),
        "USSD calls": len(journal.calls),
        **{f"  done: {errand}": done[errand] for errand in ALL_ERRANDS},
    }


def _complaints(connection: Connection) -> dict[str, list[str]]:
    """Tickets by the call in which they were given."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, ticket in connection.execute(select(complaint.c.idempotency_key, complaint.c.ticket)):
        found[key.rpartition(":")[0]].append(ticket)
    return found


def _once(result: PeopleAccount, calls: list[Call], connection: Connection) -> None:
    """However often somebody had to call: one child on the line, one request to be called."""
    query = (
        select(phone.c.msisdn, func.count())
        .join_from(caregiver, phone, phone.c.id == caregiver.c.phone_id)
        .join(person, person.c.id == caregiver.c.person_id)
        .group_by(phone.c.msisdn)
    )
    children = _counted(connection, query)
    query = (
        select(phone.c.msisdn, func.count())
        .join_from(callback_request, phone, phone.c.id == callback_request.c.phone_id)
        .where(callback_request.c.settled_at.is_(None))
        .group_by(phone.c.msisdn)
    )
    requests = _counted(connection, query)
    to_be_called = [name for name, errand in ALL_ERRANDS.items() if errand.effect == "callback"]
    for errand, counted in [("register", children), *zip(to_be_called, repeat(requests))]:
        numbers = {call.msisdn for call in calls if call.errand == errand}
        promised = {call.msisdn for call in calls if call.errand == errand and call.promised}
        for number in numbers:
            if counted[number] > 1 or (number in promised and not counted[number]):
                result.fault(f"{errand}: {counted[number]} of them on a line", number)


def _campaigns(result: PeopleAccount, connection: Connection) -> None:
    """A campaign has as many messages as it says; that each call launched one at most, and one if
    it said so, was counted with the calls."""
    written = select(func.count()).where(message.c.campaign_id == campaign.c.id).scalar_subquery()
    wrong = select(campaign.c.id).where(campaign.c.recipients != written)
    for number in connection.scalars(wrong):
        result.fault("a campaign has another number of messages than it says", number)
    sent = select(func.count()).select_from(message).where(message.c.campaign_id.is_not(None))
    result.counts["messages of campaigns launched by keypad"] = connection.scalar(sent) or 0


def long_due(connection: Connection, now: datetime) -> list[int]:
    """Reminders that nobody has worked on although they are due, and people who wait for a plan."""
    overdue = select(reminder.c.id).where(
        reminder.c.state == ReminderState.PLANNED, reminder.c.due_at < now - LONG_DUE
    )
    marked = select(plan_mark.c.person_id).where(plan_mark.c.marked_at < now - LONG_DUE)
    return [*connection.scalars(overdue), *connection.scalars(marked)]


def _counted(connection: Connection, query: Select[Any]) -> Counter[str]:
    """Rows of a name and a count."""
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def _reminders(result: PeopleAccount, connection: Connection, now: datetime) -> None:
    """What is due has become a message, or says why not."""
    states = select(reminder.c.state, func.count()).group_by(reminder.c.state)
    counted = _counted(connection, states)
    for number in long_due(connection, now):
        result.fault("a reminder is long due, or the plan of its person out of date", number)
    orphans = select(reminder.c.id).where(
        reminder.c.state == ReminderState.RELEASED, reminder.c.message_id.is_(None)
    )
    for number in connection.scalars(orphans):
        result.fault("a reminder is released without a message", number)
    result.counts |= {f"reminders {state}": counted[state] for state in sorted(counted)}
