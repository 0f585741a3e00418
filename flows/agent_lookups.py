"""Look-ups of a health worker's dialogue: who dials, whom a notice reaches, who did not come."""

from __future__ import annotations

from flows.naming import first_of, line_name, named
from smsgateway.campaigns.estimate import estimate
from smsgateway.dialogue.nodes import Outcome, lookup
from smsgateway.reminders import defaulters
from smsgateway.reminders.defaulters import Defaulter, Located, NotOnList
from smsgateway.reminders.escalation import Silence
from smsgateway.sessions.calls import Inquiry
from smsgateway.staff import hashing, pins
from smsgateway.text.catalogue import N_

WORKER = ("staff_id", "facility_id", "facility")

AUDIENCE = "due_within_week"
NOTICE = "notice_within_week"

MOST_ABSENT = 60
"""Those who have been missing for the longest; the whole list is a file."""


@lookup(ready=(), invited=(), locked=(), stranger=())
def standing(inquiry: Inquiry) -> Outcome:
    """Whether this phone's worker has a PIN, has to choose one, or is locked out."""
    with inquiry.service.database.read() as connection:
        known = pins.standing(connection, inquiry.msisdn, inquiry.now)
    return Outcome(known.value if known else "stranger")


@lookup(right=WORKER, other_post=(), wrong=("tries",), locked=(), stranger=())
def check_pin(inquiry: Inquiry) -> Outcome:
    """Try a PIN."""
    with inquiry.service.database.begin() as connection:
        result = pins.verify(
            connection, inquiry.msisdn, inquiry.text("pin"), inquiry.now, inquiry.idempotency_key
        )
    return _outcome(result)


@lookup(fine=("pin_mark",), easy=())
def weigh_pin(inquiry: Inquiry) -> Outcome:
    """A first PIN must not be one that anybody would try. What is kept until it has been typed once
    more tells nothing without the secret key."""
    pin = inquiry.text("pin")
    if pins.too_easy(pin):
        return Outcome("easy")
    return Outcome("fine", {"pin_mark": _mark(inquiry)})


@lookup(same=(), different=())
def compare_pins(inquiry: Inquiry) -> Outcome:
    """Whether a first PIN was typed alike twice: one typed wrongly would lock its worker out."""
    return Outcome("same" if _mark(inquiry) == inquiry.text("pin_mark") else "different")


def _mark(inquiry: Inquiry) -> str:
    key = inquiry.service.settings.secret_key
    return hashing.keyed_mark(f"{inquiry.msisdn} {inquiry.text('pin')}", key)


@lookup(right=WORKER, other_post=(), wrong=("tries",), locked=(), stranger=())
def choose_pin(inquiry: Inquiry) -> Outcome:
    """Choose a PIN with the one-time code that came by SMS."""
    with inquiry.service.database.begin() as connection:
        result = pins.choose(
            connection,
            inquiry.msisdn,
            inquiry.text("invitation"),
            inquiry.text("pin"),
            inquiry.now,
            inquiry.idempotency_key,
        )
    return _outcome(result)


def _outcome(result: pins.Verdict) -> Outcome:
    match result:
        case pins.Verified(staff=staff) if not staff.role.may_send_notices:
            return Outcome("other_post")
        case pins.Verified(staff=staff):
            return Outcome(
                "right",
                {
                    "staff_id": staff.id,
                    "facility_id": staff.facility_id,
                    "facility": staff.facility_name,
                },
            )
        case pins.WrongPin(left=left):
            return Outcome("wrong", {"tries": left})
        case pins.PinLocked():
            return Outcome("locked")
        case _:
            return Outcome("stranger")


@lookup(some=("people", "segments", "sample"), nobody=())
def count_people(inquiry: Inquiry) -> Outcome:
    """How many families the notice would reach, what it costs, and how it reads."""
    with inquiry.service.database.read() as connection:
        result = estimate(
            connection,
            inquiry.service.catalogue,
            inquiry.service.settings.encoding_policies,
            inquiry.number("facility_id"),
            AUDIENCE,
            NOTICE,
            inquiry.today,
        )
    if not result.recipients:
        return Outcome("nobody")
    return Outcome(
        "some",
        {"people": result.recipients, "segments": result.segments, "sample": result.sample},
    )


@lookup(some=("absent",), nobody=())
def list_absent(inquiry: Inquiry) -> Outcome:
    """Whom the worker's centre has to look for: first name, age in months, what is missing."""
    with inquiry.service.database.read() as connection:
        found = list(defaulters.listed(connection, inquiry.number("facility_id"), MOST_ABSENT))
    if not found:
        return Outcome("nobody")
    return Outcome("some", {"absent": [[str(one.id), _label(one, inquiry)] for one in found]})


def _label(one: Defaulter, inquiry: Inquiry) -> str:
    months = one.months(inquiry.today)
    age = "" if months is None else f" {months}m"
    return f"{line_name(one.first_name, inquiry)}{age} {first_of(one.missed)}"


SILENCES = {
    Silence.UNANSWERED: N_("pas de réponse"),
    Silence.COMING: N_("a dit venir"),
    Silence.PROBLEM: N_("un problème"),
    Silence.WRONG_NUMBER: N_("mauvais numéro"),
    Silence.NO_PHONE: N_("sans téléphone"),
    Silence.NOT_TOLD: N_("pas de SMS reçu"),
}
FINDINGS = {
    Located.YES: N_("trouvé"),
    Located.NO: N_("introuvable"),
    Located.MOVED: N_("parti ailleurs"),
    Located.DIED: N_("décédé"),
}


@lookup(found=("child", "missed", "day", "why", "carer_phone"), gone=())
def show_absent(inquiry: Inquiry) -> Outcome:
    """One of them, as long as nobody has seen the child meanwhile."""
    try:
        with inquiry.service.database.read() as connection:
            one = defaulters.find(
                connection, inquiry.number("entry"), inquiry.number("facility_id")
            )
    except NotOnList:
        return Outcome("gone")
    values = {
        "child": named(one.first_name, inquiry),
        "missed": first_of(one.missed),
        "day": one.since.isoformat(),
        "why": inquiry.service.catalogue.text(_known(one), inquiry.language),
    }
    return Outcome("found", values | {"carer_phone": one.phone or "-"})


def _known(one: Defaulter) -> str:
    """What a worker found out, else what is known of why nobody came."""
    return FINDINGS[one.located] if one.located else SILENCES[Silence(one.reason)]
