"""From reminders to messages: one for each family, day and health centre."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.reminders.due import Due
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.orthography import fold
from smsgateway.text.placeholders import Value
from smsgateway.text.routes import Routes
from smsgateway.text.segments import measure
from smsgateway.text.templates import Template, render

EVE = {False: "rem_1d", True: "rem_1d_family"}
"""Templates that say "tomorrow", for one child and for several."""

ANY_DAY = {False: "rem_3d", True: "rem_3d_family"}
"""Templates that say the date alone."""


@dataclass(frozen=True, slots=True)
class Family:
    """Reminders that become one message: same phone, same day, same health centre."""

    reminders: tuple[Due, ...]

    @property
    def first(self) -> Due:
        return self.reminders[0]


def families(due: Sequence[Due]) -> list[Family]:
    """Merge what is due for each phone, in the order of the visits' dates."""

    def key(one: Due) -> tuple[date, int, int]:
        return one.visit_date, one.phone_id, one.facility_id

    return [Family(tuple(group)) for _, group in groupby(sorted(due, key=key), key=key)]


def write(
    family: Family, catalogue: Catalogue, routes: Routes, now: datetime, today: date
) -> NewMessage:
    """The message for a family, in the words that are true today.

    Raises what `render` raises, such as MissingText.
    """
    first = family.first
    language = first.language or SOURCE
    several = len({one.person_id for one in family.reminders}) > 1
    eve = (first.visit_date - today).days == 1
    template = TEMPLATES[(EVE if eve else ANY_DAY)[several]]
    values: dict[str, Value | None] = {
        "child": first.first_name,
        "children": _children(family, template) if several else None,
        "date": first.visit_date,
        "cscom": first.facility_name,
    }
    policy = routes.policy_for(first.msisdn, first.encoding)
    rendered = render(template, catalogue, language, values, policy, first.free_services)
    return NewMessage(
        dedupe_key=_dedupe_key(family, today),
        message_class=MessageClass.REMINDER,
        phone_id=first.phone_id,
        msisdn=first.msisdn,
        language=language,
        template=template.id,
        body=rendered.body,
        encoding=rendered.encoding,
        segments=rendered.segments,
        due_at=now,
        expires_at=min(one.expires_at for one in family.reminders),
        facility_id=first.facility_id,
    )


def _children(family: Family, template: Template) -> str | None:
    """The first names, or nothing when they do not all fit: a name that is cut off is a child who
    stays at home. The template then says "your children"."""
    names = ", ".join(dict.fromkeys(one.first_name for one in family.reminders))
    room = template.placeholders["children"].maximum
    return names if measure(fold(names, template.policy)).units <= room else None


def _dedupe_key(family: Family, today: date) -> str:
    """What the message tells, to whom and on which day: the same is never sent twice, whatever
    becomes of the visits."""
    first = family.first
    people = "-".join(str(one) for one in sorted({one.person_id for one in family.reminders}))
    digest = hashlib.sha256(people.encode()).hexdigest()[:16]
    return f"reminder:{first.phone_id}:{first.visit_date:%Y%m%d}:{today:%Y%m%d}:{digest}"
