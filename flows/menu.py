"""Language, home, and what to do when stuck. The keys are promised in docs/dialogues.md."""

from __future__ import annotations

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.nodes import BACK, HOME, EffectSpec, Option, Outcome, lookup
from smsgateway.register import phones
from smsgateway.sessions.calls import Inquiry
from smsgateway.staff import pins
from smsgateway.text.catalogue import N_

CHOOSE_LANGUAGE = (EffectSpec("language"),)


@lookup(family=(), agent=())
def who_calls(inquiry: Inquiry) -> Outcome:
    """An enrolled worker's phone sees one more key."""
    with inquiry.service.database.read() as connection:
        known = pins.standing(connection, inquiry.msisdn, inquiry.now)
    return Outcome("agent" if known else "family")


@lookup(receives=(), stopped=())
def messages_state(inquiry: Inquiry) -> Outcome:
    """Whether this phone receives messages."""
    with inquiry.service.database.read() as connection:
        profile = phones.profile(connection, inquiry.msisdn)
    return Outcome("stopped" if profile and profile.opted_out else "receives")


flow = Flow("menu", start="who")

flow.menu(
    "language",
    N_("Kan sugandi / Langue :"),
    {
        1: Option(N_("Bamanankan"), HOME, CHOOSE_LANGUAGE, language="bm"),
        2: Option(N_("Français"), HOME, CHOOSE_LANGUAGE, language="fr"),
    },
)
flow.call("who", who_calls, {"family": "home", "agent": "home_agent", "down": "home"})

HOME_TEXT = N_("Bienvenue. Que voulez-vous ?")
HOME_OPTIONS = {
    1: (N_("RAMED et assurances"), "enrolment.menu"),
    2: (N_("Mon enfant"), "vaccination.way"),
    3: (N_("Ma grossesse"), "pregnancy.menu"),
    4: (N_("Plainte ou avis"), "complaint.start"),
    5: (N_("Autres"), "others"),
}
flow.menu("home", HOME_TEXT, HOME_OPTIONS)
flow.menu("home_agent", HOME_TEXT, {**HOME_OPTIONS, 9: (N_("Agent de santé"), "agent.start")})

flow.menu(
    "others",
    N_("Autres services :"),
    {
        1: (N_("Annuaire"), "directory.start"),
        2: (N_("Conseils santé"), "topics.start"),
        3: (N_("Langue"), "language"),
        4: (N_("Arrêter ou reprendre les SMS"), "messages"),
        5: (N_("Être rappelé"), "callback.start"),
        6: (N_("Urgences"), "emergency"),
        7: (N_("Rappels d'un seul enfant"), "consent.birthday"),
    },
)
flow.call(
    "messages",
    messages_state,
    {"receives": "stop", "stopped": "resume", "down": "unavailable"},
)
flow.menu(
    "stop",
    N_("Ne plus recevoir de SMS de rappel ?"),
    {
        1: Option(N_("Oui, arrêter"), "stopped", (EffectSpec("opt_out"),)),
        2: Option(N_("Non"), HOME),
    },
)
flow.menu(
    "resume",
    N_("Recevoir à nouveau les SMS de rappel ?"),
    {
        1: Option(N_("Oui, reprendre"), "resumed", (EffectSpec("opt_in"),)),
        2: Option(N_("Non"), HOME),
    },
)
flow.end("stopped", N_("C'est fait. Vous ne recevrez plus de SMS de rappel."))
flow.end("resumed", N_("C'est fait. Vous recevrez les SMS de rappel."))

flow.menu(
    "stuck",
    N_("Besoin d'aide ? Montrez ce téléphone à l'agent de votre centre, ou soyez rappelé."),
    {1: (N_("Réessayer"), BACK), 2: (N_("Être rappelé"), "callback.start")},
)
flow.end("emergency", N_("Urgences : SAMU 15. Police 17. Protection civile 18."))
flow.end("unavailable", N_("Service indisponible. Réessayez plus tard."))
