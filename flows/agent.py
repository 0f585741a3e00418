"""What a health worker does by keypad, behind a PIN: a notice to families due within a week, and
the children whom nobody has brought."""

from __future__ import annotations

from smsgateway.campaigns.estimate import estimate
from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import Count, Digits, GivenName, Name, Options, Sample, SpokenDay
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.reminders import defaulters
from smsgateway.reminders.defaulters import Defaulter, Located, NotOnList
from smsgateway.sessions.calls import Inquiry
from smsgateway.staff import pins
from smsgateway.text.catalogue import N_
from smsgateway.text.orthography import fold
from smsgateway.text.placeholders import shorten

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


@lookup(fine=(), easy=())
def weigh_pin(inquiry: Inquiry) -> Outcome:
    """A first PIN must not be one that anybody would try."""
    return Outcome("easy" if pins.too_easy(inquiry.text("pin")) else "fine")


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
    return f"{shorten(fold(one.first_name), 14)}{age} {_missed(one)}"


def _missed(one: Defaulter) -> str:
    """The first code of what is missing, and how many more there are."""
    more = len(one.missed) - 1
    return f"{one.missed[0]}+{more}" if more else one.missed[0]


@lookup(found=("child", "missed", "day", "carer_phone"), gone=())
def show_absent(inquiry: Inquiry) -> Outcome:
    """One of them, as long as nobody has seen the child meanwhile."""
    try:
        with inquiry.service.database.read() as connection:
            one = defaulters.find(
                connection, inquiry.number("entry"), inquiry.number("facility_id")
            )
    except NotOnList:
        return Outcome("gone")
    values = {"child": one.first_name, "missed": _missed(one), "day": one.since.isoformat()}
    return Outcome("found", values | {"carer_phone": one.phone or "-"})


flow = Flow(
    "agent",
    start="start",
    fields={
        "pin": Digits(4, shortest=4),
        "invitation": Digits(6, shortest=6),
        "tries": Count(1),
        "staff_id": Count(9),
        "facility_id": Count(9),
        "facility": Name(25),
        "people": Count(5),
        "segments": Count(5),
        "sample": Sample(160),
        "absent": Options(34, most=MOST_ABSENT),
        "entry": Digits(9),
        "child": GivenName(20),
        "missed": Name(12),
        "day": SpokenDay(),
        "carer_phone": Name(16),
    },
)

PIN_ERROR = N_("Il faut 4 chiffres.")
flow.call(
    "start",
    standing,
    {
        "ready": "pin",
        "invited": "invitation",
        "locked": "locked",
        "stranger": "stranger",
        "down": "menu.unavailable",
    },
)
flow.ask(
    "pin",
    N_("Code agent (4 chiffres) ? Jamais votre code Orange Money ou Moov Money."),
    into="pin",
    error=PIN_ERROR,
    target="check",
    sensitive=True,
)
flow.ask(
    "pin_again",
    N_("Code faux. Essais restants : {tries}. Code agent ?"),
    into="pin",
    error=PIN_ERROR,
    target="check",
    sensitive=True,
)
VERDICTS = {
    "right": "menu",
    "other_post": "other_post",
    "wrong": "pin_again",
    "locked": "locked",
    "stranger": "stranger",
    "down": "menu.unavailable",
}
flow.call("check", check_pin, VERDICTS, takes=("pin",))
flow.ask(
    "invitation",
    N_("Code d'invitation reçu par SMS (6 chiffres) ?"),
    into="invitation",
    error=N_("Il faut 6 chiffres."),
    target="new_pin",
)
flow.ask(
    "new_pin",
    N_("Choisissez votre code agent (4 chiffres). Pas celui de votre argent."),
    into="pin",
    error=PIN_ERROR,
    target="weigh",
    sensitive=True,
)
flow.ask(
    "easier_pin",
    N_("Code trop facile à deviner. Choisissez-en un autre (4 chiffres)."),
    into="pin",
    error=PIN_ERROR,
    target="weigh",
    sensitive=True,
)
flow.call(
    "weigh",
    weigh_pin,
    {"fine": "choose", "easy": "easier_pin", "down": "menu.unavailable"},
    takes=("pin",),
)
flow.call(
    "choose",
    choose_pin,
    {**VERDICTS, "wrong": "invitation_again"},
    takes=("invitation", "pin"),
    forgets=("invitation",),
)
flow.ask(
    "invitation_again",
    N_("Code faux. Essais restants : {tries}. Code d'invitation ?"),
    into="invitation",
    error=N_("Il faut 6 chiffres."),
    target="new_pin",
)
flow.end("locked", N_("Code bloqué. Appelez votre responsable."))
flow.end("other_post", N_("Votre poste n'envoie pas de SMS aux familles."))
flow.end("stranger", N_("Ce téléphone n'est pas inscrit comme agent."))

flow.menu(
    "menu",
    N_("Agent, {facility}"),
    {
        1: (N_("SMS aux enfants attendus sous 7 jours"), "count"),
        2: (N_("Enfants non venus"), "absent"),
    },
)
flow.call(
    "absent",
    list_absent,
    {"some": "absent_list", "nobody": "all_came", "down": "menu.unavailable"},
    takes=("facility_id",),
)
flow.end("all_came", N_("Aucun enfant à chercher."))
flow.pick("absent_list", N_("Qui chercher ?"), source="absent", into="entry", target="look_at")
flow.call(
    "look_at",
    show_absent,
    {"found": "absent_child", "gone": "absent_gone", "down": "menu.unavailable"},
    takes=("facility_id", "entry"),
)
flow.end("absent_gone", N_("Cet enfant n'est plus à chercher."))


def located(label: str, found: Located) -> Option:
    """An answer to where a child is."""
    spec = EffectSpec(
        "defaulter", takes=("staff_id", "facility_id", "entry"), constants={"located": found}
    )
    return Option(label, "absent_noted", (spec,))


flow.menu(
    "absent_child",
    N_("{child} : {missed}, depuis le {day}. Tél. {carer_phone}"),
    {
        1: located(N_("Trouvé"), Located.YES),
        2: located(N_("Introuvable"), Located.NO),
        3: located(N_("Parti ailleurs"), Located.MOVED),
        4: located(N_("Décédé"), Located.DIED),
    },
)
flow.end("absent_noted", N_("C'est noté. Merci."))
flow.call(
    "count",
    count_people,
    {"some": "confirm", "nobody": "nobody", "down": "menu.unavailable"},
    takes=("facility_id",),
)
flow.end("nobody", N_("Personne à prévenir aujourd'hui (enfants attendus sous 7 jours)."))
flow.menu(
    "confirm",
    N_("{people} personnes, {segments} SMS :\n{sample}"),
    {
        1: Option(
            N_("Oui, envoyer"),
            "sent",
            (
                EffectSpec(
                    "campaign",
                    takes=("staff_id", "facility_id"),
                    constants={"audience": AUDIENCE, "template": NOTICE},
                ),
            ),
        ),
        2: Option(N_("Non"), "cancelled"),
    },
)
flow.end("sent", N_("Envoi lancé : {people} personnes. La référence arrive par SMS."))
flow.end("cancelled", N_("Annulé. Rien n'a été envoyé."))

flow.promise(Purpose.REGISTRATION, "sent")
