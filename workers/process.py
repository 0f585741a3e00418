"""What a worker process holds: the service, built once, and the way to tell a job to stop.

RQ calls jobs by name and gives them ids alone, so what they work with is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from threading import Event

from smsgateway.aggregators.registry import aggregators_of
from smsgateway.composition import load_application
from smsgateway.messaging.answers import Contact
from smsgateway.messaging.bell import Bell
from smsgateway.messaging.hours import SendingHours
from smsgateway.messaging.inbound import Inbox
from smsgateway.messaging.pace import Pace
from smsgateway.messaging.port import Capabilities
from smsgateway.messaging.sender import Sender
from smsgateway.reminders.responses import NumberedReminders
from smsgateway.service import Service
from smsgateway.sessions.by_sms import SmsDialogues
from smsgateway.sessions.handlers import HANDLERS


@dataclass(frozen=True)
class Process:
    """The parts of this process; `senders` by channel, each with its connections."""

    service: Service
    stopping: Event
    bell: Bell
    senders: dict[str, Sender] = field(default_factory=dict)

    @cached_property
    def inbox(self) -> Inbox:
        """What answers inbound SMS; the dialogues are loaded when the first one comes."""
        service = self.service
        application = load_application(service.settings.flows)
        routes = service.settings.encoding_policies
        numbered = NumberedReminders(service.catalogue, routes)
        return Inbox(
            service.database,
            service.catalogue,
            Contact.of(service.settings),
            routes=routes,
            dialogues=SmsDialogues(service, application, HANDLERS, numbered),
            responses=numbered,
        )


_held: Process | None = None


class NotHeld(RuntimeError):
    """A job runs in a process that `run_worker` has not prepared."""


def hold(service: Service, stopping: Event) -> Process:
    """Prepare this process for jobs. `stopping` ends a long job early."""
    global _held
    settings = service.settings
    hours = SendingHours(settings.sending_hours, settings.timezone)
    senders = {
        channel: Sender(
            service.database,
            gateway,
            service.clock,
            hours,
            channel,
            stopping,
            pace_of(service, channel, gateway.capabilities),
            settings.fallbacks.get(channel),
        )
        for channel, gateway in aggregators_of(settings).items()
    }
    _held = Process(service, stopping, Bell(service.redis), senders)
    return _held


def pace_of(service: Service, channel: str, can: Capabilities) -> Pace:
    """The pace that the settings give a channel, else what its gateway names."""
    rate = service.settings.segments_per_second.get(channel, can.most_per_second)
    return Pace(channel, rate, service.redis)


def current() -> Process:
    """What this process holds. Raises NotHeld."""
    if _held is None:
        raise NotHeld("Jobs run under `smsgateway worker` alone.")
    return _held
