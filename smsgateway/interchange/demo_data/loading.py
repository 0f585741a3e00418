"""Loading the demonstration through the same door as any other import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import exists, insert, select

from smsgateway.interchange.demo_data.files import files
from smsgateway.interchange.demo_data.people import families
from smsgateway.interchange.demo_data.places import places, services
from smsgateway.interchange.demo_data.summary import DemoSummary, DemoWorker
from smsgateway.interchange.demo_data.women import women
from smsgateway.interchange.importer import Importer
from smsgateway.interchange.kind import Context, Problem
from smsgateway.interchange.kinds import KINDS
from smsgateway.register.phones import ensure_phone, opt_out
from smsgateway.register.tables import facility
from smsgateway.staff.hashing import hash_secret
from smsgateway.staff.roles import Role
from smsgateway.staff.tables import staff
from smsgateway.storage.engine import Database

WORKERS = (
    DemoWorker("+22370000091", "Agent Un (démo)", Role.AGENT, "fr", "7391"),
    DemoWorker("+22370000092", "Agent Deux (démo)", Role.HEAD, "bm", "4826"),
)


class AlreadyLoaded(RuntimeError):
    """The database holds demonstration data from another day or of this one."""


def load_demo(database: Database, today: date) -> DemoSummary:
    """Fill a database with invented people, of whom some have a reminder due on `today`.

    The same every time but for the dates. Raises AlreadyLoaded, because yesterday's demonstration
    cannot be turned into today's.
    """
    with database.read() as connection:
        if connection.execute(select(exists().where(facility.c.is_demo))).scalar():
            raise AlreadyLoaded("The database has demo data already: start with an empty one.")
    now = datetime.combine(today, time.min, UTC)
    context = Context(now=now, today=today, is_demo=True)
    centres = places(today)
    people = families(centres, today)
    enrolments, shown_files = files(today)
    pregnancies, shown_women = women(centres[0], today)
    for kind, records in (
        ("facilities", [*centres, *services()]),
        ("households", people.households),
        ("children", people.children),
        ("pregnancies", pregnancies),
        ("doses", people.doses),
        ("enrolments", enrolments),
    ):
        _store(database, kind, context, records)
    with database.begin() as connection:
        for one in people.phones:
            if one.opted_out:
                opt_out(connection, one.msisdn, now)
    _appoint_workers(database, centres[0]["code"], now)
    return DemoSummary(centres[0]["name"], tuple(people.phones), shown_files, WORKERS, shown_women)


def _store(
    database: Database, kind: str, context: Context, records: Sequence[Mapping[str, Any]]
) -> None:
    def refuse(problem: Problem) -> None:
        raise ValueError(f"demo data are wrong: {kind}, {problem}")

    Importer(database, KINDS[kind], context, on_problem=refuse).store(records)


def _appoint_workers(database: Database, facility_code: str, now: datetime) -> None:
    """Workers whose PIN is known, which no import and no invitation could make."""
    with database.begin() as connection:
        facility_id = connection.execute(
            select(facility.c.id).where(facility.c.code == facility_code)
        ).scalar_one()
        for worker in WORKERS:
            connection.execute(
                insert(staff),
                {
                    "name": worker.name,
                    "phone_id": ensure_phone(connection, worker.msisdn, now, worker.language),
                    "facility_id": facility_id,
                    "role": worker.role,
                    "pin_hash": hash_secret(worker.pin),
                    "created_at": now,
                },
            )
