"""Whoever does not get on with the keypad is called back, on the line of the call."""

from __future__ import annotations

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.nodes import HOME, EffectSpec, Option
from smsgateway.feedback.callbacks import Reason
from smsgateway.text.catalogue import N_

flow = Flow("callback", start="start")

flow.menu(
    "start",
    N_("Un agent peut vous appeler à ce numéro de téléphone. D'accord ?"),
    {
        1: Option(
            N_("Oui, appelez-moi"),
            "asked",
            (EffectSpec("callback", constants={"reason": Reason.STUCK}),),
        ),
        2: Option(N_("Non"), HOME),
    },
)
flow.end("asked", N_("C'est noté. Un agent vous appellera à ce numéro."))
