"""The stock-out switch: doses that a facility cannot give for now, and calls nobody for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from smsgateway.register import changes
from smsgateway.register.session_tables import stock_out
from smsgateway.register.tables import facility
from smsgateway.storage.upsert import insert_new


@dataclass(frozen=True, slots=True)
class StockOut:
    """A dose or series that is missing at a facility, and since when."""

    facility_code: str
    dose: str
    since: datetime


def put_out(connection: Connection, facility_id: int, dose: str, now: datetime) -> bool:
    """Call nobody for this dose (PENTA2) or series (PENTA). False when that was so already."""
    row = {"facility_id": facility_id, "dose": dose.upper(), "since": now}
    insert = insert_new(connection, stock_out).returning(stock_out.c.dose)
    new = connection.execute(insert, row).first() is not None
    if new:
        changes.mark_facilities(connection, [facility_id], now)
    return new


def bring_back(connection: Connection, facility_id: int, dose: str, now: datetime) -> bool:
    """Call for it again. False when it was not out of stock."""
    this = stock_out.c.facility_id == facility_id, stock_out.c.dose == dose.upper()
    gone = connection.execute(delete(stock_out).where(*this)).rowcount > 0
    if gone:
        changes.mark_facilities(connection, [facility_id], now)
    return gone


def out_of_stock(connection: Connection, facility_id: int) -> frozenset[str]:
    """The dose and series codes that a facility cannot give."""
    return out_of_stock_of(connection, [facility_id])[facility_id]


def out_of_stock_of(
    connection: Connection, facility_ids: Sequence[int]
) -> dict[int, frozenset[str]]:
    """The same for several facilities, in one statement."""
    missing: dict[int, set[str]] = defaultdict(set)
    rows = connection.execute(
        select(stock_out.c.facility_id, stock_out.c.dose).where(
            stock_out.c.facility_id.in_(facility_ids)
        )
    )
    for row in rows:
        missing[row.facility_id].add(row.dose)
    return {one: frozenset(missing[one]) for one in facility_ids}


def listed(connection: Connection) -> list[StockOut]:
    """Everything that is missing anywhere, by facility."""
    rows = connection.execute(
        select(facility.c.code, stock_out.c.dose, stock_out.c.since)
        .join_from(stock_out, facility)
        .order_by(facility.c.code, stock_out.c.dose)
    )
    return [StockOut(row.code, row.dose, row.since) for row in rows]
