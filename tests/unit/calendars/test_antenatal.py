"""Antenatal contacts: dating, the two models, late starters, and the end of everything."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsgateway.calendars import antenatal
from smsgateway.calendars.antenatal import contacts, edd_of, is_plausible, lmp_of
from smsgateway.calendars.contact_file import shipped

LMP = date(2026, 1, 5)


def weeks(number):
    return timedelta(weeks=number)


@pytest.mark.parametrize(
    "dating",
    [
        pytest.param({"lmp": LMP}, id="last period"),
        pytest.param({"edd": date(2026, 10, 12)}, id="expected date of delivery"),
        pytest.param({"weeks": 14, "seen_on": date(2026, 4, 13)}, id="weeks on a day"),
    ],
)
def test_every_dating_gives_the_same_pregnancy(dating):
    assert lmp_of(**dating) == LMP
    assert edd_of(lmp_of(**dating)) == date(2026, 10, 12)


@pytest.mark.parametrize(
    "dating", [{}, {"lmp": LMP, "edd": LMP}, {"weeks": 12}, {"weeks": 0, "edd": LMP}]
)
def test_a_dating_must_be_one_and_whole(dating):
    with pytest.raises(ValueError, match=r"dated by one of|need the day"):
        lmp_of(**dating)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("CPN8", [12, 20, 26, 30, 34, 36, 38, 40]),
        ("CPN4", [12, 24, 32, 36]),
        (None, [12, 20, 26, 30, 34, 36, 38, 40]),
    ],
)
def test_a_model_has_its_weeks(model, expected):
    due = contacts(LMP, LMP, model)

    assert [one.date for one in due] == [LMP + weeks(number) for number in expected]
    assert [one.code for one in due] == [f"CPN{n}" for n in range(1, len(expected) + 1)]


@pytest.mark.parametrize(
    ("registered", "first"),
    [(weeks(12), "CPN1"), (weeks(12) + timedelta(1), "CPN2"), (weeks(33), "CPN5"),
     (weeks(40), "CPN8")],
)  # fmt: skip
def test_who_registers_late_begins_at_the_next_contact(registered, first):
    assert contacts(LMP, LMP + registered, "CPN8")[0].code == first


def test_who_registers_after_the_last_contact_has_none():
    assert contacts(LMP, LMP + weeks(40) + timedelta(1)) == []


def test_a_contact_can_be_made_up_for_until_the_next_one():
    first, second, *_ = contacts(LMP, LMP, "CPN8")

    assert first.window_end == second.window_start - timedelta(days=1)
    assert contacts(LMP, LMP, "CPN8")[-1].window_end == LMP + weeks(42)


def test_the_windows_of_the_four_visits_are_those_of_the_plan():
    windows = [(one.window_start - LMP, one.window_end - LMP) for one in contacts(LMP, LMP, "CPN4")]

    assert windows == [
        (weeks(0), weeks(16)),
        (weeks(20), weeks(28)),
        (weeks(30), weeks(34)),
        (weeks(35), weeks(40)),
    ]


@pytest.mark.parametrize("ended_on", [LMP + weeks(9), LMP + weeks(39)])
def test_nothing_is_due_any_more_after_delivery_or_loss(ended_on):
    assert contacts(LMP, LMP, ended_on=ended_on) == []


def test_a_model_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="CPN5"):
        contacts(LMP, LMP, "CPN5")


@pytest.mark.parametrize(
    ("today", "plausible"),
    [(LMP - timedelta(1), False), (LMP, True), (LMP + weeks(44), True),
     (LMP + weeks(44) + timedelta(1), False)],
)  # fmt: skip
def test_a_pregnancy_has_begun_and_does_not_last_for_a_year(today, plausible):
    assert is_plausible(LMP, today) is plausible


@given(
    lmp=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    after=st.integers(min_value=-30, max_value=400),
    model=st.sampled_from(antenatal.Model),
)
def test_contacts_are_in_order_inside_their_windows_and_never_past_ones(lmp, after, model):
    registered_on = lmp + timedelta(days=after)
    due = contacts(lmp, registered_on, model)

    assert [one.date for one in due] == sorted(one.date for one in due)
    for one in due:
        assert registered_on <= one.date
        assert one.window_start <= one.date <= one.window_end
    for one, following in pairwise(due):
        assert one.window_end < following.window_start


def test_both_models_say_what_is_not_confirmed():
    for model in antenatal.Model:
        assert "to be confirmed" in shipped().pick(model).notice
