"""A parent registers a child: name, sex, day of birth, health centre, consent.

Nothing is kept without the consent, which stands last and repeats what will be written down. A
child that the line has already is told so: its name and day of birth were the proof. A line that
has registered many today is sent to a person, and one that has stopped the SMS is promised none.
"""

from __future__ import annotations

from datetime import date

from flows.menu import messages_state
from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import Count, Day, Digits, GivenName, Name
from smsgateway.dialogue.nodes import EffectSpec, Option, Outcome, lookup
from smsgateway.register import registration
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_

OLDEST_DAYS = 5_500
"""Fifteen years: the last vaccine of the calendar is that of girls of ten."""


CONSENT_WORDING = "child/1"
"""The text of the screen `consent`. Another text is another version."""


@lookup(new=(), known=("chosen",), many=())
def is_known(inquiry: Inquiry) -> Outcome:
    """Whether this line has a child with this name and day of birth, or too many new ones."""
    with inquiry.service.database.read() as connection:
        child_id = registration.known_as(
            connection,
            inquiry.msisdn,
            inquiry.text("child"),
            date.fromisoformat(inquiry.text("born")),
        )
        many = registration.is_busy(connection, inquiry.msisdn, inquiry.now)
    if child_id is not None:
        return Outcome("known", {"chosen": str(child_id)})
    return Outcome("many" if many else "new")


flow = Flow(
    "registration",
    start="name",
    fields={
        "child": GivenName(20),
        "sex": Name(1),
        "born": Day(past=OLDEST_DAYS),
        "chosen": Digits(12),
        "facility_id": Count(9),
        "cscom": Name(25),
    },
)
flow.ask(
    "name",
    N_("Inscrire un enfant. Son prénom ?"),
    into="child",
    error=N_("Prénom mal écrit : des lettres seulement."),
    target="sex",
)
flow.menu(
    "sex",
    N_("{child} : fille ou garçon ?"),
    {
        1: Option(N_("Fille"), "born", sets={"sex": "F"}),
        2: Option(N_("Garçon"), "born", sets={"sex": "M"}),
    },
    checkpoint=True,
)
flow.date(
    "born",
    N_("Date de naissance de {child} ? Ex. 12/5/26"),
    into="born",
    error=N_("Date non valable. Ex. 12/5/26"),
    target="is_known",
    checkpoint=True,
)
flow.call(
    "is_known",
    is_known,
    {"new": "place", "known": "known", "many": "many", "down": "menu.unavailable"},
    takes=("child", "born"),
)
flow.menu(
    "known",
    N_("{child} : nom déjà noté sur ce téléphone."),
    {1: (N_("Voir ses vaccins"), "vaccination.show")},
)
flow.menu(
    "many",
    N_("Beaucoup d'inscriptions aujourd'hui sur ce téléphone. Parlez plutôt à un agent."),
    {1: (N_("Être rappelé"), "callback.start")},
)
flow.visit("place", start="place.start", target="consent")
flow.confirm(
    "consent",
    N_("{child}, {born}, {cscom}. Votre numéro sert seulement aux rappels de santé. D'accord ?"),
    yes="messages",
    no="refused",
    checkpoint=True,
)
flow.call(
    "messages",
    messages_state,
    {"receives": "done", "stopped": "done_stopped", "down": "menu.unavailable"},
)
REGISTER = EffectSpec(
    "register_child",
    takes=("child", "sex", "born", "facility_id"),
    constants={"wording": CONSENT_WORDING},
)
flow.end(
    "done",
    N_("C'est noté : {child}, {cscom}. Les rappels viennent par SMS. Pour arrêter : STOP."),
    REGISTER,
)
flow.end(
    "done_stopped",
    N_("C'est noté : {child}, {cscom}. Les SMS sont arrêtés ici. Pour les rappels, reprenez-les."),
    REGISTER,
)
flow.end("refused", N_("D'accord. Rien n'a été gardé."))

flow.promise(Purpose.REGISTRATION, "done", "done_stopped")
