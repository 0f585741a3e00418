"""My pregnancy: the next visit, registering, a birth, a loss.

The line is often shared, so nothing is shown and no child is recorded before a day and month that
she knows: of the expected date, as her card and our last screen tell it, or of her registration. A
loss needs no proof: it shows nothing, must be easy to say, and a person calls.
"""

from __future__ import annotations

from datetime import date, timedelta

from smsgateway.calendars.antenatal import GESTATION, edd_of, lmp_of
from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import (
    Count,
    Day,
    DayAndMonth,
    Digits,
    GivenName,
    Name,
    Options,
    SpokenDay,
    Value,
    Whole,
)
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.register import facilities, pregnancies, proofs
from smsgateway.register.pregnancies import Dating, Pregnancy
from smsgateway.reminders.antenatal_visit import next_antenatal
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

CONSENT_WORDING = "mother_and_child/1"
"""The text of the screen `consent`. Another text is another version."""

A_MONTH = timedelta(days=365.25 / 12)
LATEST_BIRTH_DAYS = 90
"""A birth may be told so long after it."""

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


@lookup(upcoming=("day", "proof"), none_left=("proof",))
def foresee(inquiry: Inquiry) -> Outcome:
    """The first visit of a woman who has just agreed, and the day that she has to remember."""
    lmp, facility_id = date.fromisoformat(inquiry.text("lmp")), inquiry.number("facility_id")
    with inquiry.service.database.read() as connection:
        facility = facilities.by_ids(connection, [facility_id])[facility_id]
    day = next_antenatal(lmp, inquiry.today, facility, inquiry.today)
    proof: dict[str, Value] = {"proof": f"{edd_of(lmp):%d%m}"}
    return (
        Outcome("upcoming", {**proof, "day": day.isoformat()})
        if day
        else Outcome("none_left", proof)
    )


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
    day = next_antenatal(
        pregnancy.lmp_date, pregnancy.registered_on, pregnancy.facility, inquiry.today
    )
    values: dict[str, Value] = {"woman": pregnancy.first_name, "cscom": pregnancy.facility.name}
    return (
        Outcome("upcoming", {**values, "day": day.isoformat()})
        if day
        else Outcome("none_left", values)
    )


flow = Flow(
    "pregnancy",
    start="menu",
    fields={
        "woman": GivenName(20),
        "proof_day": DayAndMonth(),
        "proof": Digits(4),
        "women": Options(20),
        "pregnancy": Digits(12),
        "lmp": Day(past=300),
        "edd": Day(past=14, future=GESTATION.days),
        "months": Whole(1, least=1, most=9),
        "dating": Name(10),
        "day": SpokenDay(),
        "child": GivenName(20),
        "sex": Name(1),
        "delivered": Day(past=LATEST_BIRTH_DAYS),
        "facility_id": Count(9),
        "cscom": Name(25),
    },
)

flow.menu(
    "menu",
    N_("Ma grossesse"),
    {
        1: (N_("Ma prochaine visite"), "proof_visit"),
        2: (N_("M'inscrire"), "woman"),
        3: (N_("L'enfant est né"), "proof_birth"),
        4: (N_("Un malheur est arrivé"), "loss"),
    },
)

PROOF = N_("Jour et mois de la date prévue ou de l'inscription ? Pour le 9 mai, tapez 0905")
PROOF_ERROR = N_("Il faut 4 chiffres : jour et mois.")
flow.ask(
    "proof_visit",
    PROOF,
    into="proof_day",
    error=PROOF_ERROR,
    target="find_visit",
    sensitive=True,
)
UNPROVED = {"missing": "missing", "locked": "locked", "down": "menu.unavailable"}
SHOWN = {"upcoming": "upcoming", "none_left": "none_left"}
flow.call(
    "find_visit",
    find_visit,
    {**SHOWN, **UNPROVED, "several": "which_woman"},
    takes=("proof_day",),
)
WHICH = N_("Votre prénom ?")
flow.pick("which_woman", WHICH, source="women", into="pregnancy", target="show")
flow.call(
    "show",
    show_chosen,
    {**SHOWN, "missing": "missing", "down": "menu.unavailable"},
    takes=("pregnancy",),
)
flow.end(
    "upcoming",
    N_("{woman} : prochaine visite le {day} (à confirmer), {cscom}. Venez avec votre carnet."),
)
flow.end(
    "none_left",
    N_("{woman} : toutes les visites sont faites. Restez près du centre de santé : {cscom}."),
)
flow.menu(
    "missing",
    N_("Date introuvable. Regardez le carnet, ou demandez à votre centre de santé."),
    {
        1: (N_("Réessayer"), "menu"),
        2: (N_("Être rappelé"), "callback.start"),
        3: (N_("Inscrire un enfant"), "registration.name"),
    },
)
flow.end("locked", N_("Trop d'essais. Réessayez dans une heure."))

flow.ask(
    "woman",
    N_("Votre prénom ?"),
    into="woman",
    error=N_("Prénom mal écrit : des lettres seulement."),
    target="dating",
)
flow.menu(
    "dating",
    N_("Que savez-vous ?"),
    {
        1: Option(N_("Les dernières règles"), "lmp", sets={"dating": Dating.LMP}),
        2: Option(N_("La date prévue"), "edd", sets={"dating": Dating.EDD}),
        3: Option(N_("Combien de mois"), "months", sets={"dating": Dating.GESTATION}),
    },
)
DATE_ERROR = N_("Date non valable. Ex. 12/5/26")
flow.date(
    "lmp",
    N_("Premier jour des dernières règles ? Ex. 12/5/26"),
    into="lmp",
    error=DATE_ERROR,
    target="place",
)
flow.date(
    "edd",
    N_("Date prévue de la naissance ? Ex. 12/5/26"),
    into="edd",
    error=DATE_ERROR,
    target="by_term",
)
flow.call("by_term", date_by_term, {"dated": "place", "down": "menu.unavailable"}, takes=("edd",))
flow.ask(
    "months",
    N_("Combien de mois de grossesse ? Ex. 4"),
    into="months",
    error=N_("Il faut un chiffre, ex. 4."),
    target="by_months",
)
flow.call(
    "by_months", date_by_months, {"dated": "place", "down": "menu.unavailable"}, takes=("months",)
)
flow.visit("place", start="place.start", target="consent")
flow.confirm(
    "consent",
    N_(
        "{woman}, {cscom}. Votre numéro sert seulement aux rappels de santé, "
        "pour vous et l'enfant. D'accord ?"
    ),
    yes="foresee",
    no="registration.refused",
)
flow.call(
    "foresee",
    foresee,
    {"upcoming": "done", "none_left": "done_late", "down": "menu.unavailable"},
    takes=("lmp", "facility_id"),
)
REGISTER = EffectSpec(
    "register_pregnancy",
    takes=("woman", "lmp", "dating", "facility_id"),
    constants={"wording": CONSENT_WORDING},
)
flow.end(
    "done",
    N_("C'est noté. Visite le {day} (à confirmer), {cscom}. Retenez votre code : {proof}."),
    REGISTER,
)
flow.end(
    "done_late",
    N_("C'est noté. Allez vite au centre de santé : {cscom}. Retenez votre code : {proof}."),
    REGISTER,
)

flow.ask(
    "proof_birth",
    PROOF,
    into="proof_day",
    error=PROOF_ERROR,
    target="find_pregnancy",
    sensitive=True,
)
flow.call(
    "find_pregnancy",
    find_pregnancy,
    {**UNPROVED, "one": "delivered", "several": "which_mother"},
    takes=("proof_day",),
)
flow.pick("which_mother", WHICH, source="women", into="pregnancy", target="delivered")
flow.date(
    "delivered",
    N_("Date de naissance de l'enfant ? Ex. 12/5/26"),
    into="delivered",
    error=DATE_ERROR,
    target="sex",
)
flow.menu(
    "sex",
    N_("Fille ou garçon ?"),
    {
        1: Option(N_("Fille"), "naming", sets={"sex": "F"}),
        2: Option(N_("Garçon"), "naming", sets={"sex": "M"}),
    },
)
flow.menu(
    "naming",
    N_("Le prénom de l'enfant ?"),
    {
        1: (N_("Écrire le prénom"), "name"),
        2: Option(N_("Pas encore de prénom"), "born", sets={"child": ""}),
    },
)
flow.ask(
    "name",
    N_("Le prénom de l'enfant ?"),
    into="child",
    error=N_("Prénom mal écrit : des lettres seulement."),
    target="born",
)
flow.end(
    "born",
    N_("Merci. Ses rappels de vaccin commencent. Venez vite avec l'enfant au centre de santé."),
    EffectSpec("birth", takes=("pregnancy", "child", "sex", "delivered")),
)

flow.confirm(
    "loss",
    N_(
        "Nous partageons votre peine. Les messages s'arrêtent, et une personne vous appellera. "
        "D'accord ?"
    ),
    EffectSpec("loss"),
    yes="lost",
    no="menu",
)
flow.end(
    "lost",
    N_("C'est fait. Une personne du centre de santé vous appellera. Courage."),
)

flow.promise(Purpose.LOOKUP, "upcoming")
flow.promise(Purpose.REGISTRATION, "done", "born")
