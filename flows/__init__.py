"""The dialogues that people meet. `app` is what the setting `FLOWS` names by default."""

from flows import (
    agent,
    agent_arrivals,
    agent_calls,
    agent_claims,
    agent_consent,
    agent_person,
    agent_summons,
    callback,
    complaint,
    consent,
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
        consent.flow,
        survey.flow,
        directory.flow,
        topics.flow,
        callback.flow,
        agent.flow,
        agent_arrivals.flow,
        agent_calls.flow,
        agent_claims.flow,
        agent_consent.flow,
        agent_person.flow,
        agent_summons.flow,
    ),
    home="menu.who",
    language="menu.language",
    stuck="menu.stuck",
    keywords=KEYWORDS,
)
