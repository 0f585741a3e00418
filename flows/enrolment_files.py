"""From a file number, or a line, and a birth year to what a family has to do next."""

from __future__ import annotations

from smsgateway.dialogue.fields import Value
from smsgateway.dialogue.nodes import Outcome, lookup
from smsgateway.enrolment import lookup as files
from smsgateway.enrolment.statuses import Status
from smsgateway.register import phones
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

MOST_FILES = 20
TREATMENT_DAYS = 15
"""ANAM sends the receipt or the card within 15 days of the deposit (anam-mali.org)."""


FILE = ("enrolment", "file")
CARD = ("enrolment", "name", "scheme")

STATES: dict[str, tuple[str, ...]] = {
    "identified": FILE,
    "survey_asked": FILE,
    "survey_done": FILE,
    "unfavourable": FILE,
    "certified": FILE,
    "incomplete": (*FILE, "papers"),
    "sent": (*FILE, "since"),
    "pending": (*FILE, "days"),
    "registered": CARD,
    "receipt": (*CARD, "place"),
    "ready": (*CARD, "place"),
    "active": (*CARD, "until", "covered"),
    "undated": CARD,
    "ending": (*CARD, "until"),
    "ending_renewable": (*CARD, "until"),
    "expired": (*CARD, "until"),
    "expired_renewable": (*CARD, "until"),
    "expired_undated": CARD,
    "suspended": CARD,
    "rejected": FILE,
}
FAILURES: dict[str, tuple[str, ...]] = {"missing": (), "locked": ()}


@lookup(**STATES, **FAILURES)
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
            return _failed(inquiry)


@lookup(several=("files",), **STATES, **FAILURES)
def find_here(inquiry: Inquiry) -> Outcome:
    """The files of the calling line whose holder was born in this year."""
    with inquiry.service.database.read() as connection:
        found = files.of_phone(
            connection, birth_year=inquiry.number("year"), msisdn=inquiry.msisdn, now=inquiry.now
        )
    match found:
        case files.Locked():
            return Outcome("locked")
        case []:
            return _failed(inquiry)
        case [file]:
            return describe(file, inquiry)
        case _:
            options = [[str(one.id), f"{one.scheme} {one.first_name}"] for one in found]
            return Outcome("several", {"files": options[:MOST_FILES]})


@lookup(missing=(), **STATES)
def show_chosen(inquiry: Inquiry) -> Outcome:
    """The file that was picked among those that were proved."""
    file = _proved(inquiry)
    return describe(file, inquiry) if file else Outcome("missing")


@lookup(people=("covered", "names"), holder=("name",), nobody=(), missing=())
def who_is_covered(inquiry: Inquiry) -> Outcome:
    """The first names on a card: only those, and only after the proof. A file without a card, or
    with one that has run out or is suspended, covers nobody."""
    file = _proved(inquiry)
    if file is None:
        return Outcome("missing")
    if file.status_on(inquiry.today) not in WITH_CARD:
        return Outcome("nobody")
    names = [name.split()[0] for name in (file.beneficiaries or "").split(",") if name.strip()]
    if not names or names[0].isdigit():
        return Outcome("holder", {"name": file.first_name})
    return Outcome("people", {"covered": len(names), "names": ", ".join(names)})


@lookup(receives=(), stopped=())
def may_be_told(inquiry: Inquiry) -> Outcome:
    """Whether news would reach this phone, or its user has stopped messages."""
    with inquiry.service.database.read() as connection:
        profile = phones.profile(connection, inquiry.msisdn)
    return Outcome("stopped" if profile and profile.opted_out else "receives")


def _failed(inquiry: Inquiry) -> Outcome:
    with inquiry.service.database.begin() as connection:
        files.record_failure(connection, inquiry.msisdn, inquiry.now, inquiry.idempotency_key)
    return Outcome("missing")


def _proved(inquiry: Inquiry) -> files.EnrolmentFile | None:
    """The file that was proved earlier in this session."""
    with inquiry.service.database.read() as connection:
        return files.by_id(connection, inquiry.number("enrolment"))


def describe(file: files.EnrolmentFile, inquiry: Inquiry) -> Outcome:
    """What a file's status means for its family today."""
    days = max(2, TREATMENT_DAYS - (inquiry.today - file.status_date).days)
    place = file.pickup_place or inquiry.service.catalogue.text(SOCIAL_SERVICE, inquiry.language)
    values: dict[str, Value] = {
        "enrolment": str(file.id),
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
    return Outcome(name, {field: values[field] for field in STATES[name]})


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

WITH_CARD = {
    Status.IMMATRICULE,
    Status.RECEPISSE_DISPONIBLE,
    Status.CARTE_DISPONIBLE,
    Status.CARTE_REMISE,
    Status.ACTIF,
    Status.EXPIRE_BIENTOT,
}
"""Statuses in which there is a card, or one on its way, so that somebody is covered by it."""


def _outcome(file: files.EnrolmentFile, inquiry: Inquiry) -> str:
    """A card's state is decided by its dates, whatever word the last import had for it."""
    status = file.status_on(inquiry.today)
    if status in BY_STATUS:
        return BY_STATUS[status]
    if file.valid_until is None:
        return "expired_undated" if status is Status.EXPIRE else "undated"
    renewable = "" if file.renewable is False else "_renewable"
    match status:
        case Status.EXPIRE:
            return "expired" + renewable
        case Status.EXPIRE_BIENTOT:
            return "ending" + renewable
        case _:
            return "active"


SOCIAL_SERVICE = N_("service social de la mairie")
ONE_PAPER = N_("un papier")
