"""Look-ups of pregnancies: proved by a day, dated by what is known."""

from __future__ import annotations

from datetime import date, timedelta

from smsgateway.calendars.antenatal import edd_of, lmp_of
from smsgateway.dialogue.fields import Value
from smsgateway.dialogue.nodes import Outcome, lookup
from smsgateway.register import facilities, pregnancies, proofs, registration
from smsgateway.register.pregnancies import Pregnancy
from smsgateway.reminders.antenatal_visit import next_antenatal
from smsgateway.reminders.next_visit import opening_of
from smsgateway.sessions.calls import Inquiry

A_MONTH = timedelta(days=365.25 / 12)
VISIT = ("woman", "day", "cscom")
STATES: dict[str, tuple[str, ...]] = {"upcoming": VISIT, "none_left": ("woman", "cscom")}
FAILURES: dict[str, tuple[str, ...]] = {"missing": (), "locked": ()}


@lookup(several=("women",), **STATES, **FAILURES)
def find_visit(inquiry: Inquiry) -> Outcome:
    """The next visit of the woman who knows her day."""
    found = _proved(inquiry)
    if isinstance(found, Outcome):
        return found
    return _visit(found[0], inquiry) if len(found) == 1 else _several(found)


@lookup(several=("women",), one=("pregnancy",), **FAILURES)
def find_pregnancy(inquiry: Inquiry) -> Outcome:
    """The pregnancy of the woman who knows her day, of which a birth is told."""
    found = _proved(inquiry)
    if isinstance(found, Outcome):
        return found
    return Outcome("one", {"pregnancy": str(found[0].id)}) if len(found) == 1 else _several(found)


@lookup(missing=(), **STATES)
def show_chosen(inquiry: Inquiry) -> Outcome:
    """The next visit of the woman who was picked."""
    with inquiry.service.database.read() as connection:
        found = pregnancies.open_of_phone(connection, inquiry.msisdn, inquiry.today)
    chosen = [one for one in found if str(one.id) == inquiry.text("pregnancy")]
    return _visit(chosen[0], inquiry) if chosen else Outcome("missing")


@lookup(dated=("lmp",))
def date_by_term(inquiry: Inquiry) -> Outcome:
    """The last period, counted back from the expected date."""
    edd = date.fromisoformat(inquiry.text("edd"))
    return Outcome("dated", {"lmp": lmp_of(edd=edd).isoformat()})


@lookup(dated=("lmp",))
def date_by_months(inquiry: Inquiry) -> Outcome:
    """The last period, about so many months ago."""
    return Outcome(
        "dated", {"lmp": (inquiry.today - inquiry.number("months") * A_MONTH).isoformat()}
    )


@lookup(upcoming=("day", "proof"), none_left=("proof",), many=())
def foresee(inquiry: Inquiry) -> Outcome:
    """The first visit of a woman who has just agreed, and the day that she has to remember."""
    lmp, facility_id = date.fromisoformat(inquiry.text("lmp")), inquiry.number("facility_id")
    with inquiry.service.database.read() as connection:
        if registration.is_busy(connection, inquiry.msisdn, inquiry.now):
            return Outcome("many")
        facility = facilities.by_ids(connection, [facility_id])[facility_id]
        opening = opening_of(connection, facility_id, inquiry.today)
    day = next_antenatal(lmp, inquiry.today, facility, opening, inquiry.today)
    proof: dict[str, Value] = {"proof": f"{edd_of(lmp):%d%m}"}
    if day is None:
        return Outcome("none_left", proof)
    return Outcome("upcoming", {**proof, "day": day.isoformat()})


def _proved(inquiry: Inquiry) -> list[Pregnancy] | Outcome:
    """The pregnancies of this line whose day was typed; a failure is counted."""
    with inquiry.service.database.read() as connection:
        if proofs.is_locked(connection, inquiry.msisdn, inquiry.now):
            return Outcome("locked")
        found = pregnancies.open_of_phone(connection, inquiry.msisdn, inquiry.today)
    typed = inquiry.text("proof_day")
    proved = [
        one for one in found if typed in {f"{one.edd_date:%m-%d}", f"{one.registered_on:%m-%d}"}
    ]
    if proved:
        return proved
    with inquiry.service.database.begin() as connection:
        proofs.record_failure(connection, inquiry.msisdn, inquiry.now, inquiry.idempotency_key)
    return Outcome("missing")


def _several(found: list[Pregnancy]) -> Outcome:
    return Outcome("several", {"women": [[str(one.id), one.first_name] for one in found]})


def _visit(pregnancy: Pregnancy, inquiry: Inquiry) -> Outcome:
    facility, today = pregnancy.facility, inquiry.today
    with inquiry.service.database.read() as connection:
        opening = opening_of(connection, facility.id, today)
    day = next_antenatal(pregnancy.lmp_date, pregnancy.registered_on, facility, opening, today)
    values: dict[str, Value] = {"woman": pregnancy.first_name, "cscom": facility.name}
    if day is None:
        return Outcome("none_left", values)
    return Outcome("upcoming", {**values, "day": day.isoformat()})
