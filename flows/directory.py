"""Where a health centre, a town hall or a social service is reached, and when it is open."""

from __future__ import annotations

from flows import place
from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import Count, Name
from smsgateway.dialogue.nodes import Outcome, lookup
from smsgateway.register import directory, facilities
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_
from smsgateway.text.dates import spoken_weekdays
from smsgateway.text.msisdn import spoken_number

NOT_KNOWN = N_("à demander sur place")
EVERY_DAY = N_("tous les jours")


@lookup(some=("places",), none=())
def around(inquiry: Inquiry) -> Outcome:
    """What else there is in the commune of the centre that follows the caller's family."""
    with inquiry.service.database.read() as connection:
        own = facilities.of_phone(connection, inquiry.msisdn)
        found = directory.around(connection, own) if own else []
    return Outcome("some", {"places": place.lines(found)}) if found else Outcome("none")


@lookup(health=("cscom", "hours", "tel", "weekdays"), social=("cscom", "hours", "tel"), missing=())
def describe(inquiry: Inquiry) -> Outcome:
    """What the directory says of the place."""
    with inquiry.service.database.read() as connection:
        entry = directory.entry(connection, inquiry.number("facility_id"))
    if entry is None:
        return Outcome("missing")
    catalogue, language = inquiry.service.catalogue, inquiry.language
    not_known = catalogue.text(NOT_KNOWN, language)
    values = {
        "cscom": entry.name,
        "hours": entry.hours or not_known,
        "tel": spoken_number(entry.phone) if entry.phone else not_known,
    }
    if not entry.is_health:
        return Outcome("social", values)
    days = spoken_weekdays(entry.session_days, language)
    return Outcome("health", {**values, "weekdays": days or catalogue.text(EVERY_DAY, language)})


flow = Flow(
    "directory",
    start="start",
    fields={
        "places": place.flow.fields["places"],
        "facility_id": Count(9),
        "cscom": Name(25),
        "hours": Name(30),
        "tel": Name(24),
        "weekdays": Name(60),
    },
)

flow.menu(
    "start",
    N_("Annuaire"),
    {
        1: (N_("Mon centre de santé"), "own"),
        2: (N_("Autre centre de santé"), "centre"),
        3: (N_("Mairie ou service social"), "social"),
        4: (N_("Tout près de mon centre"), "around"),
    },
)
for name, start in (("own", "own"), ("centre", "start"), ("social", "social")):
    flow.visit(name, start=f"place.{start}", target="describe")
flow.call(
    "around",
    around,
    {"some": "near", "none": "alone", "down": "menu.unavailable"},
)
flow.pick(
    "near",
    N_("Près de votre centre :"),
    source="places",
    into="facility_id",
    target="describe",
)
flow.menu(
    "alone",
    N_("Nous ne connaissons aucun lieu près de chez vous."),
    {1: (N_("Chercher dans la liste"), "centre"), 2: (N_("Être rappelé"), "callback.start")},
)
flow.call(
    "describe",
    describe,
    {"health": "health", "social": "open", "missing": "missing", "down": "menu.unavailable"},
    takes=("facility_id",),
)
flow.text(
    "health",
    N_("{cscom}\nOuvert : {hours}\nTél. : {tel}\nVaccination : {weekdays}"),
)
flow.text("open", N_("{cscom}\nOuvert : {hours}\nTél. : {tel}"))
flow.menu(
    "missing",
    N_("Ce lieu n'est plus dans l'annuaire."),
    {1: (N_("Réessayer"), "start"), 2: (N_("Être rappelé"), "callback.start")},
)

flow.promise(Purpose.LOOKUP, "health", "open")
