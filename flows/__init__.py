"""The dialogues that people meet. `app` is what the setting `FLOWS` names by default."""

from flows import (
    agent,
    agent_arrivals,
    agent_person,
    agent_summons,
    callback,
    complaint,
    directory,
    enrolment,
    menu,
    place,
    pregnancy,
    registration,
    survey,
    topics,
    vaccination,
)
from flows.keywords import KEYWORDS
from smsgateway.dialogue.application import Application

app = Application(
    flows=(
        menu.flow,
        enrolment.flow,
        vaccination.flow,
        pregnancy.flow,
        registration.flow,
        place.flow,
        complaint.flow,
        survey.flow,
        directory.flow,
        topics.flow,
        callback.flow,
        agent.flow,
        agent_arrivals.flow,
        agent_person.flow,
        agent_summons.flow,
    ),
    home="menu.who",
    language="menu.language",
    stuck="menu.stuck",
    keywords=KEYWORDS,
)
