"""A worker confirms or refuses the doses that families have told of, with the card in hand."""

from __future__ import annotations

from datetime import date

from flows.naming import first_of, named, short_day, whole_name
from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Codes, Digits, GivenName, Name, NumericDate, Options
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.register import claim_review
from smsgateway.register.claim_review import NothingTold, Told
from smsgateway.register.claims import ClaimState
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

MOST_LISTED = 30
"""The oldest ones; the others follow when these are settled."""

SEPARATOR = " "


@lookup(some=("claims",), nobody=())
def list_told(inquiry: Inquiry) -> Outcome:
    """What the families of the worker's centre have told of."""
    with inquiry.service.database.read() as connection:
        found = claim_review.waiting(connection, inquiry.number("facility_id"))
    if not found:
        return Outcome("nobody")
    return Outcome(
        "some", {"claims": [[_key(one), _line(one, inquiry)] for one in found[:MOST_LISTED]]}
    )


@lookup(found=("child", "chosen", "told_on", "visit_doses"), gone=())
def show_told(inquiry: Inquiry) -> Outcome:
    """What was told of one child and one day, as long as nobody has settled it."""
    person_id, given_on = inquiry.text("claim").split(SEPARATOR)
    try:
        with inquiry.service.database.read() as connection:
            one = claim_review.find(
                connection,
                int(person_id),
                date.fromisoformat(given_on),
                inquiry.number("facility_id"),
            )
    except NothingTold:
        return Outcome("gone")
    return Outcome(
        "found",
        {
            "child": named(one.first_name, inquiry),
            "chosen": str(one.person_id),
            "told_on": one.given_on.isoformat(),
            "visit_doses": ",".join(one.vaccines),
        },
    )


def _key(one: Told) -> str:
    return f"{one.person_id}{SEPARATOR}{one.given_on.isoformat()}"


def _line(one: Told, inquiry: Inquiry) -> str:
    name = whole_name(one.first_name, one.last_name, inquiry)
    return f"{name} {short_day(one.given_on)} {first_of(one.vaccines)}"


flow = Flow(
    "agent_claims",
    start="told",
    fields={
        "claims": Options(34, most=MOST_LISTED),
        "claim": Name(24),
        "child": GivenName(20),
        "chosen": Digits(12),
        "told_on": NumericDate(),
        "visit_doses": Codes(70),
    },
)
flow.call(
    "told",
    list_told,
    {"some": "list", "nobody": "nobody", "down": "menu.unavailable"},
    takes=("facility_id",),
)
flow.end("nobody", N_("Aucun vaccin à confirmer."))
flow.pick("list", N_("Quel enfant ?"), source="claims", into="claim", target="show")
flow.call(
    "show",
    show_told,
    {"found": "claim", "gone": "gone", "down": "menu.unavailable"},
    takes=("facility_id", "claim"),
)
flow.end("gone", N_("C'est déjà réglé."))


def settled(label: str, state: ClaimState) -> Option:
    """What the card says of what the family told."""
    takes = ("staff_id", "facility_id", "chosen", "told_on")
    return Option(label, "noted", (EffectSpec("claim_settled", takes, {"state": state}),))


flow.menu(
    "claim",
    N_("{child}, {told_on} : {visit_doses}. Vu sur le carnet ?"),
    {
        1: settled(N_("Oui, confirmer"), ClaimState.CONFIRMED),
        2: settled(N_("Non, refuser"), ClaimState.REFUSED),
    },
)
flow.menu(
    "noted",
    N_("C'est noté."),
    {1: (N_("Autre enfant"), "told"), 2: (N_("Finir"), "agent_arrivals.finished")},
)
