"""My child: the next visit, doses that were given already, a number that is the wrong one.

A child is found by the number of its card, or among the children of the calling phone; either way
its day and month of birth are the proof. No name is shown before that; after it the phone's other
children are shown too (see `child_proof`). While the schedule is a draft that the national
programme has not confirmed, the screen says so.
"""

from __future__ import annotations

from datetime import date, timedelta

from flows import child_proof
from flows.child_proof import FAILURES, MOST_CHILDREN
from flows.naming import named
from smsgateway.calendars.schedule import shipped
from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import (
    Code,
    Codes,
    Day,
    DayAndMonth,
    Digits,
    GivenName,
    Name,
    Options,
    SpokenDay,
    Value,
)
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.register import children, proofs
from smsgateway.register.children import Child
from smsgateway.reminders.next_visit import VisitOutlook, of_child, opening_of
from smsgateway.reminders.outlook import child_forecast, open_doses
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

NEAR = timedelta(days=300)
"""A day without its year is said only of a visit nearer than this."""

SCHEDULE = "mali"

LONG_AGO_DAYS = 1_000
"""A dose that a family tells of was given at most so long ago."""

VISIT = ("child", "chosen", "day", "cscom", "doses")
STATES = {
    "upcoming": VISIT,
    "upcoming_draft": VISIT,
    "late": (*VISIT, "session"),
    "none_due": ("child",),
    "complete": ("child",),
}


@lookup(**STATES, **FAILURES)
def find_by_carnet(inquiry: Inquiry) -> Outcome:
    """The child with this card number and birthday."""
    with inquiry.service.database.read() as connection:
        if proofs.is_locked(connection, inquiry.msisdn, inquiry.now):
            return Outcome("locked")
        child = children.by_carnet(connection, inquiry.text("carnet"))
    if child is None or not child_proof.proves(child, inquiry):
        return child_proof.failed(inquiry)
    return _describe(child, inquiry)


@lookup(several=("children",), **STATES, **FAILURES)
def find_by_phone(inquiry: Inquiry) -> Outcome:
    """The children of the calling phone, of whom one has this birthday."""
    found = child_proof.of_this_line(inquiry)
    if isinstance(found, Outcome):
        return found
    if len(found) > 1:
        return Outcome("several", {"children": child_proof.lines(found, inquiry)})
    return _describe(found[0], inquiry)


@lookup(**STATES, missing=())
def show_chosen(inquiry: Inquiry) -> Outcome:
    """The visit of the child that was picked."""
    child = _chosen(inquiry)
    return _describe(child, inquiry) if child else Outcome("missing")


@lookup(told=("doses",), too_young=(), missing=())
def claim(inquiry: Inquiry) -> Outcome:
    """Which of the visit's doses the child was old enough for on the day that its family tells."""
    child = _chosen(inquiry)
    if child is None:
        return Outcome("missing")
    given = date.fromisoformat(inquiry.text("given"))
    expected = inquiry.text("doses").split(",")
    seen = child_forecast(child, shipped(SCHEDULE), inquiry.today)
    earliest = {code: first for code, (first, _) in open_doses(seen).items()}
    doses = [code for code in expected if code in earliest and earliest[code] <= given]
    return Outcome("told", {"doses": ",".join(doses)}) if doses else Outcome("too_young")


def _chosen(inquiry: Inquiry) -> Child | None:
    """The child that was proved earlier in this session."""
    with inquiry.service.database.read() as connection:
        found = children.by_ids(connection, [inquiry.number("chosen")])
    return found[0] if found else None


def _describe(child: Child, inquiry: Inquiry) -> Outcome:
    schedule = shipped(SCHEDULE)
    with inquiry.service.database.read() as connection:
        opening = opening_of(connection, child.facility.id, inquiry.today)
    visit = of_child(child, inquiry.today, schedule, opening)
    name = named(child.first_name, inquiry)
    if visit.state is VisitOutlook.UPCOMING and visit.date - inquiry.today > NEAR:
        return Outcome("none_due", {"child": name})
    if visit.day is None:
        return Outcome(visit.state, {"child": name})
    draft = visit.state is VisitOutlook.UPCOMING and schedule.notice
    values: dict[str, Value] = {
        "child": name,
        "chosen": str(child.id),
        "day": visit.day.isoformat(),
        "cscom": child.facility.name,
        "doses": ",".join(visit.doses),
    }
    if visit.state is VisitOutlook.LATE:
        values["session"] = (visit.session or inquiry.today).isoformat()
    return Outcome("upcoming_draft" if draft else visit.state, values)


flow = Flow(
    "vaccination",
    start="way",
    fields={
        "carnet": Code(16, shortest=3),
        "birthday": DayAndMonth(),
        "children": Options(20, most=MOST_CHILDREN),
        "chosen": Digits(12),
        "child": GivenName(20),
        "day": SpokenDay(),
        "session": SpokenDay(),
        "cscom": Name(25),
        "doses": Codes(100),
        "given": Day(past=LONG_AGO_DAYS),
        "given_where": Name(12),
    },
)

flow.menu(
    "way",
    N_("Vaccins de l'enfant. Chercher avec :"),
    {
        1: (N_("Ce téléphone"), "birthday_here"),
        2: (N_("Le numéro du carnet"), "carnet"),
        3: (N_("Inscrire un enfant"), "registration.name"),
        4: (N_("Mauvais numéro"), "wrong_number"),
    },
)

BIRTHDAY = N_("Jour et mois de naissance de l'enfant ? Pour le 9 mai, tapez 0905")
BIRTHDAY_ERROR = N_("Il faut 4 chiffres : jour et mois.")
flow.ask(
    "birthday_here",
    BIRTHDAY,
    into="birthday",
    error=BIRTHDAY_ERROR,
    target="find_here",
    sensitive=True,
)
flow.ask(
    "carnet",
    N_("Numéro du carnet de vaccination ?"),
    into="carnet",
    error=N_("Numéro mal écrit."),
    target="birthday",
)
flow.ask(
    "birthday",
    BIRTHDAY,
    into="birthday",
    error=BIRTHDAY_ERROR,
    target="find",
    sensitive=True,
)

ANSWERS = {**{name: name for name in (*STATES, *FAILURES)}, "down": "menu.unavailable"}
flow.call("find", find_by_carnet, ANSWERS, takes=("carnet", "birthday"))
flow.call("find_here", find_by_phone, {**ANSWERS, "several": "pick"}, takes=("birthday",))
flow.pick("pick", N_("Quel enfant ?"), source="children", into="chosen", target="show")
flow.call(
    "show",
    show_chosen,
    {name: target for name, target in ANSWERS.items() if name != "locked"},
    takes=("chosen",),
)

flow.menu(
    "missing",
    N_("Enfant introuvable. Regardez le carnet, ou demandez à votre centre de santé."),
    {1: (N_("Réessayer"), "way"), 2: (N_("Être rappelé"), "callback.start")},
)
flow.end("locked", N_("Trop d'essais. Réessayez dans une heure."))
AFTER = {
    1: (N_("Vaccin déjà fait"), "given"),
    2: (N_("Quels vaccins ?"), "which_doses"),
}
flow.menu(
    "upcoming",
    N_("{child} : prochain vaccin le {day}, {cscom}. Venez avec le carnet."),
    AFTER,
)
flow.menu(
    "upcoming_draft",
    N_("{child} : prochain vaccin le {day} (à confirmer), {cscom}."),
    AFTER,
)
flow.menu(
    "late",
    N_("{child} : vaccin du {day} manqué. Venez le {session}, {cscom}."),
    AFTER,
)
flow.end("none_due", N_("{child} : pas de vaccin à faire maintenant."))
flow.end("complete", N_("{child} a reçu tous ses vaccins. Merci !"))
flow.end("which_doses", N_("{child} : {doses}."))

flow.date(
    "given",
    N_("Quel jour le vaccin a été fait ? Ex. 12/5/26"),
    into="given",
    error=N_("Date non valable. Ex. 12/5/26"),
    target="where",
)
flow.menu(
    "where",
    N_("Où ?"),
    {
        1: Option(N_("Dans mon centre de santé"), "claim", sets={"given_where": ""}),
        2: Option(N_("Autre centre de santé"), "claim", sets={"given_where": "other_centre"}),
        3: Option(N_("Campagne de vaccination"), "claim", sets={"given_where": "campaign"}),
    },
)
flow.call(
    "claim",
    claim,
    {
        "told": "told",
        "too_young": "too_young",
        "missing": "missing",
        "down": "menu.unavailable",
    },
    takes=("chosen", "given", "doses"),
)
flow.end(
    "told",
    N_("Merci. Vaccin de {child} le {given} : noté. Montrez le carnet à la prochaine visite."),
    EffectSpec("tell_doses", takes=("chosen", "doses", "given", "given_where")),
)
flow.menu(
    "too_young",
    N_("Ce jour-là, {child} n'avait pas encore l'âge de ce vaccin. Regardez le carnet."),
    {1: (N_("Réessayer"), "given")},
)

flow.confirm(
    "wrong_number",
    N_("Vous recevez des SMS pour un enfant qui n'est pas le vôtre ? Nous les arrêtons."),
    EffectSpec("wrong_number"),
    yes="wrong_line",
    no="way",
)
flow.end(
    "wrong_line",
    N_("C'est fait. Plus de rappels pour ces enfants ici. Un agent peut vous appeler."),
)

flow.promise(Purpose.LOOKUP, *STATES)
flow.promise(Purpose.REGISTRATION, "told")
