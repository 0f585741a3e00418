"""When is my child's next vaccination visit?

A child is found by the number of its card, or among the children of the calling phone; either way
its day and month of birth are the proof. No name is shown before that. While the schedule is a
draft that the national programme has not confirmed, the screen says so.
"""

from __future__ import annotations

from datetime import timedelta

from smsgateway.calendars.schedule import shipped
from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Code, DayAndMonth, Digits, Name, Options, SpokenDay
from smsgateway.dialogue.nodes import Outcome, lookup
from smsgateway.register import children, proofs
from smsgateway.reminders.next_visit import VisitOutlook, of_child
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

NEAR = timedelta(days=300)
"""A day without its year is said only of a visit nearer than this."""

SCHEDULE = "mali"

STATES = {
    "upcoming": ("child", "day", "cscom"),
    "upcoming_draft": ("child", "day", "cscom"),
    "late": ("child", "day", "cscom"),
    "none_due": ("child",),
    "complete": ("child",),
}
FAILURES: dict[str, tuple[str, ...]] = {"missing": (), "locked": ()}


@lookup(**STATES, **FAILURES)
def find_by_carnet(inquiry: Inquiry) -> Outcome:
    """The child with this card number and birthday."""
    with inquiry.service.database.read() as connection:
        if proofs.is_locked(connection, inquiry.msisdn, inquiry.now):
            return Outcome("locked")
        child = children.by_carnet(connection, inquiry.text("carnet"))
    return _prove([child] if child else [], inquiry)


@lookup(several=("children",), **STATES, **FAILURES)
def find_by_phone(inquiry: Inquiry) -> Outcome:
    """The children of the calling phone with this birthday."""
    with inquiry.service.database.read() as connection:
        if proofs.is_locked(connection, inquiry.msisdn, inquiry.now):
            return Outcome("locked")
        found = children.of_phone(connection, inquiry.msisdn)
    return _prove(found, inquiry)


@lookup(**STATES, missing=())
def show_chosen(inquiry: Inquiry) -> Outcome:
    """The visit of the child that was picked."""
    with inquiry.service.database.read() as connection:
        found = children.of_phone(connection, inquiry.msisdn)
    chosen = [child for child in found if str(child.id) == inquiry.text("chosen")]
    return _describe(chosen[0], inquiry) if chosen else Outcome("missing")


def _prove(found: list[children.Child], inquiry: Inquiry) -> Outcome:
    proved = [one for one in found if one.birth_date.strftime("%m-%d") == inquiry.text("birthday")]
    if not proved:
        with inquiry.service.database.begin() as connection:
            proofs.record_failure(connection, inquiry.msisdn, inquiry.now, inquiry.idempotency_key)
        return Outcome("missing")
    if len(proved) > 1:
        options = [[str(child.id), child.first_name] for child in proved]
        return Outcome("several", {"children": options})
    return _describe(proved[0], inquiry)


def _describe(child: children.Child, inquiry: Inquiry) -> Outcome:
    schedule = shipped(SCHEDULE)
    visit = of_child(child, inquiry.today, schedule)
    if visit.state is VisitOutlook.UPCOMING and visit.date - inquiry.today > NEAR:
        return Outcome("none_due", {"child": child.first_name})
    if visit.day is None:
        return Outcome(visit.state, {"child": child.first_name})
    draft = visit.state is VisitOutlook.UPCOMING and schedule.notice
    return Outcome(
        "upcoming_draft" if draft else visit.state,
        {
            "child": child.first_name,
            "day": visit.day.isoformat(),
            "cscom": child.facility.name,
        },
    )


flow = Flow(
    "vaccination",
    start="way",
    fields={
        "carnet": Code(16, shortest=3),
        "birthday": DayAndMonth(),
        "children": Options(20),
        "chosen": Digits(12),
        "child": Name(20),
        "day": SpokenDay(),
        "cscom": Name(25),
    },
)

flow.menu(
    "way",
    N_("Vaccins de l'enfant. Chercher avec :"),
    {
        1: (N_("Ce téléphone"), "birthday_here"),
        2: (N_("Le numéro du carnet"), "carnet"),
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
flow.end(
    "upcoming",
    N_("{child} : prochain vaccin le {day}, {cscom}. Venez avec l'enfant et le carnet."),
)
flow.end(
    "upcoming_draft",
    N_("{child} : prochain vaccin le {day} (à confirmer), {cscom}. Venez avec le carnet."),
)
flow.end("late", N_("{child} : vaccin du {day} manqué. Venez vite : {cscom}."))
flow.end("none_due", N_("{child} : pas de vaccin à faire maintenant."))
flow.end("complete", N_("{child} a reçu tous ses vaccins. Merci !"))
