"""A worker writes down, with the family present, that it agrees to reminders or wants none."""

from __future__ import annotations

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Digits, GivenName
from smsgateway.dialogue.nodes import EffectSpec, Outcome, lookup
from smsgateway.register import consents
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

CONSENT_WORDING = "child_at_centre/1"
"""The text of the screen `consent`. Another text is another version."""


@lookup(agreed=(), withdrawn=())
def standing(inquiry: Inquiry) -> Outcome:
    """Whether the consent about somebody was taken back."""
    with inquiry.service.database.read() as connection:
        withdrawn = consents.is_withdrawn(connection, inquiry.number("chosen"))
    return Outcome("withdrawn" if withdrawn else "agreed")


flow = Flow(
    "agent_consent",
    start="who",
    fields={"chosen": Digits(12), "child": GivenName(20)},
)
flow.visit("who", start="agent_person.start", target="standing")
flow.call(
    "standing",
    standing,
    {"agreed": "stop", "withdrawn": "consent", "down": "menu.unavailable"},
    takes=("chosen",),
)
TAKES = ("staff_id", "chosen")
flow.confirm(
    "stop",
    N_("La famille ne veut plus aucun rappel pour {child} ?"),
    EffectSpec("consent_withdrawn_here", takes=TAKES),
    yes="noted",
    no="agent.menu",
)
flow.confirm(
    "consent",
    N_("{child} : la famille est présente et accepte de recevoir les rappels de santé ?"),
    EffectSpec("consent_given_here", takes=TAKES, constants={"wording": CONSENT_WORDING}),
    yes="noted",
    no="agent.menu",
)
flow.end("noted", N_("C'est noté. Merci."))
