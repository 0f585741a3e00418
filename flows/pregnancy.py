"""My pregnancy: the next visit, registering, a birth, a loss.

The line is often shared, so nothing is shown and no child is recorded before a day and month that
she knows: of the expected date, as her card and our last screen tell it, or of her registration. A
loss needs no proof: it shows nothing, must be easy to say, and a person calls.
"""

from __future__ import annotations

from flows.pregnancy_lookups import (
    date_by_months,
    date_by_term,
    find_pregnancy,
    find_visit,
    foresee,
    show_chosen,
)
from smsgateway.calendars.antenatal import GESTATION
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
    Whole,
)
from smsgateway.dialogue.nodes import EffectSpec, Option
from smsgateway.register.pregnancies import Dating
from smsgateway.text.catalogue import N_

CONSENT_WORDING = "mother_and_child/1"
"""The text of the screen `consent`. Another text is another version."""

LATEST_BIRTH_DAYS = 90
"""A birth may be told so long after it."""

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
SHOWN = {
    "upcoming": "upcoming",
    "none_left": "none_left",
    "missing": "missing_visit",
    "down": "menu.unavailable",
}
flow.call(
    "find_visit",
    find_visit,
    {**SHOWN, "locked": "locked", "several": "which_woman"},
    takes=("proof_day",),
)
WHICH = N_("Votre prénom ?")
flow.pick("which_woman", WHICH, source="women", into="pregnancy", target="show")
flow.call("show", show_chosen, SHOWN, takes=("pregnancy",))
flow.end(
    "upcoming",
    N_("{woman} : prochaine visite le {day} (à confirmer), {cscom}. Venez avec votre carnet."),
)
flow.end(
    "none_left",
    N_("{woman} : toutes les visites sont faites. Restez près du centre de santé : {cscom}."),
)
MISSING = N_("Date introuvable. Regardez le carnet, ou demandez à votre centre de santé.")
flow.menu(
    "missing_visit",
    MISSING,
    {
        1: (N_("Réessayer"), "menu"),
        2: (N_("Être rappelé"), "callback.start"),
        3: (N_("Inscription"), "woman"),
    },
)
flow.menu(
    "missing",
    MISSING,
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
    {
        "upcoming": "done",
        "none_left": "done_late",
        "many": "registration.many",
        "down": "menu.unavailable",
    },
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
    {
        "one": "delivered",
        "several": "which_mother",
        "missing": "missing",
        "locked": "locked",
        "down": "menu.unavailable",
    },
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
