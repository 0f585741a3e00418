"""Advice on the health of children: read on the screen, or a tip a week by SMS."""

from __future__ import annotations

from smsgateway.dialogue.application import Choice, Flow
from smsgateway.dialogue.fields import Name
from smsgateway.dialogue.nodes import HOME, EffectSpec, Option, Outcome, lookup
from smsgateway.messaging.tip_templates import TIPS
from smsgateway.register import phones
from smsgateway.sessions.calls import Inquiry
from smsgateway.text.catalogue import N_
from smsgateway.topics import subscriptions

LABELS = {
    "feeding": N_("Nourrir l'enfant"),
    "prevention": N_("Éviter les maladies"),
    "sick_child": N_("Soigner l'enfant malade"),
    "family": N_("Grandir en famille"),
}


@lookup(free=(), subscribed=(), opted_out=())
def standing(inquiry: Inquiry) -> Outcome:
    """Whether the caller gets the tips of the topic, and may get SMS at all."""
    with inquiry.service.database.read() as connection:
        profile = phones.profile(connection, inquiry.msisdn)
        if profile and profile.opted_out:
            return Outcome("opted_out")
        known = subscriptions.is_subscribed(connection, inquiry.msisdn, inquiry.text("topic"))
    return Outcome("subscribed" if known else "free")


flow = Flow("topics", start="start", fields={"topic": Name(20)})

flow.menu(
    "start",
    N_("Conseils pour la santé de l'enfant"),
    {key: (LABELS[topic], f"{topic}_1") for key, topic in enumerate(TIPS, start=1)},
)

NEXT, OTHERS, BY_SMS = N_("Suivant"), N_("Autres conseils"), N_("Recevoir par SMS")


def tell(topic: str) -> None:
    """The tips of a topic, one a screen; the last one leads to the other topics."""
    tips = TIPS[topic]
    for number, tip in enumerate(tips, start=1):
        following: Choice = (OTHERS, "start")
        if number < len(tips):
            following = (NEXT, f"{topic}_{number + 1}")
        by_sms = Option(BY_SMS, "standing", sets={"topic": topic})
        flow.menu(f"{topic}_{number}", tip.msgid, {1: following, 2: by_sms})


for name in TIPS:
    tell(name)

flow.call(
    "standing",
    standing,
    {
        "free": "subscribe",
        "subscribed": "unsubscribe",
        "opted_out": "opted_out",
        "down": "menu.unavailable",
    },
    takes=("topic",),
)
flow.confirm(
    "subscribe",
    N_("Recevoir un conseil par semaine par SMS sur ce thème ?"),
    EffectSpec("subscribe", takes=("topic",)),
    yes="subscribed",
    no=HOME,
)
flow.end("subscribed", N_("C'est noté : un conseil par semaine. Pour arrêter, revenez ici."))
flow.confirm(
    "unsubscribe",
    N_("Vous recevez déjà ces conseils par SMS. Les arrêter ?"),
    EffectSpec("unsubscribe", takes=("topic",)),
    yes="unsubscribed",
    no=HOME,
)
flow.end("unsubscribed", N_("C'est fait. Vous ne recevrez plus ces conseils."))
flow.menu(
    "opted_out",
    N_("Vous avez arrêté nos SMS. Il faut d'abord les reprendre."),
    {1: (N_("Reprendre les SMS"), "menu.resume")},
)
