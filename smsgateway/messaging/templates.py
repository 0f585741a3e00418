"""The messages that the service sends, each with the class and the budget it has.

Whether a vaccine costs nothing is for each health centre to say, so it is a claim of its own. The
wording of a reminder is true on its day, of a notice for children who come within a week and for
those who are late.
"""

from __future__ import annotations

from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.cover_templates import COVER
from smsgateway.messaging.reminder_templates import (
    CHILDREN,
    FREE_VACCINES,
    REMINDERS,
    RESPONSES,
    TO_LOOK_FOR,
)
from smsgateway.messaging.tip_templates import TIPS
from smsgateway.text.catalogue import N_
from smsgateway.text.placeholders import Code, Text, standard
from smsgateway.text.templates import Template

ANSWER_LENGTH = 250
"""Septets of an answer to a complaint: with its introduction it fills two segments at most."""

NOTICES = (
    Template(
        "notice_within_week",
        MessageClass.NOTICE,
        N_("Vaccin pour {child} dans les 7 jours : {cscom}. Venez avec l'enfant et le carnet."),
        standard("child", "cscom"),
        claim=FREE_VACCINES,
    ),
    Template(
        "notice_within_week_family",
        MessageClass.NOTICE,
        N_(
            "Vaccins pour {children} dans les 7 jours : {cscom}. "
            "Venez avec les enfants et les carnets."
        ),
        standard("cscom") | CHILDREN,
        claim=FREE_VACCINES,
    ),
)

ANSWERS = (
    Template(
        "optout_ok",
        MessageClass.REPLY,
        N_("C'est fait. Vous ne recevrez plus de SMS. Pour reprendre, envoyez OUI."),
    ),
    Template(
        "optin_ok",
        MessageClass.REPLY,
        N_("C'est noté. Vous recevrez de nouveau nos SMS. Pour arrêter, envoyez STOP."),
    ),
    Template(
        "lang_changed",
        MessageClass.REPLY,
        N_("Langue : français. Pour changer, envoyez BAMBARA."),
    ),
    Template(
        "help_sms",
        MessageClass.REPLY,
        N_("Rappels de vaccin et carte RAMED. Arrêter : STOP. Reprendre : OUI."),
    ),
    Template(
        "sms_unknown",
        MessageClass.REPLY,
        N_("Message non compris. Envoyez AIDE, ou STOP pour arrêter."),
    ),
    Template(
        "more_menu",
        MessageClass.REPLY,
        N_("Menu : {ussd}."),
        {"ussd": Code(20)},
    ),
    Template(
        "more_phone",
        MessageClass.REPLY,
        N_("Parler à quelqu'un : {phone}"),
        {"phone": Code(20)},
    ),
)
"""Answers to an SMS. The last two are appended where the service has a menu or a telephone."""

STAFF = (
    TO_LOOK_FOR,
    Template(
        "staff_bulk_sent",
        MessageClass.REPLY,
        N_("Envoyé à {n} personnes. Réf. {ref}"),
        standard("n", "ref"),
    ),
    Template(
        "staff_invite",
        MessageClass.REPLY,
        N_(
            "Vous êtes inscrit comme agent : {cscom}. "
            "Composez {ussd}, puis 9. Code d'invitation : {code}"
        ),
        standard("cscom") | {"ussd": Code(20), "code": Code(8)},
    ),
)

COMPLAINTS = (
    Template(
        "complaint_filed",
        MessageClass.REPLY,
        N_("Votre plainte est enregistrée : {ref}. Gardez ce numéro pour suivre la réponse."),
        standard("ref"),
    ),
    Template(
        "complaint_answered",
        MessageClass.REPLY,
        N_("Réponse à votre plainte {ref} : {answer}"),
        standard("ref") | {"answer": Text(ANSWER_LENGTH)},
        max_segments=2,
    ),
)

_FILE = {"name": Text(20), "scheme": Code(12), "status": Text(45)}
"""Of an enrolment file an SMS tells a first name, the scheme and the status: never its number."""

ENROLMENTS = (
    Template("enr_status", MessageClass.REPLY, N_("{name}, {scheme} : {status}."), _FILE),
    Template(
        "enr_changed",
        MessageClass.NOTICE,
        N_("Du nouveau. {name}, {scheme} : {status}. Pour arrêter : STOP."),
        _FILE,
    ),
)

TEMPLATES = {
    one.id: one
    for group in (
        REMINDERS,
        RESPONSES,
        NOTICES,
        ANSWERS,
        STAFF,
        COMPLAINTS,
        ENROLMENTS,
        COVER,
        *TIPS.values(),
    )
    for one in group
}
"""Every message by its id."""
