"""A schedule file that is wrong is refused with the row and the rule."""

import copy
import json
import re
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from smsgateway.calendars.forecast import GivenDose, forecast
from smsgateway.calendars.schedule import SHIPPED, ScheduleError, load, shipped, shipped_set

ROOM = resources.files("smsgateway.calendars") / "schedules"

SMALL = {
    "format": "smsgateway-schedules-1",
    "default": "small",
    "schedules": [
        {
            "id": "small",
            "title": "Small",
            "version": "1",
            "live": {"gap": "28 days", "pairs": [["A", "B"]]},
            "series": [
                {"code": "A", "name": "First", "doses": [{"code": "A1", "number": 1}]},
                {
                    "code": "B",
                    "name": "Second",
                    "doses": [
                        {"code": "B1", "number": 1, "age": "6 weeks"},
                        {"code": "B2", "number": 2, "min_interval": "4 weeks"},
                    ],
                    "variants": [{"when": {"start_age": {"from": "1 year"}}, "last": 1}],
                    "eligibility": [
                        {"when": {"observations": {"x": [1, None]}}, "then": "not_due"}
                    ],
                },
            ],
        }
    ],
}

A_DOSE = ("schedules", 0, "series", 0, "doses", 0)
B = ("schedules", 0, "series", 1)


def changed(path, value):
    """SMALL with the value at `path` replaced, or taken away when it is ..."""
    data = copy.deepcopy(SMALL)
    place = data
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


def test_the_small_file_is_read():
    assert load(SMALL).pick().id == "small"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_files_that_ship_are_right(name):
    for schedule in shipped_set(name).schedules.values():
        assert schedule.series
        assert schedule.notice


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "2", "file: format must be smsgateway-schedules-1."),
        (("default",), "big", "file: default names big, which is not a schedule of this file."),
        (("colour",), "red", "file: colour is not a key of this row."),
        (
            ("schedules", 0, "version"),
            1,
            "file, schedules small: version must be a text.",
        ),
        (("schedules", 0, "title"), ..., "file, schedules small: title is missing."),
        (
            (*A_DOSE, "min_age"),
            "6",
            "file, schedules small, series A, doses A1: min_age is '6': write a number and a unit",
        ),
        ((*A_DOSE, "number"), True, "doses A1: number must be a whole number."),
        ((*A_DOSE, "maxage"), "1 year", "doses A1: maxage is not a key of this row."),
        ((*B, "doses", 1, "number"), 1, "doses B2: number must rise from row to row."),
        ((*B, "code"), "A", "code A is already the name of something else."),
        ((*B, "sex"), "X", "series B: sex must be F or M."),
        ((*B, "starts_on"), "soon", "series B: starts_on is 'soon'"),
        ((*B, "doses"), [], "series B: doses must have at least one row."),
        (
            (*B, "doses", 0, "after"),
            {"series": "C"},
            "series B: doses wait for C, which must be listed before.",
        ),
        (
            (*B, "doses", 0, "season"),
            {"first_month": 6, "last_month": 5},
            "season: first_month and last_month must be months of one year, in order.",
        ),
        (
            (*B, "variants", 0, "doses"),
            {"B9": {}},
            "variants 1: doses changes B9, which is not a row of the series.",
        ),
        (
            (*B, "variants", 0, "when"),
            {"start_of": "Z"},
            "variants 1: when looks at Z, which must be listed before.",
        ),
        ((*B, "variants", 0, "when"), ..., "variants 1: when is missing."),
        (
            (*B, "eligibility", 0, "then"),
            "maybe",
            "eligibility 1: then must be one of eligible, not_due, further_evaluation.",
        ),
        (
            (*B, "eligibility", 0, "when", "observations", "x"),
            {},
            "observations: x must be a text, a whole number, true, false, null, or a list",
        ),
        (
            ("schedules", 0, "live", "pairs"),
            [["A"]],
            "live: pairs must be a list of pairs of vaccines.",
        ),
        (
            ("schedules", 0, "live", "pairs"),
            [["A", "Z"]],
            "schedules small: live names Z, which is neither a series nor another vaccine.",
        ),
        (("schedules", 0, "series", 0), "A", "series 1 must be an object."),
        (("schedules", 0, "grace_days"), "4", "grace_days must be a whole number."),
        (
            ("schedules", 0, "grace_days"),
            -1,
            "grace_days must not be negative or longer than a year.",
        ),
        (("schedules", 0, "version"), "1" * 40, "id and version must have at most 40 letters"),
        (("schedules", 0, "other_vaccines"), [7], "other_vaccines must be a list of texts."),
        (("schedules", 0, "live", "pairs"), [["A", 7]], "pairs must be a list of pairs"),
        (
            ("schedules",),
            [{"id": "small", "title": "Small", "version": "1", "series": []}],
            "schedules small: series must have at least one row.",
        ),
        ((*B, "also_named"), [None], "series B: also_named must be a list of texts."),
        ((*B, "districts"), ["Kati", {}], "series B: districts must be a list of texts."),
        ((*B, "code"), "B 1", "code must be 1 to 20 letters, digits, _ or -."),
        ((*A_DOSE, "code"), "A" * 21, "code must be 1 to 20 letters, digits, _ or -."),
        ((*A_DOSE, "age"), "-1 day", "doses A1: age must not be negative."),
        ((*A_DOSE, "age"), "900 years", "doses A1: age is longer than a life."),
        ((*B, "doses", 0, "min_age"), "7 weeks", "doses B1: age must not be before min_age."),
        ((*B, "doses", 0, "max_age"), "42 days", "doses B1: max_age must be after age and min_age"),
        ((*B, "doses", 0, "up_to_age"), "41 days", "max_age must be after age and min_age."),
        ((*B, "doses", 1, "interval"), "27 days", "interval must not be shorter than min_interval"),
        (
            (*B, "doses", 0, "after"),
            {"series": "A", "number": 4},
            "series B: doses wait for dose 4 of A, which it has not.",
        ),
        (
            (*B, "variants", 0, "doses"),
            {"B1": {"max_age": "5 weeks"}},
            "variants 1, dose B1: max_age must be after age and min_age.",
        ),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, str) else None,
)
def test_a_wrong_file_is_refused_with_the_row_and_the_rule(path, value, message):
    with pytest.raises(ScheduleError, match=re.escape(message)):
        load(changed(path, value))


def places(data, path=()):
    """The paths of all values in a file."""
    steps = data.items() if isinstance(data, dict) else enumerate(data)
    for step, value in steps:
        yield (*path, step)
        if isinstance(value, dict | list):
            yield from places(value, (*path, step))


ODD = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "6 weeks",
    "-6 weeks",
    "9999 years",
    [],
    [[]],
    [{}],
    {},
]


@pytest.mark.parametrize("value", ODD, ids=str)
def test_whatever_is_wrong_is_refused_and_what_is_read_can_be_used(value):
    """Every value of a file in turn becomes something odd."""
    for path in places(SMALL):
        try:
            schedule = load(changed(path, value)).pick()
        except ScheduleError as error:
            assert str(error).startswith("file")
        else:
            child = date(2024, 2, 29), [GivenDose("B", date(2024, 4, 15))]
            forecast(*child, schedule, date(2026, 1, 1), observations={"x": 1})


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_what_is_not_an_object_is_refused(data):
    with pytest.raises(ScheduleError, match="file must be an object"):
        load(data)


def test_a_variant_changes_a_row_and_null_takes_a_value_away():
    data = changed((*B, "doses", 0, "max_age"), "2 years")
    rows = data["schedules"][0]["series"][1]
    rows["variants"] = [
        {
            "when": {"start_age": {"from": "1 year"}},
            "doses": {"B1": {"max_age": None, "age": None, "min_age": "1 year"}},
        }
    ]

    series = load(data).pick().series[1]

    usual, [late, unchanged] = series.doses[0], series.variants[0].doses
    assert usual.latest is not None
    assert (late.latest, late.age, str(late.min_age)) == (None, None, "1 year")
    assert unchanged == series.doses[1]


def test_two_schedules_of_one_id_are_refused():
    data = copy.deepcopy(SMALL)
    data["schedules"] *= 2

    with pytest.raises(ScheduleError, match="ids that differ"):
        load(data)


def test_rows_that_are_switched_off_are_known_and_not_forecast():
    mali = shipped("mali")
    codes = {dose.code for series in mali.series for dose in series.doses}

    assert codes.isdisjoint({"VPI2", "HEPB0"})
    assert mali.knows("VPI2")
    assert mali.knows("hepb0")


def test_no_row_of_low_confidence_is_switched_on():
    """A draft row that nobody is sure of must not call a family."""
    for name in SHIPPED:
        data = json.loads((ROOM / f"{name}.json").read_text(encoding="utf-8"))
        for schedule in data["schedules"]:
            for series in schedule["series"]:
                for dose in series["doses"]:
                    on = series.get("active", True) and dose.get("active", True)
                    assert not (on and dose.get("confidence") == "low"), dose["code"]


def test_the_manual_names_every_key_that_the_files_use():
    manual = (ROOM / "README.md").read_text(encoding="utf-8")
    codes = re.compile(r"[A-Z0-9_]+|[WS]\d+")
    for name in SHIPPED:
        used = _keys(json.loads((ROOM / f"{name}.json").read_text(encoding="utf-8")))
        plain = {key for key in used if not codes.fullmatch(key)}
        values = {"hiv", "art", "immunologically_stable", "clinically_well", "tb_test"}
        values |= {"high_risk", "doses_in_series"}
        assert {key for key in plain - values if f"`{key}`" not in manual} <= {"pregnant"}


def _keys(data):
    if isinstance(data, dict):
        return set(data) | {key for value in data.values() for key in _keys(value)}
    if isinstance(data, list):
        return {key for value in data for key in _keys(value)}
    return set()


def test_a_schedule_that_does_not_ship_is_not_found():
    with pytest.raises(KeyError):
        shipped("mars")


def test_the_version_of_a_plan_fits_its_column():
    assert len(shipped("mali").label) <= 40
    assert Path(str(ROOM)).is_dir()
