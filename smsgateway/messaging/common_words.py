"""The words that mean the same in any situation: STOP, START, help, the languages.

Of STOP and START the one that was said last holds, whatever the order in which they come in, and
the answer says what holds. SMS overtake each other on their way, and may wait for hours in a spool.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from smsgateway.messaging.answers import Answer
from smsgateway.messaging.optouts import start, stop
from smsgateway.register import phones
from smsgateway.register.phones import NO_DOUBT
from smsgateway.text.catalogue import SOURCE
from smsgateway.text.keywords import Keyword, Recognised

COMMON = frozenset({Keyword.STOP, Keyword.START, Keyword.HELP, Keyword.LANG_FR, Keyword.LANG_BM})
"""Words that no dialogue is asked about."""

LONGEST_WAY = timedelta(days=7)
"""A gateway's date is believed as far as this before the SMS came in: networks give an SMS up after
days. An older one is taken for a clock that is wrong."""


DOUBT = timedelta(minutes=1)
"""How far a gateway's clock may differ from that by which we date what people say on the menu."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was said, and how sure that is."""

    at: datetime
    doubt: timedelta = NO_DOUBT


def moment_said(sent_at: datetime | None, received_at: datetime) -> Moment:
    """When an SMS was said: when it was sent, if that is known and can be true, else when it came
    in."""
    if sent_at is not None and received_at - LONGEST_WAY <= sent_at <= received_at:
        return Moment(sent_at, DOUBT)
    return Moment(received_at)


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What to say, in which language and in which letters."""

    answer: Answer
    language: str
    encoding: str | None


def obey(
    connection: Connection,
    msisdn: str,
    recognised: Recognised | None,
    said: Moment,
    now: datetime,
) -> Obeyed:
    """Do what the word says."""
    profile = phones.profile(connection, msisdn)
    known = profile.language if profile else None
    written_in = recognised.language if recognised else None
    language = known or written_in or SOURCE
    encoding = profile.encoding if profile else None
    opted_out = profile is not None and profile.opted_out
    match recognised.keyword if recognised else None:
        case Keyword.STOP:
            holds = stop(connection, msisdn, now, said_at=said.at, doubt=said.doubt)
            return Obeyed(Answer.STOPPED if holds else Answer.STARTED, language, encoding)
        case Keyword.START:
            holds = start(connection, msisdn, now, said_at=said.at)
            return Obeyed(Answer.STARTED if holds else Answer.STOPPED, language, encoding)
        case Keyword.YES if opted_out and start(connection, msisdn, now, said_at=said.at):
            return Obeyed(Answer.STARTED, language, encoding)
        case Keyword.LANG_FR | Keyword.LANG_BM as keyword:
            chosen = keyword.removeprefix("lang_")
            phones.set_language(connection, msisdn, chosen, now)
            return Obeyed(Answer.LANGUAGE, chosen, encoding)
        case Keyword.HELP | Keyword.MENU:
            return Obeyed(Answer.HELP, language, encoding)
        case _:
            return Obeyed(Answer.NOT_UNDERSTOOD, language, encoding)
