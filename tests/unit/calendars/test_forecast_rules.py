"""The rules of the forecast on Mali's schedule, each at its edge."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.calendars.course import UnknownVaccine
from smsgateway.calendars.dates import Interval, add
from smsgateway.calendars.forecast import GivenDose, Status, forecast
from smsgateway.calendars.schedule import shipped
from smsgateway.calendars.visits import visits

MALI = shipped("mali")
BORN = date(2025, 3, 10)


def day(offset):
    return BORN + timedelta(days=offset)


def seen(*doses, today, born=BORN, **scope):
    """The forecast; a dose is a name and a day, or days since birth."""
    given_doses = [
        GivenDose(name, day(when) if isinstance(when, int) else when) for name, when in doses
    ]
    return forecast(born, given_doses, MALI, today, **scope)


def judged(*doses, today=date(2026, 11, 1)):
    return [(one.valid, one.reason) for one in seen(*doses, today=today).doses]


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        pytest.param([("PENTA1", 37)], [(False, "too_young")], id="5 days too early"),
        pytest.param([("PENTA1", 38)], [(True, None)], id="4 days early are forgiven"),
        pytest.param(
            [("PENTA1", 60), ("PENTA2", 83)],
            [(True, None), (False, "too_soon")],
            id="23 days after",
        ),
        pytest.param(
            [("PENTA1", 60), ("PENTA2", 84)], [(True, None), (True, None)], id="24 days after"
        ),
        pytest.param(
            [("PENTA1", 30), ("PENTA1", 50)],
            [(False, "too_young"), (False, "too_soon")],
            id="repeated 20 days after one that did not count",
        ),
        pytest.param(
            [("PENTA1", 30), ("PENTA1", 58)],
            [(False, "too_young"), (True, None)],
            id="repeated after the interval",
        ),
        pytest.param(
            [("RR1", 280), ("VAA", 307)],
            [(True, None), (False, "live_conflict")],
            id="live vaccines 27 days apart, without grace",
        ),
        pytest.param(
            [("RR1", 280), ("VAA", 308)], [(True, None), (True, None)], id="28 days apart"
        ),
        pytest.param([("RR1", 280), ("VAA", 280)], [(True, None), (True, None)], id="same day"),
        pytest.param(
            [("VPO1", 50), ("ROTA1", 51)], [(True, None), (True, None)], id="oral ones need no gap"
        ),
        pytest.param([("BCG", 366)], [(False, "too_old")], id="BCG after a year"),
        pytest.param([("VPO0", 20)], [(False, "too_old")], id="birth dose on day 20"),
        pytest.param([("VPO", 20)], [(False, "too_young")], id="unnumbered polio on day 20"),
        pytest.param(
            [("VAA", 280), ("VAA", 400)], [(True, None), (False, "extra")], id="one dose for life"
        ),
        pytest.param([("VPI1", 100), ("VPI2", 300)], [(True, None), (False, "extra")],
                     id="a row that is switched off"),
        pytest.param([("HEPB0", 0)], [(False, "extra")], id="a series that is switched off"),
        pytest.param([("penta", 50)], [(True, None)], id="small letters"),
    ],
)  # fmt: skip
def test_a_dose_given_is_judged(doses, expected):
    assert judged(*doses) == expected


def test_the_judgements_come_in_the_order_of_the_record():
    doses = [("PENTA2", 90), ("PENTA1", 50)]

    assert [one.dose for one in seen(*doses, today=day(100)).doses] == ["PENTA2", "PENTA1"]


def test_a_number_out_of_order_is_a_remark_and_not_an_error():
    [one] = seen(("PENTA3", 50), today=day(60)).doses

    assert (one.valid, one.dose) == (True, "PENTA1")
    assert one.remark == "recorded as PENTA3, counts as PENTA1"


def test_the_old_name_of_measles_vaccine_counts():
    result = seen(("VAR1", 280), today=day(300))

    assert result.doses[0].dose == "RR1"
    assert result.series["RR"].next_dose == 2


def test_a_dose_of_tomorrow_is_not_given_yet():
    assert seen(("PENTA1", 60), today=day(50)).series["PENTA"].next_dose == 1


def test_a_vaccine_that_nobody_knows_is_an_error():
    with pytest.raises(UnknownVaccine, match="XYZ"):
        seen(("XYZ", 60), today=day(70))


@pytest.mark.parametrize(
    ("today", "status"),
    [(41, Status.NOT_DUE), (42, Status.DUE), (69, Status.DUE), (70, Status.OVERDUE)],
)
def test_a_dose_is_due_from_its_day_and_overdue_28_days_later(today, status):
    penta = seen(today=day(today)).series["PENTA"]

    assert penta.status is status
    assert (penta.due, penta.overdue) == (day(42), day(70))
    assert penta.latest == date(2030, 3, 9)


@pytest.mark.parametrize(
    ("today", "status"),
    [(date(2026, 3, 9), Status.OVERDUE), (date(2026, 3, 10), Status.AGED_OUT)],
)
def test_bcg_ages_out_on_the_first_birthday(today, status):
    assert seen(today=today).series["BCG"].status is status


def test_a_dose_after_the_routine_window_is_a_catch_up():
    assert not seen(today=date(2026, 3, 9)).series["PENTA"].catch_up
    assert seen(today=date(2026, 3, 10)).series["PENTA"].catch_up


def test_penta_begun_late_keeps_six_months_before_the_third_dose():
    begun = add(BORN, Interval(12, "month"))
    late = seen(("PENTA1", begun), ("PENTA2", begun + timedelta(days=28)), today=date(2026, 6, 1))
    early = seen(
        ("PENTA1", begun - timedelta(days=1)),
        ("PENTA2", begun + timedelta(days=27)),
        today=date(2026, 6, 1),
    )

    assert late.series["PENTA"].due == date(2026, 10, 7)
    assert early.series["PENTA"].due == begun + timedelta(days=55)


@pytest.mark.parametrize(
    ("months", "doses", "interval"), [(11, 3, 28), (12, 2, 56), (23, 2, 56), (24, 1, None)]
)
def test_pneumo_begun_late_needs_fewer_doses(months, doses, interval):
    begun = add(BORN, Interval(months, "month"))
    result = seen(("PNEUMO1", begun), today=begun).series["PNEUMO"]

    if doses == 1:
        assert result.status is Status.COMPLETE
    else:
        assert result.due == begun + timedelta(days=interval)
        second = seen(("PNEUMO", begun), ("PNEUMO", result.due), today=result.due)
        complete = second.series["PNEUMO"].status is Status.COMPLETE
        assert complete == (doses == 2)


def test_vpi_comes_with_the_first_oral_dose_when_that_is_late():
    """3 months are 92 days here; 14 weeks are 98."""
    on_time = seen(("VPO1", 92), today=day(93)).series["VPI"]
    late = seen(("VPO1", 94), today=day(95)).series["VPI"]

    assert (on_time.due, on_time.status) == (day(98), Status.NOT_DUE)
    assert (late.due, late.status) == (day(94), Status.DUE)


def test_the_polio_birth_dose_is_passed_over_from_day_14():
    assert seen(today=day(13)).series["VPO"].dose == "VPO0"
    assert seen(today=day(14)).series["VPO"].dose == "VPO1"


def test_rotavirus_is_not_given_after_24_months():
    assert seen(today=date(2027, 3, 9)).series["ROTA"].status is Status.OVERDUE
    assert seen(today=date(2027, 3, 10)).series["ROTA"].status is Status.AGED_OUT


R21 = [("R21_1", date(2025, 8, 10)), ("R21_2", date(2025, 9, 10)), ("R21_3", date(2025, 10, 10))]


@pytest.mark.parametrize(
    ("today", "due", "status"),
    [
        pytest.param(date(2025, 11, 1), date(2026, 5, 1), Status.NOT_DUE, id="before the season"),
        pytest.param(date(2026, 5, 10), date(2026, 5, 1), Status.DUE, id="in the season"),
        pytest.param(date(2026, 6, 30), date(2026, 5, 1), Status.OVERDUE, id="its last day"),
        pytest.param(date(2026, 7, 1), date(2027, 5, 1), Status.NOT_DUE, id="missed: the next"),
    ],
)
def test_the_fourth_dose_against_malaria_waits_for_its_season(today, due, status):
    result = seen(*R21, today=today, district="Kalaban-Coro").series["R21"]

    assert (result.next_dose, result.due, result.status) == (4, due, status)


@pytest.mark.parametrize(
    ("scope", "series", "there"),
    [
        ({"district": "introduced"}, "R21", True),
        ({"district": "KALABAN-CORO"}, "R21", True),
        ({"district": "Ailleurs"}, "R21", False),
        ({}, "R21", False),
        ({"sex": "F"}, "HPV", True),
        ({"sex": "M"}, "HPV", False),
        ({}, "HPV", False),
        ({"sex": "F"}, "TD", False),
        ({"sex": "F", "observations": {"pregnant": True}}, "TD", True),
    ],
)
def test_a_series_exists_for_those_it_is_meant_for(scope, series, there):
    assert (series in seen(today=day(100), **scope).series) is there


def test_a_series_exists_once_it_has_been_introduced():
    """A child due in May 2024 is not called for what begins in July; one due in December is."""
    before = date(2024, 6, 1)

    assert "RR" not in seen(born=date(2023, 8, 1), today=before).series
    assert seen(born=date(2024, 3, 1), today=before).series["RR"].due == date(2024, 12, 1)
    assert "RR" in seen(born=date(2023, 8, 1), today=date(2024, 7, 26)).series


days_given = st.lists(
    st.tuples(
        st.sampled_from(["PENTA", "VPO", "PNEUMO", "ROTA", "VPI", "RR", "VAA", "MEN", "BCG"]),
        st.integers(min_value=-5, max_value=900),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(doses=days_given, today=st.integers(min_value=0, max_value=1000))
def test_dates_are_always_in_order_and_visits_can_always_be_kept(doses, today):
    result = seen(*doses, today=day(today), sex="F", district="introduced")

    for one in result.series.values():
        if one.due is not None:
            assert one.earliest <= one.due
            assert one.latest is None or one.earliest <= one.latest
            assert one.status is (
                Status.NOT_DUE
                if day(today) < one.due
                else Status.DUE
                if day(today) < one.overdue
                else Status.OVERDUE
            )
    planned = visits(result, day(today), session_days={1, 3})
    codes = [code for visit in planned for code in visit.doses]
    assert len(codes) == len(set(codes))
    assert [visit.date for visit in planned] == sorted({visit.date for visit in planned})
    dated = {one.dose: one for one in result.series.values() if one.due is not None}
    for visit in planned:
        assert visit.date >= day(today)
        assert visit.date.weekday() in {1, 3}
        for code in visit.doses:
            assert dated[code].earliest <= visit.date
            assert dated[code].latest is None or visit.date <= dated[code].latest


@settings(deadline=None)
@given(doses=days_given, today=st.integers(min_value=0, max_value=1000))
def test_the_order_of_the_record_does_not_matter(doses, today):
    there = seen(*doses, today=day(today)).series
    back = seen(*reversed(doses), today=day(today)).series

    assert there == back


@settings(deadline=None)
@given(doses=days_given)
def test_recording_what_is_due_never_leads_backwards(doses):
    """Giving a dose on a day on which it counts moves its series on."""
    now = day(950)
    before = seen(*doses, today=now)
    for code, one in before.series.items():
        if one.due is not None and one.earliest <= now:
            after = seen(*doses, (code, now), today=now).series[code]
            assert after.status is Status.COMPLETE or after.next_dose > one.next_dose
