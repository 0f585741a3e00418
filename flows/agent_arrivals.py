"""A worker writes down who came to the health centre: doses given to a child, a contact of a
woman, a consultation that was followed.

Those who are expected are listed, the nearest days first; where they are many, the worker types how
the first name begins.
"""

from __future__ import annotations

import unicodedata

from flows.naming import first_of, named, short_day, whole_name
from smsgateway.calendars.contacts import CalendarKind
from smsgateway.calendars.schedule import shipped
from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Codes, Digits, GivenName, Options, SpokenDay
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.reminders import arrivals
from smsgateway.reminders.arrivals import Expected, NotExpected
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

MOST_LISTED = 30
"""Six pages: more are found by their first name."""


@lookup(some=("arrivals",), many=(), nobody=())
def list_expected(inquiry: Inquiry) -> Outcome:
    """Who is expected at the worker's centre within a week, or was before today."""
    found = _expected(inquiry)
    if not found:
        return Outcome("nobody")
    return Outcome("many") if len(found) > MOST_LISTED else _listed(found, inquiry)


@lookup(some=("arrivals",), nobody=())
def list_named(inquiry: Inquiry) -> Outcome:
    """Those whose first name begins as typed, however accents and capitals are."""
    beginning = _plain(inquiry.text("beginning"))
    found = [one for one in _expected(inquiry) if _plain(one.first_name).startswith(beginning)]
    return _listed(found[:MOST_LISTED], inquiry) if found else Outcome("nobody")


@lookup(doses=("child", "visit_doses"), contact=("child", "day", "visit_doses"), nothing=("child",))
def show_arrival(inquiry: Inquiry) -> Outcome:
    """What there is to write down of somebody who came."""
    try:
        with inquiry.service.database.read() as connection:
            one = arrivals.find(
                connection, inquiry.number("arrival"), inquiry.number("facility_id")
            )
            codes = one.codes
            if one.calendar is CalendarKind.VACCINATION:
                codes = arrivals.doses_today(connection, one.person_id, shipped(), inquiry.today)
    except NotExpected:
        return Outcome("nothing", {"child": named("", inquiry)})
    child = named(one.first_name, inquiry)
    if not codes:
        return Outcome("nothing", {"child": child})
    values = {"child": child, "visit_doses": ",".join(codes)}
    if one.calendar is CalendarKind.VACCINATION:
        return Outcome("doses", values)
    return Outcome("contact", {**values, "day": one.day.isoformat()})


@lookup(some=("dose_lines",))
def list_doses(inquiry: Inquiry) -> Outcome:
    """The doses of the visit, one a line."""
    codes = inquiry.text("visit_doses").split(",")
    return Outcome("some", {"dose_lines": [[code, code] for code in codes]})


@lookup(some=("visit_doses",), none=())
def without_dose(inquiry: Inquiry) -> Outcome:
    """The doses that are left when one was not given."""
    codes = inquiry.text("visit_doses").split(",")
    left = [code for code in codes if code != inquiry.text("not_given")]
    return Outcome("some", {"visit_doses": ",".join(left)}) if left else Outcome("none")


def _expected(inquiry: Inquiry) -> list[Expected]:
    with inquiry.service.database.read() as connection:
        return arrivals.expected(connection, inquiry.number("facility_id"), inquiry.today)


def _listed(found: list[Expected], inquiry: Inquiry) -> Outcome:
    return Outcome(
        "some", {"arrivals": [[str(one.visit_id), _line(one, inquiry)] for one in found]}
    )


def _line(one: Expected, inquiry: Inquiry) -> str:
    """The names, the day, and what for: a consultation is known by its day alone."""
    what = "" if one.calendar is CalendarKind.CONSULTATION else f" {first_of(one.codes)}"
    return f"{whole_name(one.first_name, one.last_name, inquiry)} {short_day(one.day)}{what}"


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


flow = Flow(
    "agent_arrivals",
    start="expected",
    fields={
        "arrivals": Options(34, most=MOST_LISTED),
        "arrival": Digits(9),
        "beginning": GivenName(20),
        "child": GivenName(20),
        "day": SpokenDay(),
        "visit_doses": Codes(70),
        "dose_lines": Options(12, most=15),
        "not_given": Codes(12),
    },
)

flow.call(
    "expected",
    list_expected,
    {"some": "who", "many": "beginning", "nobody": "nobody", "down": "menu.unavailable"},
    takes=("facility_id",),
)
flow.end("nobody", N_("Personne n'est attendu cette semaine."))
flow.ask(
    "beginning",
    N_("Qui est venu ? Le début du prénom (2 lettres ou plus) :"),
    into="beginning",
    error=N_("Prénom mal écrit : des lettres seulement."),
    target="named",
)
flow.call(
    "named",
    list_named,
    {"some": "who", "nobody": "unknown", "down": "menu.unavailable"},
    takes=("facility_id", "beginning"),
)
flow.menu(
    "unknown",
    N_("Personne de ce prénom n'est attendu cette semaine."),
    {1: (N_("Réessayer"), "beginning"), 2: (N_("Autres choix"), "agent.menu")},
)
flow.pick("who", N_("Qui est venu ?"), source="arrivals", into="arrival", target="show")
flow.call(
    "show",
    show_arrival,
    {"doses": "doses", "contact": "contact", "nothing": "nothing", "down": "menu.unavailable"},
    takes=("facility_id", "arrival"),
)
CAME = EffectSpec("came", takes=("staff_id", "facility_id", "arrival", "visit_doses"))
flow.menu(
    "doses",
    N_("{child} : {visit_doses}. Tous faits aujourd'hui ?"),
    {
        1: Option(N_("Oui, tous"), "noted", (CAME,)),
        2: (N_("Pas tous"), "each"),
    },
)
flow.call("each", list_doses, {"some": "which", "down": "menu.unavailable"}, takes=("visit_doses",))
flow.pick(
    "which", N_("Lequel n'est pas fait ?"), source="dose_lines", into="not_given", target="without"
)
flow.call(
    "without",
    without_dose,
    {"some": "doses", "none": "nothing", "down": "menu.unavailable"},
    takes=("visit_doses", "not_given"),
)
flow.confirm(
    "contact",
    N_("{child} : visite du {day}. Faite aujourd'hui ?"),
    CAME,
    yes="noted",
    no="agent.menu",
)
flow.menu(
    "nothing",
    N_("{child} : rien à noter aujourd'hui."),
    {1: (N_("Autre personne"), "expected"), 2: (N_("Menu"), "agent.menu")},
)
flow.menu(
    "noted",
    N_("C'est noté."),
    {1: (N_("Autre personne"), "expected"), 2: (N_("Finir"), "finished")},
)
flow.end("finished", N_("Merci."))
