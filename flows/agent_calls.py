"""Who waits for a call of the worker's centre: called, or never reached."""

from __future__ import annotations

from flows.naming import short_day
from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Digits, Name, Options, SpokenDay
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.feedback import callbacks
from smsgateway.feedback.callbacks import OpenRequest, Reason, Settled
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

MOST_LISTED = 30
"""Those who have waited for the longest; the others follow when these are called."""

REASONS = {
    Reason.STUCK: N_("besoin d'aide"),
    Reason.PROBLEM: N_("problème pour venir"),
    Reason.WRONG_NUMBER: N_("mauvais numéro"),
    Reason.LOSS: N_("un malheur"),
    Reason.COMPLAINT: N_("plainte"),
}


@lookup(some=("calls",), nobody=())
def list_waiting(inquiry: Inquiry) -> Outcome:
    """Who waits for a call, the longest waiting first."""
    found = _open(inquiry)
    if not found:
        return Outcome("nobody")
    lines = [[str(one.id), _line(one, inquiry)] for one in found[:MOST_LISTED]]
    return Outcome("some", {"calls": lines})


@lookup(found=("caller_phone", "why", "day"), gone=())
def show_waiting(inquiry: Inquiry) -> Outcome:
    """One of them, as long as nobody has called."""
    mine = [one for one in _open(inquiry) if one.id == inquiry.number("request")]
    if not mine:
        return Outcome("gone")
    return Outcome(
        "found",
        {
            "caller_phone": mine[0].msisdn,
            "why": inquiry.service.catalogue.text(REASONS[mine[0].reason], inquiry.language),
            "day": mine[0]
            .requested_at.astimezone(inquiry.service.settings.timezone)
            .date()
            .isoformat(),
        },
    )


def _open(inquiry: Inquiry) -> list[OpenRequest]:
    with inquiry.service.database.read() as connection:
        return callbacks.open_requests(connection, inquiry.number("facility_id"))


def _line(one: OpenRequest, inquiry: Inquiry) -> str:
    since = one.requested_at.astimezone(inquiry.service.settings.timezone).date()
    return f"{one.msisdn} {short_day(since)}"


flow = Flow(
    "agent_calls",
    start="waiting",
    fields={
        "calls": Options(24, most=MOST_LISTED),
        "request": Digits(9),
        "caller_phone": Name(16),
        "why": Name(24),
        "day": SpokenDay(),
    },
)
flow.call(
    "waiting",
    list_waiting,
    {"some": "list", "nobody": "nobody", "down": "menu.unavailable"},
    takes=("facility_id",),
)
flow.end("nobody", N_("Personne n'attend un appel."))
flow.pick("list", N_("Qui appeler ?"), source="calls", into="request", target="show")
flow.call(
    "show",
    show_waiting,
    {"found": "call", "gone": "gone", "down": "menu.unavailable"},
    takes=("facility_id", "request"),
)
flow.end("gone", N_("C'est déjà réglé."))


def called(label: str, outcome: Settled) -> Option:
    """What came of the call."""
    takes = ("staff_id", "facility_id", "request")
    return Option(label, "noted", (EffectSpec("call_settled", takes, {"outcome": outcome}),))


flow.menu(
    "call",
    N_("{caller_phone} : {why}, depuis le {day}."),
    {
        1: called(N_("Appel fait"), Settled.REACHED),
        2: called(N_("Jamais de réponse"), Settled.GIVEN_UP),
    },
)
flow.menu(
    "noted",
    N_("C'est noté."),
    {1: (N_("Autre appel"), "waiting"), 2: (N_("Finir"), "agent_arrivals.finished")},
)
