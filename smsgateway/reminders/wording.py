"""From reminders to messages: one for each family, day and health centre."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.reminder_templates import SEVERAL_DAYS, family_template
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.reminders.due import Due
from smsgateway.reminders.rules import Rule, Rulebook
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.dates import spoken_day
from smsgateway.text.orthography import fold
from smsgateway.text.placeholders import Value
from smsgateway.text.routes import Routes
from smsgateway.text.segments import measure
from smsgateway.text.templates import Template, render


@dataclass(frozen=True, slots=True)
class Family:
    """Reminders that become one message: same phone, same health centre, same wording.

    `several_days` tells that the children are expected on different days, each of which is said.
    """

    reminders: tuple[Due, ...]
    rule: Rule
    several_days: bool = False

    @property
    def first(self) -> Due:
        return self.reminders[0]

    @property
    def is_about_several(self) -> bool:
        return len({one.person_id for one in self.reminders}) > 1


def families(due: Sequence[Due], rules: Rulebook) -> list[Family]:
    """Merge what is due for each phone, in the order of the visits' dates."""
    groups: dict[tuple[int, int, str, str | None], list[tuple[Due, Rule]]] = defaultdict(list)
    expected = _expected(due, rules)
    for one in due:
        rule = expected.get(_whom(one)) if one.calendar == CalendarKind.CAMPAIGN else None
        rule = rule or rules.find(one.rule)
        if rule is not None:
            key = (one.phone_id, one.facility_id, rule.template, rule.on_eve)
            groups[key].append((one, rule))
    merged = [family for group in groups.values() for family in _merge(group)]
    return sorted(merged, key=lambda one: (one.first.visit_date, one.first.phone_id))


def _whom(one: Due) -> tuple[int, int, date]:
    return one.phone_id, one.person_id, one.visit_date


def _expected(due: Sequence[Due], rules: Rulebook) -> dict[tuple[int, int, date], Rule]:
    """The rules that call children to a vaccination session, by phone, child and day: whoever is
    expected at a campaign on the same day is told of both in one message."""
    return {
        _whom(one): rule
        for one in due
        if one.calendar == CalendarKind.VACCINATION and (rule := rules.find(one.rule))
    }


def _merge(group: Sequence[tuple[Due, Rule]]) -> Iterator[Family]:
    """One family where a single text can say it all, else one for each day."""
    ordered = sorted(group, key=lambda pair: (pair[0].visit_date, pair[0].person_id, pair[0].id))
    together = Family(tuple(one for one, _ in ordered), ordered[0][1])
    if len({one.visit_date for one, _ in ordered}) == 1 or not _says_day(together):
        yield together
    elif together.rule.template == "rem_3d" and _days(together):
        yield replace(together, several_days=True)
    else:
        for _, same in groupby(ordered, key=lambda pair: pair[0].visit_date):
            pairs = list(same)
            yield Family(tuple(one for one, _ in pairs), pairs[0][1])


def _says_day(family: Family) -> bool:
    return "date" in _template(family, eve=False).placeholders


def _template(family: Family, *, eve: bool) -> Template:
    """The message of a family's rule, for one child or for several."""
    if family.several_days:
        return SEVERAL_DAYS
    rule = family.rule
    name = rule.on_eve if eve and rule.on_eve is not None else rule.template
    several = family_template(name)
    return TEMPLATES[several if family.is_about_several and several in TEMPLATES else name]


def write(
    family: Family, catalogue: Catalogue, routes: Routes, now: datetime, today: date
) -> NewMessage:
    """The message for a family, in the words that are true today.

    Raises what `render` raises, such as MissingText.
    """
    first = family.first
    language = first.language or SOURCE
    template = _template(family, eve=(first.visit_date - today).days == 1)
    values: dict[str, Value | None] = {
        "child": first.first_name,
        "children": _children(family, template),
        "visits": _days(family) if family.several_days else None,
        "date": first.visit_date,
        "cscom": first.facility_name,
    }
    policy = routes.policy_for(first.msisdn, first.encoding)
    rendered = render(template, catalogue, language, values, policy, first.free_services)
    return NewMessage(
        dedupe_key=_dedupe_key(family, today),
        message_class=family.rule.message_class,
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


def _days(family: Family) -> str | None:
    """Each child with its day, or nothing when that does not fit or somebody has no name yet."""
    language = family.first.language or SOURCE
    if not all(one.first_name for one in family.reminders):
        return None
    said = (f"{one.first_name} {spoken_day(one.visit_date, language)}" for one in family.reminders)
    words = ", ".join(dict.fromkeys(said))
    room = SEVERAL_DAYS.placeholders["visits"].maximum
    return words if measure(fold(words, SEVERAL_DAYS.policy)).units <= room else None


def _children(family: Family, template: Template) -> str | None:
    """The first names, or nothing when they do not all fit: a name that is cut off is a child who
    stays at home. The template then says "your children"."""
    place = template.placeholders.get("children")
    if place is None or not all(one.first_name for one in family.reminders):
        return None
    names = ", ".join(dict.fromkeys(one.first_name for one in family.reminders))
    return names if measure(fold(names, template.policy)).units <= place.maximum else None


def _dedupe_key(family: Family, today: date) -> str:
    """What the message tells, to whom and on which day: the same is never sent twice, whatever
    becomes of the visits."""
    first = family.first
    told = sorted({f"{o.calendar}{o.person_id}/{o.visit_date}" for o in family.reminders})
    digest = hashlib.sha256("-".join(told).encode()).hexdigest()[:16]
    return f"reminder:{first.phone_id}:{first.visit_date:%Y%m%d}:{today:%Y%m%d}:{digest}"
