"""What a health worker does by keypad, behind a PIN: a notice to families due within a week, and
the children whom nobody has brought. What else there is has a file of its own, `agent_*.py`."""

from __future__ import annotations

from flows.agent_lookups import (
    AUDIENCE,
    MOST_ABSENT,
    NOTICE,
    check_pin,
    choose_pin,
    compare_pins,
    count_people,
    list_absent,
    show_absent,
    standing,
    weigh_pin,
)
from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import Count, Digits, GivenName, Name, Options, Sample, SpokenDay
from smsgateway.dialogue.nodes import EffectSpec, Option
from smsgateway.reminders.defaulters import Located
from smsgateway.text.catalogue import N_

flow = Flow(
    "agent",
    start="start",
    fields={
        "pin": Digits(4, shortest=4),
        "pin_mark": Name(32),
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
        "why": Name(24),
        "carer_phone": Name(16),
    },
    version=2,
)

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


def ask_pin(name: str, text: str, target: str) -> None:
    """A question for a PIN, which is forgotten at the next screen."""
    error = N_("Il faut 4 chiffres.")
    flow.ask(name, text, into="pin", error=error, target=target, sensitive=True)


def ask_invitation(name: str, text: str) -> None:
    """A question for the one-time code that came by SMS."""
    flow.ask(name, text, into="invitation", error=N_("Il faut 6 chiffres."), target="new_pin")


ask_pin(
    "pin",
    N_("Code agent (4 chiffres) ? Jamais votre code Orange Money ou Moov Money."),
    "check",
)
ask_pin("pin_again", N_("Code faux. Essais restants : {tries}. Code agent ?"), "check")
VERDICTS = {
    "right": "menu",
    "other_post": "other_post",
    "wrong": "pin_again",
    "locked": "locked",
    "stranger": "stranger",
    "down": "menu.unavailable",
}
flow.call("check", check_pin, VERDICTS, takes=("pin",))

ask_invitation("invitation", N_("Code d'invitation reçu par SMS (6 chiffres) ?"))
ask_pin(
    "new_pin", N_("Choisissez votre code agent (4 chiffres). Pas celui de votre argent."), "weigh"
)
ask_pin(
    "easier_pin", N_("Code trop facile à deviner. Choisissez-en un autre (4 chiffres)."), "weigh"
)
ask_pin("other_pin", N_("Les deux codes sont différents. Choisissez votre code agent."), "weigh")
flow.call(
    "weigh",
    weigh_pin,
    {"fine": "same_pin", "easy": "easier_pin", "down": "menu.unavailable"},
    takes=("pin",),
)
ask_pin("same_pin", N_("Tapez encore une fois le code que vous avez choisi."), "compare")
flow.call(
    "compare",
    compare_pins,
    {"same": "choose", "different": "other_pin", "down": "menu.unavailable"},
    takes=("pin", "pin_mark"),
)
flow.call(
    "choose",
    choose_pin,
    {**VERDICTS, "wrong": "invitation_again"},
    takes=("invitation", "pin"),
    forgets=("invitation", "pin_mark"),
)
ask_invitation("invitation_again", N_("Code faux. Essais restants : {tries}. Code d'invitation ?"))
flow.end("locked", N_("Code bloqué. Appelez votre responsable."))
flow.end("other_post", N_("Votre poste n'envoie pas de SMS aux familles."))
flow.end("stranger", N_("Ce téléphone n'est pas inscrit comme agent."))

flow.menu(
    "menu",
    N_("Agent, {facility}"),
    {
        1: (N_("SMS aux enfants attendus sous 7 jours"), "count"),
        2: (N_("Enfants non venus"), "absent"),
        3: (N_("Venus aujourd'hui"), "agent_arrivals.expected"),
        4: (N_("Convoquer quelqu'un"), "agent_summons.who"),
        5: (N_("Suivre les convocations"), "agent_summons.waiting"),
        6: (N_("Accord de la famille"), "agent_consent.who"),
        7: (N_("Vaccins à confirmer"), "agent_claims.told"),
        8: (N_("Appels à faire"), "agent_calls.waiting"),
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


def located(found: Located) -> EffectSpec:
    """Where a child is, as it was found out."""
    return EffectSpec(
        "defaulter", takes=("staff_id", "facility_id", "entry"), constants={"located": found}
    )


flow.menu(
    "absent_child",
    N_("{child} : {missed}, depuis le {day} ({why}). Tél. {carer_phone}"),
    {
        1: Option(N_("Trouvé"), "absent_noted", (located(Located.YES),)),
        2: Option(N_("Introuvable"), "absent_noted", (located(Located.NO),)),
        3: (N_("Parti ailleurs"), "absent_moved"),
        4: (N_("Décédé"), "absent_died"),
    },
)
flow.confirm(
    "absent_moved",
    N_("{child} : parti ailleurs ? Ses rappels s'arrêtent, et cela ne s'annule pas ici."),
    located(Located.MOVED),
    yes="absent_noted",
    no="absent_child",
)
flow.confirm(
    "absent_died",
    N_("{child} : décédé ? Ses rappels s'arrêtent, et cela ne s'annule pas ici."),
    located(Located.DIED),
    yes="absent_noted",
    no="absent_child",
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
