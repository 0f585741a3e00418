"""What the service says to an SMS: a sentence, and how to reach more where there is more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smsgateway.messaging.templates import TEMPLATES
from smsgateway.settings import Settings
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.orthography import Policy
from smsgateway.text.segments import measure
from smsgateway.text.templates import Rendered, render


class Answer(StrEnum):
    """Template ids of the answers."""

    STOPPED = "optout_ok"
    STARTED = "optin_ok"
    LANGUAGE = "lang_changed"
    HELP = "help_sms"
    NOT_UNDERSTOOD = "sms_unknown"


_TELLS_OF_MENU = {Answer.HELP, Answer.NOT_UNDERSTOOD}
_TELLS_OF_PHONE = {Answer.HELP}


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the service beside SMS; None where there is no such way."""

    ussd: str | None = None
    phone: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Contact:
        codes = settings.ussd_service_codes
        return cls(codes[0] if codes else None, settings.help_phone or None)


def write(
    answer: Answer,
    catalogue: Catalogue,
    language: str,
    contact: Contact,
    policy: Policy | None = None,
) -> Rendered:
    """The answer in one language, with the menu and the telephone that there are."""
    values = {"ussd": contact.ussd, "phone": contact.phone}
    ids: list[str] = [answer]
    if contact.ussd and answer in _TELLS_OF_MENU:
        ids.append("more_menu")
    if contact.phone and answer in _TELLS_OF_PHONE:
        ids.append("more_phone")
    body = " ".join(render(TEMPLATES[one], catalogue, language, values, policy).body for one in ids)
    encoding, _, segments = measure(body)
    return Rendered(body, encoding, segments)
