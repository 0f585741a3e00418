"""A doctor wants to see somebody: summoned by the worker, then seen, not seen, or visited at home.

The class of the reason is for the centre; no message and no list says it.
"""

from __future__ import annotations

from datetime import timedelta

from flows.naming import named, short_day, whole_name
from smsgateway.consultations import notice, open_list, summoning
from smsgateway.consultations.summoning import AlreadySummoned, Found, NoSummons, Reason, Summons
from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Code, Count, Digits, GivenName, Name, Options, SpokenDay
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.messaging.hours import SendingHours
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

MOST_LISTED = 60
"""Those whose day is the earliest; the whole list is a file."""

VOUCHER = ("voucher", "day")


@lookup(made=VOUCHER, untold=VOUCHER, already=VOUCHER)
def summon(inquiry: Inquiry) -> Outcome:
    """Summon somebody under a number that is drawn; `untold` where no SMS reaches the family in
    time. A step that is repeated after a crash finds them summoned already, and is told the same
    number."""
    person_id = inquiry.number("chosen")
    by_date = inquiry.today + timedelta(days=inquiry.number("within"))
    try:
        with inquiry.service.database.begin() as connection:
            summoning.summon(
                connection,
                person_id,
                Reason(inquiry.text("summons_reason")),
                by_date,
                None,
                inquiry.now,
                staff_id=inquiry.number("staff_id"),
            )
            made = summoning.open_of_people(connection, [person_id])[person_id]
            settings = inquiry.service.settings
            hours = SendingHours(settings.sending_hours, settings.timezone)
            told = notice.leaves_in_time(connection, made, hours, inquiry.now)
            return _shown("made" if told else "untold", made)
    except AlreadySummoned:
        with inquiry.service.database.read() as connection:
            return _shown("already", summoning.open_of_people(connection, [person_id])[person_id])


def _shown(outcome: str, one: Summons) -> Outcome:
    return Outcome(outcome, {"voucher": one.voucher, "day": one.by_date.isoformat()})


@lookup(some=("vouchers",), nobody=())
def list_waiting(inquiry: Inquiry) -> Outcome:
    """Whom the worker's centre waits for."""
    with inquiry.service.database.read() as connection:
        found = open_list.waiting(connection, inquiry.number("facility_id"), MOST_LISTED)
    if not found:
        return Outcome("nobody")
    lines = [
        [
            one.voucher,
            f"{whole_name(one.first_name, one.last_name, inquiry)} {short_day(one.by_date)}",
        ]
        for one in found
    ]
    return Outcome("some", {"vouchers": lines})


@lookup(found=("child", "voucher", "day", "carer_phone"), gone=())
def show_waiting(inquiry: Inquiry) -> Outcome:
    """One of them, as long as nobody has seen them meanwhile."""
    try:
        with inquiry.service.database.read() as connection:
            one = open_list.find(connection, inquiry.text("voucher"), inquiry.number("facility_id"))
    except NoSummons:
        return Outcome("gone")
    return Outcome(
        "found",
        {
            "child": named(one.first_name, inquiry),
            "voucher": one.voucher,
            "day": one.by_date.isoformat(),
            "carer_phone": one.phone or "-",
        },
    )


flow = Flow(
    "agent_summons",
    start="who",
    fields={
        "chosen": Digits(12),
        "child": GivenName(20),
        "summons_reason": Name(10),
        "within": Count(2),
        "voucher": Code(16),
        "vouchers": Options(26, most=MOST_LISTED),
        "day": SpokenDay(),
        "carer_phone": Name(16),
    },
)

flow.visit("who", start="agent_person.start", target="reason")


def because(label: str, reason: Reason) -> Option:
    """A class of reasons."""
    return Option(label, "within", sets={"summons_reason": reason})


flow.menu(
    "reason",
    N_("{child} : pourquoi ? La famille ne le verra pas."),
    {
        1: because(N_("Croissance"), Reason.GROWTH),
        2: because(N_("Fièvre"), Reason.FEVER),
        3: because(N_("Suivi"), Reason.FOLLOW_UP),
        4: because(N_("Autre"), Reason.OTHER),
    },
)


def by_day(label: str, days: int) -> Option:
    """So many days from today."""
    return Option(label, "summon", sets={"within": days})


flow.menu(
    "within",
    N_("{child} : dernier jour pour venir ?"),
    {
        1: by_day(N_("Aujourd'hui"), 0),
        2: by_day(N_("Demain"), 1),
        3: by_day(N_("Trois jours"), 3),
        4: by_day(N_("Une semaine"), 7),
    },
)
flow.call(
    "summon",
    summon,
    {"made": "made", "untold": "untold", "already": "already", "down": "menu.unavailable"},
    takes=("staff_id", "chosen", "summons_reason", "within"),
)
flow.end(
    "made",
    N_(
        "{child} : à voir au plus tard le {day}. Écrivez sur le bon : {voucher}. "
        "La famille reçoit un SMS."
    ),
)
flow.end(
    "untold",
    N_(
        "{child} : à voir au plus tard le {day}. Écrivez sur le bon : {voucher}. "
        "Pas de SMS à temps : prévenez la famille."
    ),
)
flow.end("already", N_("{child} est déjà attendu au plus tard le {day}, bon {voucher}."))

flow.call(
    "waiting",
    list_waiting,
    {"some": "vouchers", "nobody": "nobody", "down": "menu.unavailable"},
    takes=("facility_id",),
)
flow.end("nobody", N_("Aucune convocation en attente."))
flow.pick(
    "vouchers", N_("Qui a été convoqué ?"), source="vouchers", into="voucher", target="look_at"
)
flow.call(
    "look_at",
    show_waiting,
    {"found": "waited_for", "gone": "gone", "down": "menu.unavailable"},
    takes=("facility_id", "voucher"),
)
flow.end("gone", N_("Cette convocation est déjà fermée."))

TAKES = ("staff_id", "facility_id", "voucher")
flow.menu(
    "waited_for",
    N_("{child} : bon {voucher}, au plus tard le {day}. Tél. {carer_phone}"),
    {
        1: Option(N_("Venu au centre"), "noted", (EffectSpec("summons_seen", TAKES),)),
        2: Option(N_("Pas venu"), "looked_for", (EffectSpec("summons_missed", TAKES),)),
        3: (N_("Visite à domicile"), "home"),
    },
)


def at_home(found: Found) -> EffectSpec:
    """What a visit to the home came to."""
    return EffectSpec("home_visit", TAKES, {"found": found})


flow.menu(
    "home",
    N_("{child}, à la maison :"),
    {
        1: Option(N_("Vu"), "noted", (at_home(Found.SEEN),)),
        2: Option(N_("Absent"), "noted", (at_home(Found.ABSENT),)),
        3: (N_("Parti ailleurs"), "moved"),
    },
)
flow.confirm(
    "moved",
    N_("{child} : parti ailleurs ? Ses rappels s'arrêtent, et cela ne s'annule pas ici."),
    at_home(Found.MOVED),
    yes="noted",
    no="home",
)
flow.menu(
    "noted",
    N_("C'est noté."),
    {1: (N_("Autre personne"), "waiting"), 2: (N_("Finir"), "agent_arrivals.finished")},
)
flow.end("looked_for", N_("C'est noté. {child} est dans la liste : Enfants non venus."))
