"""A small world of families for the tests of reminders: who is born when, and what is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from smsgateway.calendars.schedule import shipped
from smsgateway.messaging.tables import message
from smsgateway.register import changes
from smsgateway.register.phones import ensure_phone, set_language
from smsgateway.register.tables import caregiver, facility, immunization, person, phone, plan_mark
from smsgateway.reminders import review, rulebook
from smsgateway.reminders.planner import Planned, plan_marked
from smsgateway.reminders.planning import Planning
from smsgateway.reminders.release import release_due
from smsgateway.reminders.tables import reminder, visit
from smsgateway.settings import Settings
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue

FRENCH = Catalogue({})
MOTHER = "+22370000001"
RULES_FILE = Path(rulebook.__file__).parent / "rulebooks" / "mali.json"


def keep_announcements(data: dict[str, Any]) -> None:
    data["rules"] = [rule for rule in data["rules"] if rule["offset_days"] < 0]


class World:
    """Families of one database, and a clock that tests move."""

    def __init__(self, database: Database, settings: Settings, clock: FixedClock) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        self.catalogue = FRENCH
        self.schedule = shipped("mali")

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        return self.now.astimezone(self.settings.timezone).date()

    def at(self, moment: str) -> None:
        """Move the clock to `2026-11-24 08:30`, local time of the service."""
        local = datetime.fromisoformat(moment).replace(tzinfo=self.settings.timezone)
        self.clock.move(local - self.now)

    def planning(self) -> Planning:
        with self.database.read() as connection:
            return Planning.of(connection, self.schedule, self.settings)

    def use_rules(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Put the shipped rules in force as `change` leaves them, under a version of their own."""
        data = json.loads(RULES_FILE.read_text(encoding="utf-8"))
        change(data)
        data["version"] = f"changed {uuid4().hex[:8]}"
        with self.database.begin() as connection:
            rulebook.put_in_force(connection, data, self.now)

    def only_announce(self) -> None:
        """Without the rules that chase a missed visit, for tests of what comes before it."""
        self.use_rules(keep_announcements)

    def facility(self, name: str = "Asacobafa", **values: Any) -> int:
        row = {"code": name, "name": name, "kind": "cscom", "region": "Bamako"} | values
        with self.database.begin() as connection:
            found = connection.scalar(select(facility.c.id).where(facility.c.code == name))
            if found is not None:
                return found
            key = connection.execute(insert(facility).values(row)).inserted_primary_key
        return int(key[0])

    def child(
        self,
        first_name: str = "Awa",
        *,
        visit_on: date,
        phones: Iterable[str] = (MOTHER,),
        facility_id: int | None = None,
        language: str | None = None,
    ) -> int:
        """A child with its doses at birth, whose 6-week visit is due on `visit_on`."""
        born = visit_on - timedelta(weeks=6)
        place = self.facility() if facility_id is None else facility_id
        with self.database.begin() as connection:
            key = connection.execute(
                insert(person).values(
                    first_name=first_name,
                    sex="M",
                    birth_date=born,
                    facility_id=place,
                    created_at=self.now,
                )
            ).inserted_primary_key
            child = int(key[0])
            for number in phones:
                phone_id = ensure_phone(connection, number, self.now, language)
                connection.execute(insert(caregiver).values(person_id=child, phone_id=phone_id))
        for vaccine in ("BCG", "VPO0"):
            self.dose(child, vaccine, born)
        return child

    def dose(self, child: int, vaccine: str, given_on: date | None = None) -> None:
        """Record a dose the way the register does: with a mark for the planner."""
        with self.database.begin() as connection:
            connection.execute(
                insert(immunization).values(
                    person_id=child,
                    vaccine=vaccine,
                    given_on=given_on or self.today,
                    recorded_at=self.now,
                )
            )
            changes.mark(connection, [child], self.now)

    def doses(self, child: int) -> list[Any]:
        return [row for row in self._rows(immunization) if row.person_id == child]

    def change(self, child: int, **values: Any) -> None:
        """Change a person's row, and mark it."""
        with self.database.begin() as connection:
            connection.execute(update(person).where(person.c.id == child).values(values))
            changes.mark(connection, [child], self.now)

    def move_visit(self, child: int, days: int) -> None:
        """Correct the birth date and the doses at birth, so that the visit moves by `days`."""
        with self.database.begin() as connection:
            born = connection.scalar(select(person.c.birth_date).where(person.c.id == child))
            connection.execute(
                update(immunization)
                .where(immunization.c.person_id == child, immunization.c.given_on == born)
                .values(given_on=born + timedelta(days=days))
            )
        self.change(child, birth_date=born + timedelta(days=days))

    def mark(self, *children: int) -> None:
        with self.database.begin() as connection:
            changes.mark(connection, children, self.now)

    def plan(self, limit: int = 200) -> Planned:
        return plan_marked(self.database, self.schedule, self.now, self.settings, limit)

    def settle_marks(self) -> None:
        """Forget who is marked, as if plans had been made a moment before."""
        with self.database.begin() as connection:
            connection.execute(delete(plan_mark))

    def speaks(self, number: str, language: str) -> None:
        """The user of a phone has chosen a language."""
        with self.database.begin() as connection:
            set_language(connection, number, language, self.now)

    def review(self) -> None:
        """Mark whom time has overtaken, as the clock does."""
        review.mark_reviews(self.database, self.now, self.today)

    def release(self, limit: int = 500) -> list[int]:
        batches = release_due(self.database, self.catalogue, self.now, self.settings, limit)
        return list(chain.from_iterable(batches))

    def send(self) -> None:
        """The gateway takes everything that waits in the outbox."""
        with self.database.begin() as connection:
            connection.execute(
                update(message).where(message.c.state == "queued").values(state="sent")
            )

    def run(self) -> list[str]:
        """Plan and release; the texts of the new messages."""
        self.plan()
        ids = set(self.release())
        return [row.body for row in self.messages() if row.id in ids]

    def keep_hours(self, hours: Any) -> None:
        self.settings = replace(self.settings, sending_hours=hours)

    def phones(self) -> list[Any]:
        return self._rows(phone)

    def messages(self) -> list[Any]:
        return self._rows(message)

    def reminders(self, state: str | None = None) -> list[Any]:
        return [row for row in self._rows(reminder) if state in {None, row.state}]

    def visits(self, state: str | None = None) -> list[Any]:
        return [row for row in self._rows(visit) if state in {None, row.state}]

    def _rows(self, table: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)))
