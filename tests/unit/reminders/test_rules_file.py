"""The file of rules: what ships is right, and what is wrong is refused with its row."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from reminder_world import RULES_FILE

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.calendars.hours import Hours
from smsgateway.reminders.rulebook import shipped
from smsgateway.reminders.rules import Rule, window
from smsgateway.reminders.rules_file import RulesError, read_rules

SHIPPED = json.loads(RULES_FILE.read_text(encoding="utf-8"))
HOURS = Hours.parse("08:00-18:00")
THURSDAY = date(2026, 11, 26)


def test_the_shipped_rules_speak_three_and_one_days_before_and_two_and_seven_after():
    rules = shipped().of(CalendarKind.VACCINATION)

    assert [rule.offset_days for rule in rules] == [-3, -1, 2, 7]
    assert [rule.late_days for rule in rules] == [None, None, 14, 14]
    assert [rule.numbered for rule in rules] == [False, False, True, True]


def test_a_rule_that_is_switched_off_is_checked_and_not_in_force():
    assert shipped().find("growth_before_1") is None
    assert shipped().of(CalendarKind.GROWTH) == ()


def of(data, code):
    return next(rule for rule in data["rules"] if rule["code"] == code)


BROKEN = [
    (lambda data: data.update(format="x"), "format must be smsgateway-rules-1"),
    (lambda data: data.update(daily_cap=0), "daily_cap is 0: it must be from 1 to 10"),
    (lambda data: data.pop("version"), "file: version is missing"),
    (lambda data: data.update(version=""), "file: version must not be empty"),
    (lambda data: data.update(version=" "), "file: version must not be empty"),
    (lambda data: data.update(id=""), "file: id must not be empty"),
    (lambda data: data.update(rule=[]), "rule is not a key of this row"),
    (lambda data: data["rules"][0].update(offset=-3), "rules before_3: offset is not a key"),
    (lambda data: data["rules"][0].pop("template"), "rules before_3: template is missing"),
    (lambda data: data["rules"][0].update(template="rem_4d"), "rem_4d, which is not a message"),
    (lambda data: data["rules"][0].update(template="rem_1d"), "rem_1d says tomorrow"),
    (lambda data: data["rules"][0].update(on_eve="rem_3d"), "rem_3d does not say tomorrow"),
    (lambda data: data["rules"][0].update(calendar="dental"), "calendar is 'dental': write one of"),
    (lambda data: data["rules"][0].update(recipients=[]), "recipients must name somebody"),
    (lambda data: data["rules"][0].update(recipients=["aunt"]), "recipients is 'aunt'"),
    (lambda data: data["rules"][0].update({"class": "reply"}), "class must be reminder or notice"),
    (lambda data: data["rules"][0].update(offset_days=4000), "offset_days is 4000"),
    (lambda data: data["rules"][0].update(at="8 h"), "at is '8 h'"),
    (lambda data: data["rules"][1].update(code="before_3"), "before_3 is that of another rule"),
    (lambda data: data["rules"][2].pop("late_days"), "rules missed_2: late_days is missing"),
    (lambda data: data["rules"][2].pop("responses"), "responses must be given if and only if"),
    (lambda data: data["rules"][2].update(responses=["problem"]), "responses must be all of"),
    (lambda data: data["rules"][3].update(unless=["maybe"]), "unless is 'maybe'"),
    (lambda data: of(data, "card_end").update(recipients=["mother"]), "must be household for"),
    (lambda data: of(data, "before_3").update(recipients=["household"]), "must be household for"),
    (
        lambda data: of(data, "card_end").update(template="rem_3d"),
        "must be cover_end or cover",
    ),
    (lambda data: of(data, "card_end").update(offset_days=-3), "offset_days must be 0 alone"),
    (lambda data: data["rules"].append(of(data, "card_end") | {"code": "x"}), "at most"),
    (lambda data: data["escalate_after_days"].update(dental=3), "dental is not a key"),
    (lambda data: data["escalate_after_days"].update(vaccination=-1), "vaccination is -1"),
]


@pytest.mark.parametrize(("spoil", "complaint"), BROKEN, ids=[text for _, text in BROKEN])
def test_a_wrong_file_is_refused_with_the_row_and_the_rule(spoil, complaint):
    data = copy.deepcopy(SHIPPED)
    spoil(data)

    with pytest.raises(RulesError, match=complaint):
        read_rules(data)


def rule(**values):
    values = {"code": "r", "calendar": CalendarKind.VACCINATION, "offset_days": -1} | values
    return Rule(template="rem_3d", **values)


@pytest.mark.parametrize(
    ("at", "hour"), [(None, 8), (time(10, 30), 10), (time(6), 8)], ids=["opening", "10:30", "6:00"]
)
def test_a_rule_speaks_at_its_time_and_never_before_sending_hours(at, hour):
    when = window(rule(at=at), THURSDAY, HOURS, ZoneInfo("Africa/Bamako"))

    assert when is not None
    assert (when.due_at.day, when.due_at.hour) == (25, hour)


def test_a_time_after_closing_waits_for_the_next_morning():
    when = window(rule(at=time(20)), THURSDAY, HOURS, ZoneInfo("Africa/Bamako"))

    assert when is not None
    assert when.due_at == datetime(2026, 11, 26, 8, tzinfo=UTC)


def test_a_time_that_comes_after_the_visit_is_no_time_at_all():
    assert window(rule(offset_days=0, at=time(19)), THURSDAY, HOURS, ZoneInfo("UTC")) is None
