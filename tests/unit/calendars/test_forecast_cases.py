"""Cases worked out by hand from the rules: forecast_cases.jsonl for Mali's schedule and
who_more_cases.jsonl for WHO's tables, through the command.

A line is the input of `smsgateway forecast`, doses as [vaccine, date], with what is expected:
`judged` (true, or why not) for each dose, fields of `series`, series that are `absent`, and the
first `visits` as [date, codes]. Where no birth date is given it is Monday, 10 March 2025, and the
day of WHO's tables is 15 June 2025.
"""

import json
from pathlib import Path

import pytest
from forecasting import run_forecast

BORN, TODAY = "2025-03-10", "2025-06-15"
HERE = Path(__file__).parent


def cases(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


def answered(case, schedule):
    line = {"birth_date": BORN, "today": TODAY} | {
        key: case[key]
        for key in ("birth_date", "today", "sex", "district", "observations", "schedule")
        if key in case
    }
    line["doses"] = [{"vaccine": name, "date": day} for name, day in case.get("doses", ())]
    result, [answer] = run_forecast(line, schedule=schedule)
    assert result.exit_code == 0, answer
    return answer


def check(case, answer):
    for code, expected in case.get("series", {}).items():
        assert expected.items() <= answer["series"][code].items()
    assert not set(case.get("absent", ())) & answer["series"].keys()
    if "judged" in case:
        assert [one.get("reason", one["valid"]) for one in answer["doses"]] == case["judged"]
    visits = [[one["date"], " ".join(one["doses"])] for one in answer["visits"]]
    assert visits[: len(case.get("visits", ()))] == case.get("visits", [])


@pytest.mark.parametrize("case", cases("forecast_cases.jsonl"))
def test_malis_schedule_gives_what_its_rules_say(case):
    check(case, answered(case, "mali"))


@pytest.mark.parametrize("case", cases("who_more_cases.jsonl"))
def test_whos_tables_give_what_their_lines_say(case):
    check(case, answered(case, "who"))


def test_every_case_has_a_name_of_its_own_and_expects_something():
    for name in ("forecast_cases.jsonl", "who_more_cases.jsonl"):
        all_cases = [param.values[0] for param in cases(name)]
        assert len({case["id"] for case in all_cases}) == len(all_cases)
        for case in all_cases:
            assert case.keys() & {"judged", "series", "absent", "visits"}
