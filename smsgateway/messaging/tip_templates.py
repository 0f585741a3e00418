"""Advice on the health of children: thirteen family practices in four topics.

The practices are among the key family practices of WHO and UNICEF (Integrated Management of
Childhood Illness). Which thirteen, their order and their words are ours; the ministry has not
confirmed them. A tip stands on a screen and in an SMS alike, on a phone that others read.
"""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.messaging.classes import MessageClass
from smsgateway.text.catalogue import N_
from smsgateway.text.templates import Template


def _tips(topic: str, *texts: str) -> tuple[Template, ...]:
    return tuple(
        Template(f"tip_{topic}_{number}", MessageClass.NOTICE, text)
        for number, text in enumerate(texts, start=1)
    )


TIPS: Mapping[str, tuple[Template, ...]] = {
    "feeding": _tips(
        "feeding",
        N_("Jusqu'à 6 mois, donnez à l'enfant le sein seul, jour et nuit. Même pas d'eau."),
        N_("À 6 mois, ajoutez des bouillies épaisses. Continuez le sein jusqu'à 2 ans."),
        N_("Légumes, fruits, poisson et la vitamine A donnent de la force à l'enfant."),
        N_("Un enfant malade doit boire et manger plus souvent. Donnez-lui plus le sein."),
    ),
    "prevention": _tips(
        "prevention",
        N_("Menez l'enfant à tous ses vaccins : avant 1 an, et encore à 15 mois."),
        N_("Chaque nuit, l'enfant et sa mère dorment sous une moustiquaire imprégnée."),
        N_("Lavez les mains au savon avant de manger et de cuisiner, et après les toilettes."),
        N_("Buvez une eau propre et couverte. Jetez les selles de l'enfant aux latrines."),
    ),
    "sick_child": _tips(
        "sick_child",
        N_("Diarrhée : donnez tout de suite de l'eau avec SRO, et encore après chaque selle."),
        N_("L'enfant ne boit plus, vomit tout, dort trop ou respire mal ? Allez vite au centre."),
        N_("Suivez les conseils du centre : tout le traitement, et le retour au jour dit."),
    ),
    "family": _tips(
        "family",
        N_("Parlez, chantez et jouez avec l'enfant chaque jour : il grandit mieux."),
        N_("Une future mère va à toutes ses visites. Le père et la famille l'aident."),
    ),
}
"""Topic -> its tips, in the order in which they are told."""
