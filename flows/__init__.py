"""The dialogues that people meet. `app` is what the setting `FLOWS` names by default."""

from flows import agent, callback, enrolment, menu, vaccination
from flows.keywords import KEYWORDS
from smsgateway.dialogue.application import Application

app = Application(
    flows=(menu.flow, enrolment.flow, vaccination.flow, callback.flow, agent.flow),
    home="menu.who",
    language="menu.language",
    stuck="menu.stuck",
    keywords=KEYWORDS,
)
