"""`smsgateway encounters`: contacts that took place."""

from __future__ import annotations

from datetime import datetime

import click

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.commands.opened import facility_of
from smsgateway.commands.opening import open_service, refuse
from smsgateway.register import encounters as register
from smsgateway.register import people
from smsgateway.register.encounters import CALENDARS, NotPossible


@click.group()
def encounters() -> None:
    """Contacts that took place: antenatal, postnatal, weighing. For doses: `smsgateway import`."""


@encounters.command()
@click.argument("identifier", metavar="ID")
@click.argument("code")
@click.option(
    "--on",
    "moment",
    type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    help="The day it was.  [default: today]",
)
@click.option("--facility", "facility_code", help="Code of the facility where it was.")
def record(identifier: str, code: str, moment: datetime | None, facility_code: str | None) -> None:
    """Write down that the person ID was seen for the contact CODE, such as CPN2 or CPON1.

    ID is the identifier of the files that were imported, or the number of a vaccination card.
    Nobody is called for that contact any more; many at once: `smsgateway import encounters`.
    """
    calendar = _calendar_of(code.upper())
    with open_service() as service:
        now = service.clock.now()
        today = now.astimezone(service.settings.timezone).date()
        held_on = moment.date() if moment else today
        if held_on > today:
            refuse(f"{held_on} is still to come.")
        with service.database.begin() as connection:
            one = people.with_identifier(connection, identifier)
            if one is None:
                refuse(f"Nobody who is followed has the identifier or card {identifier}.")
            place = facility_of(connection, facility_code) if facility_code else one.facility_id
            try:
                register.check(connection, one.id, calendar, held_on)
            except NotPossible as error:
                refuse(f"{code.upper()} of {identifier} on {held_on}: {error}.")
            register.record(
                connection, one.id, calendar, [code.upper()], held_on, now, facility_id=place
            )
    click.echo("Written down.")


def _calendar_of(code: str) -> CalendarKind:
    for kind, codes in CALENDARS.items():
        if code in codes:
            return kind
    known = ", ".join(sorted(set().union(*CALENDARS.values())))
    refuse(f"{code} is a contact of no calendar; there are {known}.")
