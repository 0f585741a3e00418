"""Calendars that count from an event: their days as they ship, and files that are wrong."""

import copy
import re
from datetime import date, timedelta

import pytest

from smsgateway.calendars.contact_file import ScheduleError, read_contacts, shipped
from smsgateway.calendars.contacts import AnchorEvent, CalendarKind, DueContact
from smsgateway.calendars.forecast import GivenDose, forecast
from smsgateway.calendars.schedule import shipped as schedule
from smsgateway.calendars.visits import Visit, due_doses, group

BORN = date(2025, 3, 10)


def days_after(calendar_id, since=BORN):
    return [
        (one.code, (one.window_start - BORN).days, (one.date - BORN).days,
         (one.window_end - BORN).days)
        for one in shipped().pick(calendar_id).due(BORN, since)
    ]  # fmt: skip


def test_postnatal_contacts_are_those_of_who():
    assert days_after("postnatal") == [
        ("CPON1", 0, 0, 1),
        ("CPON2", 2, 3, 3),
        ("CPON3", 7, 10, 14),
        ("CPON4", 38, 42, 45),
    ]


def test_a_mother_registered_late_is_called_for_what_is_still_open():
    codes = [code for code, *_ in days_after("postnatal", BORN + timedelta(days=12))]

    assert codes == ["CPON3", "CPON4"]


def test_week_six_and_the_first_pentavalent_dose_are_one_visit():
    today = BORN + timedelta(days=30)
    given = [GivenDose("BCG", BORN), GivenDose("VPO0", BORN)]
    doses = due_doses(forecast(BORN, given, schedule(), today))
    mother = shipped().pick("postnatal").due(BORN, today)

    first, *_ = group([*doses, *mother], today)

    assert first == Visit(date(2025, 4, 21), ("CPON4", "PENTA1", "PNEUMO1", "ROTA1", "VPO1"))


def test_growth_is_followed_monthly_then_every_two_and_three_months():
    growth = shipped().pick("growth")
    months = [int(row.code.removeprefix("CPE")) for row in growth.contacts]

    assert months == [*range(12), *range(12, 24, 2), *range(24, 60, 3)]
    due = growth.due(date(2025, 1, 31), date(2025, 1, 31))
    assert due[1].date == date(2025, 3, 1)
    assert due[1].window_end == date(2025, 3, 30)
    assert due[-1].window_end == date(2029, 12, 31)


def test_what_nobody_has_confirmed_is_switched_off_and_says_so():
    for one in shipped().calendars.values():
        assert one.active == (one.confidence != "low")
        if not one.active:
            assert "to be confirmed" in one.notice
    assert shipped().active(CalendarKind.GROWTH) == []
    assert shipped().active(CalendarKind.POST_DOSE) == []


def test_an_injection_is_followed_after_two_days_and_drops_are_not():
    check = shipped().pick("post-dose")

    assert check.anchor is AnchorEvent.DOSE
    assert "PENTA" in check.vaccines
    assert not check.vaccines & {"VPO", "ROTA"}
    assert [one.date - BORN for one in check.due(BORN, BORN)] == [timedelta(days=2)]


@pytest.mark.parametrize(
    ("calendar_id", "days"), [("card-end", [-60, -30, -7]), ("contributions-end", [-7, -1])]
)
def test_the_end_of_a_coverage_is_announced_before_it(calendar_id, days):
    end = date(2026, 12, 31)
    notices = shipped().pick(calendar_id).due(end, date(2026, 1, 1))

    assert [(one.date - end).days for one in notices] == days
    assert notices[-1].window_end == end
    assert shipped().pick(calendar_id).due(end, end + timedelta(days=1)) == []


def test_contacts_of_any_calendar_become_visits_on_open_days():
    """A Saturday that is closed, and a contact whose window ends before the next open day."""
    saturday = date(2026, 11, 21)
    day = timedelta(days=1)
    contacts = [
        DueContact("SHORT", saturday, saturday, saturday),
        DueContact("LONG", saturday, saturday + 5 * day, saturday),
    ]

    assert group(contacts, saturday, closed={saturday}) == [Visit(saturday + day, ("LONG",))]


def test_a_campaign_calls_the_children_of_its_age_for_each_round():
    sian = shipped().campaigns["SIAN"]
    days = [date(2026, 8, 12), date(2026, 8, 10), date(2026, 12, 1)]
    rounds = [
        DueContact("SIAN260810", date(2026, 8, 10), date(2026, 8, 12), date(2026, 8, 10)),
        DueContact("SIAN261201", date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 1)),
    ]

    assert sian.due(date(2025, 1, 1), days) == rounds
    assert sian.due(date(2026, 2, 11), days) == rounds[1:]
    assert sian.due(date(2021, 8, 11), days) == rounds[:1]
    assert sian.due(date(2021, 8, 10), days) == []


def test_rounds_of_malaria_chemoprevention_are_a_month_apart():
    cps = shipped().campaigns["CPS-PALU"]
    first = date(2026, 7, 15)
    days = [first + timedelta(days=28 * n + d) for n in range(4) for d in range(4)]

    assert [one.date for one in cps.due(date(2025, 1, 1), days)] == [
        first + timedelta(days=28 * n) for n in range(4)
    ]


def test_an_extra_session_calls_nobody_by_itself():
    assert shipped().campaigns["SEANCE"].due(BORN, [BORN]) == []
    assert shipped().campaigns["SEANCE"].vaccinates


SMALL = {
    "format": "smsgateway-contacts-1",
    "version": "1",
    "calendars": [
        {
            "id": "a",
            "kind": "antenatal",
            "anchor": "lmp",
            "contacts": [
                {"code": "A1", "at": "12 weeks"},
                {"code": "A2", "at": "20 weeks", "until": "22 weeks"},
            ],
        }
    ],
    "campaigns": [{"code": "C", "name": "C", "ages": {"from": "1 year"}, "vaccinates": False}],
}
A = ("calendars", 0)
CAMPAIGN = ("campaigns", 0)
FIRST, LAST = (*A, "contacts", 0), (*A, "contacts", 1)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "x", "file: format must be smsgateway-contacts-1."),
        (("colour",), "red", "file: colour is not a key of this row."),
        (("version",), None, "file: version is missing."),
        (("version",), "v" * 32, "file: version must have at most 31 letters."),
        ((*A, "kind"), "tea", "calendars a: kind must be one of vaccination, antenatal,"),
        ((*A, "kind"), None, "calendars a: kind is missing."),
        ((*A, "anchor"), "birthday", "calendars a: anchor must be one of lmp, delivery,"),
        ((*A, "active"), "no", "calendars a: active must be true or false."),
        ((*A, "confidence"), "low", "calendars a: active must be false while confidence is low."),
        ((*A, "contacts"), [], "calendars a: contacts must have at least one row."),
        ((*A, "week"), 12, "calendars a: week is not a key of this row."),
        ((*FIRST, "at"), "12", "contacts A1: at is '12': write a number and a unit"),
        ((*FIRST, "at"), None, "contacts A1: at is missing."),
        ((*FIRST, "code"), "A2", "contacts must have codes that differ."),
        ((*FIRST, "window"), "1 week", "contacts A1: window is not a key of this row."),
        ((*FIRST, "from"), "13 weeks", "A1 must have from, at and until in this order."),
        ((*FIRST, "at"), "21 weeks", "A1 must have from, at and until in this order."),
        ((*LAST, "until"), "19 weeks", "A2 must have from, at and until in this order."),
        ((*LAST, "until"), None, "contacts must say until when A2 can be held: it is the last."),
        ((*LAST, "every"), "1 week", "contacts A2: every needs from and until in the same unit."),
        ((*CAMPAIGN, "vaccinates"), None, "campaigns C: vaccinates is missing."),
        ((*CAMPAIGN, "ages"), {"to": "1 year"}, "campaigns C, ages: to is not a key of this row."),
        ((*CAMPAIGN, "days"), [], "campaigns C: days is not a key of this row."),
        (
            LAST,
            {"code": "A", "every": "1 day", "from": "0 days", "until": "999 days"},
            "contacts A: every must give at most 200 contacts.",
        ),
        (
            LAST,
            {"code": "A", "every": "0 days", "from": "0 days", "until": "9 days"},
            "contacts A: every must give at most 200 contacts.",
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_the_row_and_the_rule(path, value, message):
    data = copy.deepcopy(SMALL)
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(ScheduleError, match=re.escape(message)):
        read_contacts(data)


def test_two_calendars_of_one_id_are_refused():
    with pytest.raises(ScheduleError, match="has a twice"):
        read_contacts({**SMALL, "calendars": SMALL["calendars"] * 2})
    with pytest.raises(ScheduleError, match="has C twice"):
        read_contacts({**SMALL, "campaigns": SMALL["campaigns"] * 2})
