"""What holds for every child, whatever its doses and whenever one looks."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.calendars.forecast import GivenDose, Status, forecast
from smsgateway.calendars.schedule import shipped, shipped_set

MALI = shipped("mali")
CYCLE = 146_097
"""Days of 400 years, after which the calendar repeats to the day of the week."""

births = st.dates(date(2025, 5, 1), date(2027, 12, 31))
codes = st.sampled_from(["BCG", "VPO", "PENTA", "PNEUMO", "ROTA", "VPI", "R21", "RR", "VAA", "MEN"])
records = st.lists(st.tuples(codes, st.integers(-10, 900)), max_size=14)
ages = st.integers(0, 1500)


def seen(born, doses, age, schedule=MALI):
    given_doses = [GivenDose(code, born + timedelta(days=when)) for code, when in doses]
    today = born + timedelta(days=age)
    return forecast(born, given_doses, schedule, today, sex="F", district="introduced")


def moved(day, days):
    return None if day is None else day + timedelta(days=days)


@settings(deadline=None, max_examples=60)
@given(births, records, ages)
def test_earliest_due_and_overdue_are_in_this_order(born, doses, age):
    for one in seen(born, doses, age).series.values():
        if one.due is not None:
            assert born <= one.earliest <= one.due < one.overdue
            assert one.latest is None or one.earliest <= one.latest


@settings(deadline=None, max_examples=60)
@given(births, records, codes, st.integers(0, 60), ages)
def test_a_dose_more_never_changes_what_was_said_of_those_before(born, doses, code, later, age):
    last = max([when for _, when in doses], default=0) + later
    age = max(age, last)
    before = seen(born, doses, age).doses

    assert seen(born, [*doses, (code, last)], age).doses[:-1] == before


@settings(deadline=None, max_examples=60)
@given(births, records, ages, st.integers(1, 400))
def test_a_series_is_resumed_and_never_begins_again(born, doses, age, later):
    """As time passes the next dose stays the same; only a birth dose is passed over."""
    doses = [(code, when) for code, when in doses if when <= age]
    now, then = seen(born, doses, age).series, seen(born, doses, age + later).series
    for code, one in now.items():
        if one.next_dose and then[code].next_dose:
            expected = {one.next_dose, 1} if one.next_dose == 0 else {one.next_dose}
            assert then[code].next_dose in expected
        if one.status is Status.COMPLETE:
            assert then[code].status is Status.COMPLETE


@settings(deadline=None, max_examples=60)
@given(births, records, ages, st.integers(1, 200))
def test_nothing_moves_until_something_is_due_or_too_late(born, doses, age, later):
    doses = [(code, when) for code, when in doses if when <= age]
    now = seen(born, doses, age).series
    today = born + timedelta(days=age)
    changes = [day for one in now.values() for day in (one.due, one.latest) if day is not None]
    quiet = all(not today <= day < today + timedelta(days=later) for day in changes)
    if quiet and all(one.status is not Status.DUE for one in now.values()):
        then = seen(born, doses, age + later).series
        for code, one in now.items():
            if one.status is Status.NOT_DUE:
                assert (then[code].next_dose, then[code].due) == (one.next_dose, one.due)


@settings(deadline=None, max_examples=60)
@given(births, records, ages)
def test_children_born_400_years_apart_are_treated_alike(born, doses, age):
    here, there = seen(born, doses, age), seen(born + timedelta(days=CYCLE), doses, age)

    assert [one.reason for one in here.doses] == [one.reason for one in there.doses]
    assert here.series.keys() == there.series.keys()
    for code, one in here.series.items():
        other = there.series[code]
        assert (one.status, one.dose) == (other.status, other.dose)
        for name in ("earliest", "due", "overdue", "latest"):
            assert moved(getattr(one, name), CYCLE) == getattr(other, name)


@settings(deadline=None, max_examples=60)
@given(births, records, st.integers(0, 300), st.integers(1, 40))
def test_rules_in_weeks_move_with_the_birth_day_by_day(born, doses, age, shift):
    """Rotavirus and pentavalent vaccine under 300 days of age know weeks alone."""
    doses = [(code, when) for code, when in doses if code in {"PENTA", "ROTA"}]
    here, there = seen(born, doses, age), seen(born + timedelta(days=shift), doses, age)

    for code in ("PENTA", "ROTA"):
        one, other = here.series[code], there.series[code]
        assert moved(one.due, shift) == other.due
        assert (one.status, one.dose) == (other.status, other.dose)


@pytest.mark.parametrize("table", sorted(shipped_set("who").ids()))
@settings(deadline=None, max_examples=20)
@given(data=st.data(), born=births, age=ages)
def test_whos_tables_count_every_dose_from_birth_on_a_day_of_its_own(table, data, born, age):
    schedule = shipped_set("who").pick(table)
    series = data.draw(st.sampled_from(schedule.series))
    days = data.draw(st.lists(st.integers(0, age), unique=True, max_size=5))

    result = seen(born, [(series.code, when) for when in days], age, schedule)

    rows = len(series.doses)
    reasons = {one.reason for one in result.doses if not one.valid}
    assert sum(one.valid for one in result.doses) <= min(rows, len(days))
    assert reasons <= {"extra"}
