"""People who write SMS: words, refusals, answers to reminders, and a dialogue."""

from __future__ import annotations

import time

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from smsgateway.messaging.answers import Answer
from smsgateway.messaging.classes import TREATMENT, MessageClass
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.register import phones
from smsgateway.reminders.responses import NUMBERED, REPLIES
from smsgateway.reminders.rules import DIGITS
from torture import outgoing
from torture.journal import Stop
from torture.person import Person

WORDS = {
    "AIDE": Answer.HELP,
    "bonjour, c'est Moussa": Answer.NOT_UNDERSTOOD,
    "FRANCAIS": Answer.LANGUAGE,
    "🙏": Answer.NOT_UNDERSTOOD,
}

HEEDING = tuple(one for one in MessageClass if TREATMENT[one].heeds_opt_out)

A_SECOND_S = 1.0
"""STOP stops within it."""

MENU_KEYS = {
    "Langue": "2",
    "Bienvenue": "5",
    "Autres services": "5",
    "Un agent peut": "1",
}
"""How the screens of the menu read, and what to answer on the way to a call-back."""

BE_CALLED = "C'est noté. Un agent vous appellera"

MOST_ANSWERS = 8


def ask(person: Person) -> None:
    """A word or two, each of which has one right answer."""
    for body in person.draw.sample(list(WORDS), person.draw.randint(1, 3)):
        person.text(body, WORDS[body])


def refuse(person: Person) -> None:
    """STOP while messages wait; more are written, more is said; perhaps OUI in the end."""
    queue(person, "before", 6)
    time.sleep(person.draw.uniform(0, 0.5))
    sms = person.text("STOP", Answer.STOPPED)
    stop = Stop(person.msisdn, time.time())
    if person.is_stored(sms):
        if not person.look(lambda connection: is_stopped(connection, person.msisdn)):
            person.journal.faults.append("a STOP was answered 200 and did not hold")
    else:
        person.journal.spooled.append(sms.id)
        if not person.wait(lambda connection: is_stopped(connection, person.msisdn) or None):
            return  # SQL is away for longer than a person waits
        stop.told_at = time.time()
    keep_quiet(person, stop)
    for body in person.draw.sample(["bonjour", "AIDE", "non", "FRANCAIS", "2"], 3):
        person.text(body)
    queue(person, "after", 3)
    if person.draw.random() < 0.5:
        stop.until = time.time()
        person.text("OUI")


def keep_quiet(person: Person, stop: Stop) -> None:
    """Note which calls were under way a second after a refusal: nothing else may go out."""
    time.sleep(A_SECOND_S)
    stop.begun = person.look(lambda connection: begun(connection, person.msisdn))
    person.journal.stops.append(stop)


def begun(connection: Connection, msisdn: str) -> frozenset[int]:
    """Messages to a phone that are out, or whose call has begun."""
    query = select(message.c.id).where(
        message.c.msisdn == msisdn, message.c.call_began_at.is_not(None)
    )
    return frozenset(connection.scalars(query))


def is_stopped(connection: Connection, msisdn: str) -> bool:
    """Whether a phone has refused messages."""
    profile = phones.profile(connection, msisdn)
    return profile is not None and profile.opted_out


def queue(person: Person, when: str, count: int) -> None:
    """Messages that heed a refusal, due at once."""
    for number in range(count):
        body = {person.msisdn: f"{when} {number}"}
        try:
            outgoing.write(person.database, body, person.now(), person.draw, HEEDING)
        except DBAPIError:
            continue  # a message less


def answer_reminder(person: Person) -> None:
    """1, 2 or 3 to a reminder that asks for it, as soon as one has come."""
    asked = select(message.c.id).where(
        message.c.msisdn == person.msisdn,
        message.c.template.in_(NUMBERED),
        message.c.state.in_([State.SENT, State.DELIVERED]),
    )
    if person.wait(lambda connection: connection.scalar(asked.limit(1))) is None:
        return
    digit = person.draw.choice(list(DIGITS))
    person.text(digit, REPLIES[DIGITS[digit]])


def be_called(person: Person) -> None:
    """Ask for a call in a dialogue by SMS, reading each reply before the next answer."""
    body = "MENU"
    for _ in range(MOST_ANSWERS):
        said = person.reply_to(person.text(body))
        if said is None or said.startswith(BE_CALLED):
            return
        body = next((key for begins, key in MENU_KEYS.items() if begins in said), "MENU")
