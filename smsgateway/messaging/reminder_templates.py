"""The messages about visits that are near or were missed.

The wording of a reminder is true on its day. A numbered message offers the same three digits
everywhere: 1 they come, 2 there is a problem, 3 the number is not theirs. Phones are shared: a
visit of a pregnancy is a visit, and nobody's name stands beside it.
"""

from __future__ import annotations

from smsgateway.messaging.classes import MessageClass
from smsgateway.text.catalogue import N_
from smsgateway.text.placeholders import Text, standard
from smsgateway.text.templates import Claim, Template

CHILDREN = {"children": Text(40, instead=N_("vos enfants"))}
"""First names of several children of one family, joined by commas."""

FREE_VACCINES = Claim("vaccination", N_("C'est gratuit."))

FAMILY = "_family"
"""What the id of a message about several children ends in."""


def family_template(template: str) -> str:
    """The id of the same message about several children."""
    return f"{template}{FAMILY}"


VACCINATION = (
    Template(
        "rem_3d",
        MessageClass.REMINDER,
        N_("Vaccin pour {child} : {date}, {cscom}. Venez avec l'enfant et le carnet."),
        standard("child", "date", "cscom"),
        claim=FREE_VACCINES,
    ),
    Template(
        "rem_1d",
        MessageClass.REMINDER,
        N_(
            "Demain, {date} : vaccin pour {child}, {cscom}. "
            "Venez avec l'enfant et le carnet. N'oubliez pas."
        ),
        standard("child", "date", "cscom"),
        claim=FREE_VACCINES,
    ),
    Template(
        family_template("rem_3d"),
        MessageClass.REMINDER,
        N_("Vaccins pour {children} : {date}, {cscom}. Venez avec les enfants et les carnets."),
        standard("date", "cscom") | CHILDREN,
        claim=FREE_VACCINES,
    ),
    Template(
        family_template("rem_1d"),
        MessageClass.REMINDER,
        N_(
            "Demain, {date} : vaccins pour {children}, {cscom}. "
            "Venez avec les enfants et les carnets. N'oubliez pas."
        ),
        standard("date", "cscom") | CHILDREN,
        claim=FREE_VACCINES,
    ),
)

SEVERAL_DAYS = Template(
    "rem_days_family",
    MessageClass.REMINDER,
    N_("Vaccins : {visits}. {cscom}. Venez avec les enfants et les carnets."),
    standard("cscom") | {"visits": Text(72)},
)
"""For children of one family who are expected on different days: each name with its day."""

MISSED = (
    Template(
        "rem_missed",
        MessageClass.REMINDER,
        N_(
            "{child} n'a pas eu son vaccin du {date}. Venez : {cscom}. "
            "Répondez 1 je viens, 2 un problème, 3 mauvais numéro."
        ),
        standard("child", "date", "cscom"),
        numbered=True,
    ),
    Template(
        "rem_missed2",
        MessageClass.REMINDER,
        N_(
            "{child} attend encore son vaccin : {cscom}. "
            "Répondez 1 je viens, 2 un problème (on vous appelle), 3 mauvais numéro."
        ),
        standard("child", "cscom"),
        numbered=True,
    ),
    Template(
        family_template("rem_missed"),
        MessageClass.REMINDER,
        N_(
            "{children} : vaccins du {date} manqués, {cscom}. "
            "Répondez 1 je viens, 2 un problème, 3 mauvais numéro."
        ),
        standard("date", "cscom") | CHILDREN,
        numbered=True,
    ),
    Template(
        family_template("rem_missed2"),
        MessageClass.REMINDER,
        N_(
            "{children} attendent encore leurs vaccins : {cscom}. "
            "Répondez 1 je viens, 2 un problème, 3 mauvais numéro."
        ),
        standard("cscom") | CHILDREN,
        numbered=True,
    ),
)

VISITS = (
    Template(
        "visit_3d",
        MessageClass.REMINDER,
        N_("Votre visite : {date}, {cscom}. Venez avec votre carnet."),
        standard("date", "cscom"),
    ),
    Template(
        "visit_1d",
        MessageClass.REMINDER,
        N_("Demain, {date} : votre visite, {cscom}. Venez avec votre carnet."),
        standard("date", "cscom"),
    ),
    Template(
        "visit_missed",
        MessageClass.REMINDER,
        N_(
            "Nous ne vous avons pas vue le {date}. Venez cette semaine : {cscom}. "
            "Répondez 1 je viens, 2 un problème, 3 mauvais numéro."
        ),
        standard("date", "cscom"),
        numbered=True,
    ),
)

CONSULTATIONS = (
    Template(
        "cons_notice",
        MessageClass.NOTICE,
        N_(
            "Le docteur attend {child} au plus tard le {date} : {cscom}. "
            "Venez avec le bon et le carnet."
        ),
        standard("child", "date", "cscom"),
    ),
    Template(
        "cons_missed",
        MessageClass.REMINDER,
        N_(
            "Le docteur attend encore {child} : {cscom}. "
            "Répondez 1 je viens, 2 un problème, 3 mauvais numéro."
        ),
        standard("child", "cscom"),
        numbered=True,
    ),
)
"""For a child whom a doctor wants to see; why is never said."""

CAMPAIGNS = (
    Template(
        "camp_day",
        MessageClass.REMINDER,
        N_("Journée santé des enfants : {date}, {cscom}. Venez avec {child} et le carnet."),
        standard("child", "date", "cscom"),
    ),
    Template(
        "camp_eve",
        MessageClass.REMINDER,
        N_("Demain, {date} : journée santé des enfants, {cscom}. Venez avec {child} et le carnet."),
        standard("child", "date", "cscom"),
    ),
    Template(
        family_template("camp_day"),
        MessageClass.REMINDER,
        N_("Journée santé des enfants : {date}, {cscom}. Venez avec {children} et les carnets."),
        standard("date", "cscom") | CHILDREN,
    ),
    Template(
        family_template("camp_eve"),
        MessageClass.REMINDER,
        N_(
            "Demain, {date} : journée santé des enfants, {cscom}. "
            "Venez avec {children} et les carnets."
        ),
        standard("date", "cscom") | CHILDREN,
    ),
)
"""For a round of the ministry's campaigns. What is given there is said at the centre."""

RESPONSES = (
    Template(
        "resp_coming",
        MessageClass.REPLY,
        N_("Merci. Nous vous attendons : {cscom}."),
        standard("cscom"),
    ),
    Template(
        "resp_problem",
        MessageClass.REPLY,
        N_("C'est noté. On vous appelle bientôt."),
    ),
    Template(
        "resp_wrong_number",
        MessageClass.REPLY,
        N_("C'est noté. Vous ne recevrez plus ces rappels. Merci."),
    ),
)
"""What is answered to the digit after a numbered message."""

TO_LOOK_FOR = Template(
    "staff_absent",
    MessageClass.NOTICE,
    N_("Enfants non venus : {n}. {names}. La liste : {ussd}, puis 9."),
    standard("n", "ussd") | {"names": Text(90)},
)
"""To the workers of a centre, once a week: whom they have to look for."""

REMINDERS = (*VACCINATION, SEVERAL_DAYS, *MISSED, *VISITS, *CONSULTATIONS, *CAMPAIGNS)

SAY_TOMORROW = frozenset(
    {
        "rem_1d",
        family_template("rem_1d"),
        "visit_1d",
        "camp_eve",
        family_template("camp_eve"),
    }
)
"""Messages that are wrong on every other day."""
