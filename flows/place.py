"""Which place? By its code, or from lists: a sub-dialogue.

It begins at `start` for a health centre, at `social` for a town hall or a social service, or at
`own` for the centre that follows the caller's family, and gives `facility_id` and `cscom`.

The lists narrow down from regions to places. The code stands first among the regions of health
centres: who has it types it at once.
"""

from __future__ import annotations

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Code, Count, Name, Options
from smsgateway.dialogue.nodes import RETURN, Outcome, lookup
from smsgateway.register import directory, facilities
from smsgateway.register.directory import Areas, Group
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_
from smsgateway.text.placeholders import shorten

BY_CODE = "code"
"""The choice, among areas, of typing a code. An area begins with its group, so none is `code`."""

SEPARATOR = "|"
WITH_CODE = N_("Code du centre")
AREA_LENGTH, PLACE_LENGTH = 24, 25
"""Septets of a line; what is longer would only weigh on the session."""

LISTS = {"areas": ("areas",), "places": ("places",), "nowhere": ()}


@lookup(**LISTS)
def health_list(inquiry: Inquiry) -> Outcome:
    """The regions with health centres, the way by code in front."""
    by_code = [BY_CODE, inquiry.service.catalogue.text(WITH_CODE, inquiry.language)]
    return _list(inquiry, Group.HEALTH, [by_code])


@lookup(**LISTS)
def social_list(inquiry: Inquiry) -> Outcome:
    """The regions with town halls and social services."""
    return _list(inquiry, Group.SOCIAL)


@lookup(by_code=(), **LISTS)
def within(inquiry: Inquiry) -> Outcome:
    """What lies in the area that was chosen."""
    chosen = inquiry.text("area")
    return Outcome("by_code") if chosen == BY_CODE else _list(inquiry, chosen)


@lookup(found=("cscom",), unknown=())
def named(inquiry: Inquiry) -> Outcome:
    """The name of the place that was chosen."""
    with inquiry.service.database.read() as connection:
        entry = directory.entry(connection, inquiry.number("facility_id"))
    return Outcome("found", {"cscom": entry.name}) if entry else Outcome("unknown")


@lookup(found=("facility_id", "cscom"), unknown=())
def with_code(inquiry: Inquiry) -> Outcome:
    """The health centre with this code."""
    with inquiry.service.database.read() as connection:
        entry = directory.by_code(connection, inquiry.text("facility_code"))
    if entry is None or not entry.is_health:
        return Outcome("unknown")
    return Outcome("found", {"facility_id": entry.id, "cscom": entry.name})


@lookup(found=("facility_id", "cscom"), nobodys=())
def own(inquiry: Inquiry) -> Outcome:
    """The centre that follows the caller's family; its reminders name it on this line anyway."""
    with inquiry.service.database.read() as connection:
        facility_id = facilities.of_phone(connection, inquiry.msisdn)
        entry = directory.entry(connection, facility_id) if facility_id else None
    if entry is None:
        return Outcome("nobodys")
    return Outcome("found", {"facility_id": entry.id, "cscom": entry.name})


def _list(inquiry: Inquiry, chosen: str, first: list[list[str]] | None = None) -> Outcome:
    """The next list of the area `chosen`: its group, then what `directory.narrow` has given."""
    group, *area = chosen.split(SEPARATOR)
    with inquiry.service.database.read() as connection:
        found = directory.narrow(connection, Group(group), tuple(area))
    if isinstance(found, Areas):
        areas = [
            [SEPARATOR.join((group, *one)), shorten(label, AREA_LENGTH)]
            for one, label in found.options
        ]
        return Outcome("areas", {"areas": [*(first or []), *areas]})
    if not found.options:
        return Outcome("nowhere")
    return Outcome("places", {"places": lines(found.options)})


def lines(options: list[tuple[int, str]]) -> list[list[str]]:
    """Places as the lines of a list."""
    return [[str(id_), shorten(name, PLACE_LENGTH)] for id_, name in options]


flow = Flow(
    "place",
    start="start",
    fields={
        "area": Name(80),
        "areas": Options(AREA_LENGTH, most=directory.MOST_AREAS + 1),
        "places": Options(PLACE_LENGTH, most=directory.MOST_PLACES),
        "facility_id": Count(9),
        "facility_code": Code(16, shortest=3),
        "cscom": Name(25),
    },
)
FOUND = {"found": RETURN, "unknown": "unknown", "down": "menu.unavailable"}

HEALTH = {
    "areas": "area",
    "places": "place",
    "nowhere": "nowhere",
    "down": "menu.unavailable",
}
flow.call("start", health_list, HEALTH)
flow.pick(
    "area", N_("Où est votre centre de santé ?"), source="areas", into="area", target="within"
)
flow.call("within", within, {**HEALTH, "by_code": "code"}, takes=("area",))
flow.pick(
    "place",
    N_("Quel centre de santé ?"),
    source="places",
    into="facility_id",
    target="named",
)

SOCIAL = {**HEALTH, "areas": "social_area", "places": "social_place"}
flow.call("social", social_list, SOCIAL)
flow.pick(
    "social_area",
    N_("Mairie ou service social : où ?"),
    source="areas",
    into="area",
    target="social_within",
)
flow.call("social_within", within, {**SOCIAL, "by_code": "code"}, takes=("area",))
flow.pick(
    "social_place",
    N_("Mairie ou service social : lequel ?"),
    source="places",
    into="facility_id",
    target="named",
)
flow.call("named", named, FOUND, takes=("facility_id",))

flow.call("own", own, {"found": RETURN, "nobodys": "nobodys", "down": "menu.unavailable"})
flow.menu(
    "nobodys",
    N_("Ce téléphone n'est inscrit dans aucun centre de santé."),
    {1: (N_("Chercher dans la liste"), "start"), 2: (N_("Être rappelé"), "callback.start")},
)
flow.ask(
    "code",
    N_("Code du centre de santé ? Il est écrit sur le carnet."),
    into="facility_code",
    error=N_("Code mal écrit."),
    target="find",
)
flow.call("find", with_code, FOUND, takes=("facility_code",))
flow.menu(
    "unknown",
    N_("Centre de santé introuvable."),
    {
        1: (N_("Réessayer"), "code"),
        2: (N_("Chercher dans la liste"), "start"),
        3: (N_("Être rappelé"), "callback.start"),
    },
)
flow.menu(
    "nowhere",
    N_("Aucun lieu n'est encore inscrit."),
    {1: (N_("Être rappelé"), "callback.start")},
)
