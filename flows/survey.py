"""How a visit went: the place, then three questions of one key each."""

from __future__ import annotations

from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.fields import Count, Name
from smsgateway.dialogue.nodes import EffectSpec, Option
from smsgateway.feedback.surveys import QUESTIONS, Grade
from smsgateway.text.catalogue import N_

flow = Flow(
    "survey",
    start="start",
    fields={
        "facility_id": Count(9),
        "cscom": Name(25),
        **{question: Count(1) for question in QUESTIONS},
    },
)

flow.menu(
    "start",
    N_("Votre dernière visite : où ?"),
    {
        1: (N_("Mon centre de santé"), "own"),
        2: (N_("Autre centre de santé"), "centre"),
        3: (N_("Mairie ou service social"), "social"),
    },
)
for name, start in (("own", "own"), ("centre", "start"), ("social", "social")):
    flow.visit(name, start=f"place.{start}", target="welcome")


def ask(question: str, text: str, labels: tuple[str, str, str], target: str) -> None:
    """One question, whose keys are its grades."""
    options = {
        grade.value: Option(label, target, sets={question: grade.value})
        for grade, label in zip(Grade, labels, strict=True)
    }
    flow.menu(question, text, options)


ask(
    "welcome",
    N_("{cscom} : comment avez-vous été reçu(e) ?"),
    (N_("Bien"), N_("Un peu bien"), N_("Mal")),
    "waiting",
)
ask(
    "waiting",
    N_("Avez-vous attendu longtemps ?"),
    (N_("Non"), N_("Un peu"), N_("Oui, longtemps")),
    "recommends",
)
ask(
    "recommends",
    N_("Dites-vous à vos voisins d'y aller ?"),
    (N_("Oui"), N_("Peut-être"), N_("Non")),
    "thanks",
)
flow.end(
    "thanks",
    N_("Merci pour votre réponse."),
    EffectSpec("survey", takes=("facility_id", *QUESTIONS)),
)

flow.promise(Purpose.REGISTRATION, "thanks")
