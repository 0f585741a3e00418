"""Proving, on a line that others may hold, that one knows a child: its day and month of birth."""

from __future__ import annotations

from flows.naming import named
from smsgateway.dialogue.nodes import Outcome
from smsgateway.register import children, proofs
from smsgateway.register.children import Child
from smsgateway.sessions.calls import Inquiry

MOST_CHILDREN = 20

FAILURES: dict[str, tuple[str, ...]] = {"missing": (), "locked": ()}
"""What a look-up answers that has no proof: not found, or too often."""


def of_this_line(inquiry: Inquiry) -> list[Child] | Outcome:
    """The children of the calling phone that the typed `birthday` opens, the eldest first; one of
    FAILURES when it opens none, which is counted."""
    with inquiry.service.database.read() as connection:
        if proofs.is_locked(connection, inquiry.msisdn, inquiry.now):
            return Outcome("locked")
        found = _opened(children.of_phone(connection, inquiry.msisdn), inquiry)
    return found or failed(inquiry)


def proves(child: Child, inquiry: Inquiry) -> bool:
    """Whether the typed day is the child's."""
    return f"{child.birth_date:%m-%d}" == inquiry.text("birthday")


def failed(inquiry: Inquiry) -> Outcome:
    """Count a proof that failed."""
    with inquiry.service.database.begin() as connection:
        proofs.record_failure(connection, inquiry.msisdn, inquiry.now, inquiry.idempotency_key)
    return Outcome("missing")


def lines(found: list[Child], inquiry: Inquiry) -> list[list[str]]:
    """Children as the lines of a list, the youngest first."""
    youngest = found[-1 : -MOST_CHILDREN - 1 : -1]
    return [[str(child.id), named(child.first_name, inquiry)] for child in youngest]


def _opened(found: list[Child], inquiry: Inquiry) -> list[Child]:
    """The children of a line that the typed day opens: all, where it is that of one whom a health
    centre has recorded.

    A child that was told of by keypad opens only itself and what was told of later: else whoever
    holds the phone could register one, and see the others with its birthday.
    """
    proved = [child for child in found if proves(child, inquiry)]
    if not proved:
        return []
    if any(child.is_recorded for child in proved):
        return found
    first = min(child.id for child in proved)
    return [child for child in found if child.id >= first]
