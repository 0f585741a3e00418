"""The end of a card, or of paid contributions, is told to the lines of a file in good time.

Each contact of the calendars of ends (`FIN_60`, `COTISATION_7` ...) is told once to each line while
its window lasts: after an outage the newest alone, and one whose window has passed is written down
as missed. A phone gets one such notice on a day, whatever the number of its files, and none above
the daily cap. Notice, message and the file's next day are one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from smsgateway.calendars.contact_file import shipped
from smsgateway.calendars.contacts import CalendarKind, DueContact
from smsgateway.calendars.hours import closes_on, is_open
from smsgateway.enrolment import cover
from smsgateway.enrolment.cover import CoveredFile, Line, Notice, NoticeKey
from smsgateway.enrolment.tables import cover_notice, enrolment
from smsgateway.messaging import outbox
from smsgateway.messaging.cover_templates import for_scheme
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.tables import message
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.reminders import rulebook
from smsgateway.reminders.due import lock
from smsgateway.reminders.release import had_since
from smsgateway.reminders.rules import Rule, Rulebook
from smsgateway.reminders.states import Why
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.placeholders import Value
from smsgateway.text.templates import render

logger = logging.getLogger(__name__)

BATCH = 500
"""Files in one transaction."""

LOOK_BACK = timedelta(days=30)
"""What ended longer ago, of a file that comes in late, was nobody's to tell."""

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Round:
    """What a batch of files comes to: messages by their key, notices that were missed, files by the
    day on which they are looked at next."""

    told: dict[NoticeKey, NewMessage] = field(default_factory=dict)
    missed: dict[NoticeKey, Why] = field(default_factory=dict)
    next_on: dict[int, date | None] = field(default_factory=dict)


def tell_ends(
    database: Database, catalogue: Catalogue, now: datetime, settings: Settings, limit: int = BATCH
) -> int:
    """Write the notices of up to `limit` files; how many were looked at. Within sending hours only,
    so that a file that changes in the night is told of as it is in the morning. Ring when it is
    not zero."""
    if not is_open(now, settings.sending_hours, settings.timezone):
        return 0
    with database.begin() as connection:
        return len(tell(connection, catalogue, now, settings, limit).next_on)


def tell(
    connection: Connection, catalogue: Catalogue, now: datetime, settings: Settings, limit: int
) -> Round:
    """The same in a transaction of the caller."""
    today = now.astimezone(settings.timezone).date()
    files = cover.due(connection, today, limit)
    if not files:
        return Round()
    telling = _Telling.of(connection, catalogue, now, settings, [one.id for one in files])
    for file in files:
        telling.look_at(file)
    _write(connection, telling.round, telling.notices, today, now)
    return telling.round


def contacts_of(file: CoveredFile) -> Iterator[tuple[CalendarKind, date, DueContact]]:
    """The contacts of a file's ends, with the calendar and the day of the end."""
    for kind, end in file.ends().items():
        for calendar in shipped().active(kind):
            for contact in calendar.due(end, date.min):
                yield kind, end, contact


@dataclass(slots=True)
class _Telling:
    """A batch being decided. `busy` phones have had all they get today; `notices` exist."""

    catalogue: Catalogue
    settings: Settings
    now: datetime
    rules: Rulebook
    lines: dict[int, list[Line]]
    notices: dict[NoticeKey, Notice]
    busy: set[int]
    round: Round = field(default_factory=Round)

    @classmethod
    def of(
        cls,
        connection: Connection,
        catalogue: Catalogue,
        now: datetime,
        settings: Settings,
        ids: Sequence[int],
    ) -> _Telling:
        rules = rulebook.active(connection)
        lines = cover.lines_of(connection, ids)
        phones = {line.phone_id for several in lines.values() for line in several}
        busy = _busy(connection, phones, rules.daily_cap, now, settings)
        notices = cover.notices_of(connection, ids)
        return cls(catalogue, settings, now, rules, lines, notices, busy)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.settings.timezone).date()

    def look_at(self, file: CoveredFile) -> None:
        """Decide what each line of a file is told, and when the file is looked at next."""
        contacts = list(contacts_of(file))
        days = [one.date for _, _, one in contacts if one.date > self.today]
        for line in self.lines.get(file.id, ()):
            for kind, end, contact in contacts:
                if self._waits(file, line, kind, end, contact):
                    days.append(self.today + ONE_DAY)
        self.round.next_on[file.id] = min(days, default=None)

    def _waits(
        self, file: CoveredFile, line: Line, kind: CalendarKind, end: date, contact: DueContact
    ) -> bool:
        """Tell a line of a contact if it is time; whether that is left to another day."""
        key = NoticeKey(file.id, kind, contact.code, end, line.phone_id)
        known = self.notices.get(key)
        rule = next(iter(self.rules.of(kind)), None)
        if rule is None or contact.date > self.today or (known and not known.taken_back):
            return False
        if contact.window_end < self.today:
            if end >= self.today - LOOK_BACK:
                self.round.missed[key] = Why.TOO_LATE
            return False
        if line.phone_id in self.busy:
            return True
        self._tell(file, line, key, rule, contact, known.attempt if known else 1)
        return False

    def _tell(
        self,
        file: CoveredFile,
        line: Line,
        key: NoticeKey,
        rule: Rule,
        contact: DueContact,
        attempt: int,
    ) -> None:
        """A notice that has no words is written down as missed, alone."""
        try:
            written = self._message(file, line, key, rule, contact, attempt)
        except (LookupError, ValueError):
            logger.exception("the notice of the end of file %d cannot be written", file.id)
            self.round.missed[key] = Why.NO_WORDS
        else:
            self.round.told[key] = written
            self.busy.add(line.phone_id)

    def _message(
        self,
        file: CoveredFile,
        line: Line,
        key: NoticeKey,
        rule: Rule,
        contact: DueContact,
        attempt: int,
    ) -> NewMessage:
        name = for_scheme(rule.template, renewable=file.renewable, successor=file.successor)
        language = line.language or SOURCE
        values: dict[str, Value | None] = {
            "name": file.first_name,
            "scheme": file.scheme,
            "expiry": key.ends_on,
            "successor": file.successor,
        }
        policy = self.settings.encoding_policies.policy_for(line.msisdn, line.encoding)
        rendered = render(TEMPLATES[name], self.catalogue, language, values, policy)
        hours, zone = self.settings.sending_hours, self.settings.timezone
        told = f"{key.contact}:{key.ends_on:%Y%m%d}:{attempt}"
        return NewMessage(
            dedupe_key=f"cover:{file.id}:{line.phone_id}:{told}",
            message_class=rule.message_class,
            phone_id=line.phone_id,
            msisdn=line.msisdn,
            language=language,
            template=name,
            body=rendered.body,
            encoding=rendered.encoding,
            segments=rendered.segments,
            due_at=self.now,
            expires_at=closes_on(contact.window_end, hours, zone),
            facility_id=file.facility_id,
        )


def _busy(
    connection: Connection,
    phones: Collection[int],
    daily_cap: int,
    now: datetime,
    settings: Settings,
) -> set[int]:
    """Phones that get nothing more of this today, or that another process holds; the others are
    locked until the commit."""
    local = now.astimezone(settings.timezone)
    midnight = datetime.combine(local, time.min, settings.timezone)
    free = set(lock(connection, sorted(phones)))
    had = had_since(connection, free, midnight)
    full = {phone_id for phone_id, number in had.items() if number >= daily_cap}
    return (set(phones) - free) | full | cover.told_on(connection, free, local.date())


def _write(
    connection: Connection,
    decided: Round,
    notices: dict[NoticeKey, Notice],
    today: date,
    now: datetime,
) -> None:
    """Messages, what is noted of each, and the next day of each file."""
    outbox.add(connection, list(decided.told.values()), now)
    keys = [one.dedupe_key for one in decided.told.values()]
    found = select(message.c.dedupe_key, message.c.id).where(message.c.dedupe_key.in_(keys))
    ids = {row.dedupe_key: row.id for row in connection.execute(found)}
    noted: dict[NoticeKey, dict[str, Any]] = {
        key: {"message_id": ids[one.dedupe_key], "reason": None}
        for key, one in decided.told.items()
    }
    noted |= {key: {"message_id": None, "reason": why} for key, why in decided.missed.items()}
    new = [
        key._asdict() | values | {"noted_on": today}
        for key, values in noted.items()
        if key not in notices
    ]
    if new:
        connection.execute(insert(cover_notice), new)
    for key in noted.keys() & notices.keys():
        this = cover_notice.c.id == notices[key].id
        connection.execute(update(cover_notice).where(this).values(**noted[key], noted_on=today))
    rows = [{"file_id": key, "next_on": day} for key, day in decided.next_on.items()]
    step = update(enrolment).where(enrolment.c.id == bindparam("file_id"))
    connection.execute(step.values(notice_on=bindparam("next_on")), rows)
