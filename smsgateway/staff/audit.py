"""Who did what: one row for each act of a worker, or of an operator on a worker's account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from smsgateway.staff.tables import audit


def record(
    connection: Connection,
    action: str,
    now: datetime,
    *,
    staff_id: int | None = None,
    subject: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write an act down. `staff_id` is who did it (None: an operator at the command line);
    `subject` is what it was done to, as `table:id`. No names and no numbers of phones."""
    connection.execute(
        insert(audit),
        {
            "at": now,
            "staff_id": staff_id,
            "action": action,
            "subject": subject,
            "details": dict(details or {}),
        },
    )
