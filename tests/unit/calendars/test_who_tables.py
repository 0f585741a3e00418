"""The engine expresses the decision tables of WHO: the given cases, and the edges of the rules."""

import json
from datetime import date
from pathlib import Path

import pytest
from forecasting import run_forecast

from smsgateway.calendars.forecast import GivenDose, Status, forecast
from smsgateway.calendars.schedule import shipped_set

CASES = json.loads((Path(__file__).parent / "who_cases.json").read_text(encoding="utf-8"))
TODAY = date(2025, 6, 15)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_case_comes_out_as_who_expects(case):
    """Our overdue is WHO's due; our aged out is WHO's not due or complete."""
    line = {key: case[key] for key in case.keys() - {"expected", "table"}}

    result, [answer] = run_forecast(line | {"schedule": case["table"]}, schedule="who")

    assert result.exit_code == 0
    for code, expected in case["expected"].items():
        series = answer["series"][code]
        allowed = {"overdue": {"due"}, "aged_out": {"not_due", "complete"}}
        assert expected["status"] in allowed.get(series["status"], {series["status"]})
        if "due" in expected:
            assert series["due"] == expected["due"]


def status(table, birth_date, doses=(), **observations):
    schedule = shipped_set("who").pick(table)
    given = [GivenDose(vaccine, date.fromisoformat(day)) for vaccine, day in doses]
    seen = forecast(
        date.fromisoformat(birth_date), given, schedule, TODAY, observations=observations
    )
    return {code: one.status for code, one in seen.series.items()}


@pytest.mark.parametrize(
    ("birth_date", "observations", "expected"),
    [
        pytest.param("2025-05-18", {}, Status.DUE, id="28 days"),
        pytest.param("2025-05-17", {}, Status.FURTHER_EVALUATION, id="29 days, no test"),
        pytest.param("2025-01-01", {"tb_test": "negative"}, Status.DUE, id="test negative"),
        pytest.param("2025-01-01", {"tb_test": "positive"}, Status.NOT_DUE, id="test positive"),
        pytest.param("2025-06-10", {"hiv": "positive"}, Status.NOT_DUE, id="hiv without art"),
        pytest.param(
            "2025-06-10",
            {
                "hiv": "positive",
                "art": True,
                "immunologically_stable": True,
                "clinically_well": False,
            },
            Status.NOT_DUE,
            id="hiv and not well",
        ),
        pytest.param(
            "2025-06-10",
            {"hiv": "positive", "art": 1, "immunologically_stable": True},
            Status.NOT_DUE,
            id="a number is not true",
        ),
    ],
)
def test_bcg_depends_on_age_and_observations(birth_date, observations, expected):
    assert status("bcg", birth_date, **observations)["BCG"] is expected


@pytest.mark.parametrize(
    ("table", "series", "birth_date", "expected"),
    [
        pytest.param("opv-birth", "OPV0", "2025-06-09", Status.DUE, id="OPV0 on day 6"),
        pytest.param("opv-birth", "OPV0", "2025-06-08", Status.AGED_OUT, id="OPV0 on day 7"),
        pytest.param("hepb-birth", "HEPB0", "2025-06-15", Status.DUE, id="HEPB0 at birth"),
        pytest.param("hepb-birth", "HEPB0", "2025-06-13", Status.AGED_OUT, id="HEPB0 on day 2"),
        pytest.param("hib-3", "HIB", "2020-06-15", Status.DUE, id="Hib at 5 years"),
        pytest.param("hib-3", "HIB", "2020-06-14", Status.AGED_OUT, id="Hib over 5 years"),
        pytest.param("rota", "ROTA", "2023-06-16", Status.DUE, id="rota before 24 months"),
        pytest.param("rota", "ROTA", "2023-06-14", Status.AGED_OUT, id="rota after 24 months"),
    ],
)
def test_a_dose_is_not_due_after_its_last_age(table, series, birth_date, expected):
    assert status(table, birth_date)[series] is expected


@pytest.mark.parametrize(
    ("table", "series", "birth_date", "doses", "observations"),
    [
        pytest.param("rota", "ROTA", "2025-01-01", ["2025-02-12", "2025-03-12"],
                     {"doses_in_series": 2}, id="rota of two doses"),
        pytest.param("hib-3", "HIB", "2023-06-15", ["2024-06-15"], {}, id="Hib begun at 1 year"),
        pytest.param("pcv-3", "PCV", "2023-01-15", ["2025-01-15"], {}, id="PCV begun at 2 years"),
        pytest.param("pcv-3", "PCV", "2023-01-15", ["2025-01-14", "2025-03-11"], {},
                     id="PCV begun before 2 years"),
    ],
)  # fmt: skip
def test_a_late_or_short_series_is_complete_with_fewer_doses(
    table, series, birth_date, doses, observations
):
    given = [(series, day) for day in doses]

    assert status(table, birth_date, given, **observations)[series] is Status.COMPLETE


def test_boosters_wait_for_the_primary_series():
    seen = status("dtp-on-time", "2022-06-15", [("DTP", "2022-07-27")])

    assert seen["TD_BOOSTER"] is Status.NOT_DUE
    assert seen["PERTUSSIS_BOOSTER"] is Status.NOT_DUE


def test_a_live_vaccine_delays_every_dose_of_rotavirus():
    """The decision table asks for four weeks without a live vaccine before each dose."""
    schedule = shipped_set("who").pick("rota")
    given = [
        GivenDose("ROTA", date(2025, 5, 10)),
        GivenDose("LIVE_INFLUENZA", date(2025, 6, 1)),
    ]

    seen = forecast(date(2025, 3, 1), given, schedule, TODAY)

    assert seen.series["ROTA"].due == date(2025, 6, 29)
