"""A sub-dialogue: somebody whom the worker's own centre follows. It gives `chosen` and `child`.

A child is found by the number of its card, anybody by a telephone of the family.
"""

from __future__ import annotations

from flows.naming import named, whole_name
from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import Code, Digits, GivenName, Options
from smsgateway.dialogue.nodes import RETURN, Outcome, lookup
from smsgateway.register import people
from smsgateway.register.people import Known
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn

MOST_OF_A_LINE = 20

FOUND = ("chosen", "child")


@lookup(found=FOUND, unknown=())
def with_card(inquiry: Inquiry) -> Outcome:
    """The child with this card."""
    with inquiry.service.database.read() as connection:
        one = people.with_card(connection, inquiry.text("carnet"), inquiry.number("facility_id"))
    return _found(one, inquiry)


@lookup(found=FOUND, several=("family",), unknown=())
def with_line(inquiry: Inquiry) -> Outcome:
    """Whoever is reached on this line."""
    try:
        msisdn = parse_msisdn(inquiry.text("family_phone"))
    except InvalidMsisdn:
        return Outcome("unknown")
    with inquiry.service.database.read() as connection:
        found = people.of_line(connection, msisdn, inquiry.number("facility_id"))
    if len(found) < 2:
        return _found(found[0] if found else None, inquiry)
    lines = [
        [str(one.id), whole_name(one.first_name, one.last_name, inquiry)]
        for one in found[:MOST_OF_A_LINE]
    ]
    return Outcome("several", {"family": lines})


@lookup(found=FOUND, unknown=())
def picked(inquiry: Inquiry) -> Outcome:
    """Who was picked among those of a line."""
    with inquiry.service.database.read() as connection:
        one = people.with_id(connection, inquiry.number("chosen"), inquiry.number("facility_id"))
    return _found(one, inquiry)


def _found(one: Known | None, inquiry: Inquiry) -> Outcome:
    if one is None:
        return Outcome("unknown")
    return Outcome("found", {"chosen": str(one.id), "child": named(one.first_name, inquiry)})


flow = Flow(
    "agent_person",
    start="start",
    fields={
        "carnet": Code(16, shortest=3),
        "family_phone": Digits(15, shortest=8),
        "family": Options(20, most=MOST_OF_A_LINE),
        "chosen": Digits(12),
        "child": GivenName(20),
    },
)
flow.menu(
    "start",
    N_("De qui s'agit-il ? Chercher avec :"),
    {
        1: (N_("Le numéro du carnet"), "carnet"),
        2: (N_("Téléphone de la famille"), "line"),
    },
)
flow.ask(
    "carnet",
    N_("Numéro du carnet de vaccination ?"),
    into="carnet",
    error=N_("Numéro mal écrit."),
    target="with_card",
)
SHOWN = {"found": RETURN, "unknown": "unknown", "down": "menu.unavailable"}
flow.call("with_card", with_card, SHOWN, takes=("carnet", "facility_id"))
flow.ask(
    "line",
    N_("Numéro de téléphone de la famille ?"),
    into="family_phone",
    error=N_("Numéro mal écrit."),
    target="with_line",
)
flow.call(
    "with_line", with_line, {**SHOWN, "several": "pick"}, takes=("family_phone", "facility_id")
)
flow.pick("pick", N_("Qui ?"), source="family", into="chosen", target="picked")
flow.call("picked", picked, SHOWN, takes=("chosen", "facility_id"))
flow.menu(
    "unknown",
    N_("Personne n'est inscrit ainsi dans votre centre."),
    {1: (N_("Réessayer"), "start"), 2: (N_("Finir"), "agent_arrivals.finished")},
)
