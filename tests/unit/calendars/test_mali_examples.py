"""The worked examples of Mali's schedule, through the command as operators use it."""

import json
from pathlib import Path

import pytest
from forecasting import run_forecast

EXAMPLES = json.loads((Path(__file__).parent / "mali_examples.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_the_worked_example_comes_out_as_written(example):
    result, [answer] = run_forecast(
        {key: example[key] for key in example.keys() - {"expected", "about"}}
    )

    assert result.exit_code == 0
    expected = example["expected"]
    for code, fields in expected.get("series", {}).items():
        assert fields.items() <= answer["series"][code].items()
    assert not set(expected.get("absent_series", ())) & answer["series"].keys()
    for fields, dose in zip(expected.get("doses", ()), answer["doses"], strict=False):
        assert fields.items() <= dose.items()
    wanted = expected.get("visits", [])
    assert answer["visits"][: len(wanted)] == wanted


def test_every_answer_says_that_the_schedule_is_not_confirmed():
    _, [answer] = run_forecast({"id": 1, "birth_date": "2025-03-10", "today": "2025-03-10"})

    assert "to be confirmed by the Centre National d'Immunisation" in answer["notice"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("{", "not JSON", id="not JSON"),
        pytest.param('{"id": NaN}', "NaN is no number", id="a number that JSON lacks"),
        pytest.param("[]", "must be a JSON object", id="not an object"),
        pytest.param({"today": "2025-01-01"}, "birth_date is missing", id="no birth date"),
        pytest.param(
            {"birth_date": "2025-02-30", "today": "2025-03-01"}, "date like", id="no such day"
        ),
        pytest.param(
            {"birth_date": "2025-02-03", "today": "2025-01-01"}, "after today", id="not born yet"
        ),
        pytest.param(
            {
                "birth_date": "2025-01-01",
                "today": "2025-03-01",
                "doses": [{"vaccine": "XYZ", "date": "2025-02-20"}],
            },
            "XYZ is not in the schedule",
            id="unknown vaccine",
        ),
        pytest.param(
            {
                "birth_date": "2025-01-01",
                "today": "2025-03-01",
                "doses": [{"vaccine": "BCG", "date": "2025-03-02"}],
            },
            "after today",
            id="dose of tomorrow",
        ),
        *(
            pytest.param(
                {"birth_date": day, "today": "2026-12-01"},
                "birth_date must be a date like 2026-05-12",
                id=f"birth on {day}",
            )
            for day in ("2026-W47-1", "20260131", "2026-02-30", "31/01/2026")
        ),
        pytest.param(
            {"birth_date": "2025-01-01", "today": "2025-03-01", "doses": 7}, "list", id="no list"
        ),
        pytest.param(
            {"birth_date": "2025-01-01", "today": "2025-03-01", "sex": "X"}, "F or M", id="sex"
        ),
        pytest.param(
            {"birth_date": "2025-01-01", "today": "2025-03-01", "schedule": "mars"},
            "schedule mars is not in the file",
            id="unknown schedule",
        ),
        pytest.param(
            {"birth_date": "9999-12-01", "today": "9999-12-31"}, "", id="end of the calendar"
        ),
    ],
)
def test_a_bad_line_is_answered_and_the_next_one_is_still_forecast(line, reason):
    good = {"id": "good", "birth_date": "2025-03-10", "today": "2025-04-16"}
    if isinstance(line, dict):
        line = {"id": "bad"} | line

    result, [bad, answer] = run_forecast(line, good)

    assert result.exit_code == 2
    assert bad["id"] == ("bad" if isinstance(line, dict) else None)
    assert reason in bad["error"]
    assert answer["visits"][0]["date"] == "2025-04-16"


def test_a_schedule_that_is_not_there_ends_with_one_sentence():
    result, answers = run_forecast({}, schedule="/nowhere/schedule.json")

    assert (result.exit_code, answers) == (2, [])
    assert "/nowhere/schedule.json cannot be read" in result.stderr


def test_a_letter_that_is_half_a_pair_comes_back_as_it_came():
    line = '{"id": "\\ud800", "birth_date": "2026-01-31", "today": "2026-02-03"}'

    result, answers = run_forecast(line, line)

    assert result.exit_code == 0
    assert [one["id"] for one in answers] == ["\ud800"] * 2
