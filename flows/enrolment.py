"""Where is my file, what is missing, where is the card, until when?

A file is shown to whoever knows its number **and** its holder's birth year. A wrong pair is
counted, and the answer never says which of the two was wrong.
"""

from __future__ import annotations

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Count, Digits, Name, NumericDate, Value, Year
from smsgateway.dialogue.nodes import Outcome, lookup
from smsgateway.enrolment import lookup as files
from smsgateway.enrolment.statuses import Status
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

TREATMENT_DAYS = 15
"""ANAM sends the receipt or the card within 15 days of the deposit (anam-mali.org)."""

FILE_AND_DATE = ("file", "since")
CARD = ("name", "scheme", "until")


@lookup(
    identified=("file",),
    survey_asked=("file",),
    survey_done=("file",),
    unfavourable=("file",),
    certified=("file",),
    incomplete=("file", "papers"),
    sent=FILE_AND_DATE,
    pending=("file", "days"),
    registered=("scheme",),
    receipt=("scheme", "place"),
    ready=("scheme", "place"),
    active=(*CARD, "covered"),
    undated=("name", "scheme"),
    ending=CARD,
    ending_renewable=CARD,
    expired=CARD,
    expired_renewable=CARD,
    suspended=("name", "scheme"),
    rejected=("file",),
    missing=(),
    locked=(),
)
def find_file(inquiry: Inquiry) -> Outcome:
    """The file with this number and birth year, as what its family has to do next."""
    with inquiry.service.database.read() as connection:
        found = files.find(
            connection,
            scheme=None,
            file_number=inquiry.text("number"),
            birth_year=inquiry.number("year"),
            msisdn=inquiry.msisdn,
            now=inquiry.now,
        )
    match found:
        case files.Found(file=file):
            return describe(file, inquiry)
        case files.Locked():
            return Outcome("locked")
        case _:
            with inquiry.service.database.begin() as connection:
                files.record_failure(
                    connection, inquiry.msisdn, inquiry.now, inquiry.idempotency_key
                )
            return Outcome("missing")


def describe(file: files.EnrolmentFile, inquiry: Inquiry) -> Outcome:
    """What a file's status means for its family today."""
    days = max(2, TREATMENT_DAYS - (inquiry.today - file.status_date).days)
    place = file.pickup_place or inquiry.service.catalogue.text(SOCIAL_SERVICE, inquiry.language)
    values: dict[str, Value] = {
        "file": file.file_number,
        "scheme": file.scheme,
        "name": file.holder_name,
        "since": file.status_date.isoformat(),
        "days": days,
        "place": place,
        "papers": file.missing_papers
        or inquiry.service.catalogue.text(ONE_PAPER, inquiry.language),
        "until": file.valid_until.isoformat() if file.valid_until else "",
        "covered": _covered(file.beneficiaries),
    }
    name = _outcome(file, inquiry)
    return Outcome(name, {field: values[field] for field in find_file.gives[name]})


def _covered(beneficiaries: str | None) -> int:
    """How many people a card covers: a number, or names separated by commas; the holder alone."""
    if beneficiaries and beneficiaries.strip().isdigit():
        return int(beneficiaries)
    return len([name for name in (beneficiaries or "").split(",") if name.strip()]) or 1


BY_STATUS = {
    Status.PRE_IDENTIFIE: "identified",
    Status.ENQUETE_DEMANDEE: "survey_asked",
    Status.ENQUETE_FAITE: "survey_done",
    Status.AVIS_DEFAVORABLE: "unfavourable",
    Status.CERTIFICAT_DELIVRE: "certified",
    Status.PIECES_MANQUANTES: "incomplete",
    Status.TRANSMIS_ANAM: "sent",
    Status.EN_TRAITEMENT: "pending",
    Status.IMMATRICULE: "registered",
    Status.RECEPISSE_DISPONIBLE: "receipt",
    Status.CARTE_DISPONIBLE: "ready",
    Status.SUSPENDU: "suspended",
    Status.REJETE: "rejected",
}
"""Statuses whose meaning does not depend on the card's dates."""


def _outcome(file: files.EnrolmentFile, inquiry: Inquiry) -> str:
    """A card's state is decided by its dates, whatever word the last import had for it."""
    status = file.status_on(inquiry.today)
    if status in BY_STATUS:
        return BY_STATUS[status]
    if file.valid_until is None:
        return "undated"
    renewable = "_renewable" if file.renewable else ""
    match status:
        case Status.EXPIRE:
            return "expired" + renewable
        case Status.EXPIRE_BIENTOT:
            return "ending" + renewable
        case _:
            return "active"


SOCIAL_SERVICE = N_("service social de la mairie")
ONE_PAPER = N_("un papier")

flow = Flow(
    "enrolment",
    start="menu",
    fields={
        "number": Digits(12, shortest=12),
        "year": Year(),
        "file": Digits(12),
        "scheme": Name(6),
        "name": Name(20),
        "since": NumericDate(),
        "until": NumericDate(),
        "days": Count(2),
        "covered": Count(2),
        "place": Name(25),
        "papers": Name(50),
    },
)

flow.menu(
    "menu",
    N_("RAMED et assurances"),
    {
        1: (N_("Où en est mon dossier ?"), "number"),
        2: (N_("Comment demander le RAMED ?"), "how"),
    },
)
flow.end(
    "how",
    N_(
        "Pour le RAMED : demandez à la mairie le certificat. Le service social fait une enquête, "
        "puis portez vos papiers au service social."
    ),
)
flow.ask(
    "number",
    N_("Numéro du dossier (12 chiffres) ?"),
    into="number",
    error=N_("Il faut 12 chiffres."),
    target="year",
)
flow.ask(
    "year",
    N_("Année de naissance du titulaire ? (ex. 1990)"),
    into="year",
    error=N_("Il faut 4 chiffres, ex. 1990."),
    target="find",
    sensitive=True,
)
flow.call(
    "find",
    find_file,
    {**{name: name for name in find_file.gives}, "down": "menu.unavailable"},
    takes=("number", "year"),
)
flow.menu(
    "missing",
    N_("Numéro ou année introuvable. Regardez sur votre papier."),
    {1: (N_("Réessayer"), "number"), 2: (N_("Être rappelé"), "callback.start")},
)
flow.end("locked", N_("Trop d'essais. Réessayez dans une heure."))

flow.end(
    "identified",
    N_("Dossier {file} : nom noté. Allez à la mairie demander le certificat et l'enquête sociale."),
)
flow.end(
    "survey_asked",
    N_("Dossier {file} : enquête demandée. Un agent viendra chez vous. Préparez vos papiers."),
)
flow.end(
    "survey_done",
    N_("Dossier {file} : enquête faite. La mairie prépare le certificat. Passez à la mairie."),
)
flow.end(
    "unfavourable",
    N_("Dossier {file} : avis non favorable. Si vous n'êtes pas d'accord, allez à la mairie."),
)
flow.end(
    "certified",
    N_("Dossier {file} : certificat prêt. Portez-le avec vos papiers au service social."),
)
flow.end(
    "incomplete",
    N_("Dossier {file} : il manque : {papers}. À porter au service social de la mairie."),
)
flow.end(
    "sent",
    N_("Dossier {file} : envoyé à l'ANAM le {since}. Réponse en 15 jours environ."),
)
flow.end(
    "pending",
    N_("Dossier {file} : en cours d'examen. Pas encore de réponse. Rappelez dans {days} jours."),
)
flow.end(
    "registered",
    N_("{scheme} : demande acceptée. La carte est en préparation. Rappelez dans 15 jours."),
)
flow.end("receipt", N_("Votre récépissé {scheme} est prêt. Prenez-le : {place}."))
flow.end(
    "ready",
    N_("Votre carte {scheme} est prête. Prenez-la : {place}. Portez une pièce d'identité."),
)
flow.end(
    "active",
    N_(
        "{name} : carte {scheme} valable jusqu'au {until}, {covered} personnes couvertes. "
        "Montrez-la au centre de santé."
    ),
)
flow.end("undated", N_("{name} : carte {scheme} valable. Montrez-la au centre de santé."))
flow.end(
    "ending",
    N_(
        "{name} : carte {scheme} valable jusqu'au {until}, non renouvelable. Avant ce jour, "
        "demandez l'AMV ou le RAMU au service social."
    ),
)
flow.end(
    "ending_renewable",
    N_("{name} : carte {scheme} valable jusqu'au {until}. Allez la mettre à jour avant ce jour."),
)
flow.end(
    "expired",
    N_(
        "{name} : carte {scheme} finie le {until}, non renouvelable. "
        "Demandez l'AMV ou le RAMU au service social."
    ),
)
flow.end(
    "expired_renewable",
    N_("{name} : carte {scheme} finie le {until}. Allez la mettre à jour là où vous l'avez reçue."),
)
flow.end(
    "suspended",
    N_("{name} : carte {scheme} suspendue. Allez au service social de la mairie."),
)
flow.end(
    "rejected",
    N_("Dossier {file} : demande non acceptée. Si vous n'êtes pas d'accord, allez à la mairie."),
)
