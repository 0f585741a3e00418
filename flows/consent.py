"""The family wants no reminders about one child any more, or wants them again.

STOP ends the messages to a line; this ends those about a child, on every line, and leaves the
others. The child's day and month of birth are the proof, as for its visits.
"""

from __future__ import annotations

from flows import child_proof
from flows.child_proof import FAILURES, MOST_CHILDREN
from flows.naming import named
from flows.vaccination import BIRTHDAY, BIRTHDAY_ERROR
from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.fields import DayAndMonth, Digits, GivenName, Options
from smsgateway.dialogue.nodes import HOME, EffectSpec, Outcome, lookup
from smsgateway.register import children, consents
from smsgateway.register.children import Child
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

CONSENT_WORDING = "child_again/1"
"""The text of the screen `consent`. Another text is another version."""

STANDING = {"agreed": ("chosen", "child"), "withdrawn": ("chosen", "child")}


@lookup(several=("children",), **STANDING, **FAILURES)
def find_here(inquiry: Inquiry) -> Outcome:
    """The children of the calling phone, of whom one has this birthday."""
    found = child_proof.of_this_line(inquiry)
    if isinstance(found, Outcome):
        return found
    if len(found) > 1:
        return Outcome("several", {"children": child_proof.lines(found, inquiry)})
    return _standing(found[0], inquiry)


@lookup(missing=(), **STANDING)
def show_chosen(inquiry: Inquiry) -> Outcome:
    """The child that was picked."""
    with inquiry.service.database.read() as connection:
        found = children.by_ids(connection, [inquiry.number("chosen")])
    return _standing(found[0], inquiry) if found else Outcome("missing")


def _standing(child: Child, inquiry: Inquiry) -> Outcome:
    with inquiry.service.database.read() as connection:
        withdrawn = consents.is_withdrawn(connection, child.id)
    values = {"chosen": str(child.id), "child": named(child.first_name, inquiry)}
    return Outcome("withdrawn" if withdrawn else "agreed", values)


flow = Flow(
    "consent",
    start="birthday",
    fields={
        "birthday": DayAndMonth(),
        "children": Options(20, most=MOST_CHILDREN),
        "chosen": Digits(12),
        "child": GivenName(20),
    },
)
flow.ask("birthday", BIRTHDAY, into="birthday", error=BIRTHDAY_ERROR, target="find", sensitive=True)
SHOWN = {
    "agreed": "stop",
    "withdrawn": "consent",
    "missing": "vaccination.missing",
    "down": "menu.unavailable",
}
flow.call(
    "find",
    find_here,
    {**SHOWN, "several": "pick", "locked": "vaccination.locked"},
    takes=("birthday",),
)
flow.pick("pick", N_("Quel enfant ?"), source="children", into="chosen", target="show")
flow.call("show", show_chosen, SHOWN, takes=("chosen",))
flow.confirm(
    "stop",
    N_("Plus aucun rappel pour {child}, sur aucun téléphone ?"),
    EffectSpec("consent_withdrawn", takes=("chosen",)),
    yes="stopped",
    no=HOME,
)
flow.end("stopped", N_("C'est fait. Plus de rappels pour {child}. Vous pouvez les reprendre ici."))
flow.confirm(
    "consent",
    N_("Recevoir à nouveau les rappels de santé pour {child} ?"),
    EffectSpec("consent_given", takes=("chosen",), constants={"wording": CONSENT_WORDING}),
    yes="resumed",
    no=HOME,
)
flow.end("resumed", N_("C'est fait. Les rappels pour {child} reviennent."))
