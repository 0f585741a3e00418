"""The status that holds today."""

from __future__ import annotations

from datetime import date

import pytest

from smsgateway.enrolment.statuses import Status, status_on

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("recorded", "valid_until", "expected"),
    [
        pytest.param(Status.ACTIF, date(2028, 1, 1), Status.ACTIF, id="well before the end"),
        pytest.param(Status.ACTIF, None, Status.ACTIF, id="no end known"),
        pytest.param(Status.ACTIF, date(2026, 12, 1), Status.EXPIRE_BIENTOT, id="near the end"),
        pytest.param(Status.ACTIF, TODAY, Status.EXPIRE_BIENTOT, id="the last day still covers"),
        pytest.param(Status.ACTIF, date(2026, 11, 22), Status.EXPIRE, id="the day after"),
        pytest.param(Status.CARTE_REMISE, date(2026, 1, 1), Status.EXPIRE, id="a card expires too"),
        pytest.param(
            Status.CARTE_REMISE, date(2029, 1, 1), Status.CARTE_REMISE, id="a card far from its end"
        ),
        pytest.param(
            Status.EXPIRE_BIENTOT, date(2029, 1, 1), Status.ACTIF, id="a later end was recorded"
        ),
        pytest.param(Status.SUSPENDU, date(2029, 1, 1), Status.SUSPENDU, id="suspension stands"),
        pytest.param(
            Status.REJETE, date(2020, 1, 1), Status.REJETE, id="a refusal does not expire"
        ),
    ],
)
def test_dates_decide_and_not_the_word_that_was_recorded(
    recorded: Status, valid_until: date | None, expected: Status
) -> None:
    assert status_on(recorded, valid_until, TODAY) is expected
