"""How visits went: three questions of one key each, and what a place may be told of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from sqlalchemy import Connection, RowMapping, case, func, select

from smsgateway.feedback.tables import survey_answer
from smsgateway.register.tables import facility
from smsgateway.storage.upsert import insert_new

FEWEST = 5
"""Fewer answers than this say nothing about a place, and might say who gave them."""

QUESTIONS = ("welcome", "waiting", "recommends")
"""How one was received; how long one waited; whether one would send a neighbour there."""


class Grade(IntEnum):
    """The answers to each question, as the keys of the screen."""

    WELL = 1
    SO_SO = 2
    BADLY = 3


@dataclass(frozen=True)
class Summary:
    """The answers about one place. `shares`: question -> grade -> share of the answers (0 to 1);
    None when there are fewer than FEWEST, and then `answers` is None too."""

    facility: str
    answers: int | None
    shares: Mapping[str, Mapping[Grade, float]] | None


def record(
    connection: Connection,
    *,
    phone_id: int,
    facility_id: int,
    grades: Mapping[str, Grade],
    today: date,
    now: datetime,
) -> bool:
    """Keep the answers of a phone about a place; False when it has spoken of it this week."""
    answered = connection.execute(
        insert_new(connection, survey_answer).returning(survey_answer.c.id),
        {
            "phone_id": phone_id,
            "facility_id": facility_id,
            "week": today - timedelta(days=today.weekday()),
            "answered_at": now,
            **{question: grades[question] for question in QUESTIONS},
        },
    )
    return answered.one_or_none() is not None


def summaries(connection: Connection, since: date, facility_id: int | None = None) -> list[Summary]:
    """What was said of each place in the weeks that begin on `since` or later, by name.

    There is no sum over places: with it, the answers about a small place could be worked out.
    """
    counts = [
        func.sum(case((survey_answer.c[question] == grade, 1), else_=0)).label(
            f"{question}_{grade}"
        )
        for question in QUESTIONS
        for grade in Grade
    ]
    query = (
        select(facility.c.name, func.count().label("answers"), *counts)
        .join_from(survey_answer, facility, facility.c.id == survey_answer.c.facility_id)
        .where(survey_answer.c.week >= since)
        .group_by(facility.c.id, facility.c.name)
        .order_by(facility.c.name, facility.c.id)
    )
    if facility_id is not None:
        query = query.where(survey_answer.c.facility_id == facility_id)
    return [_summary(row) for row in connection.execute(query).mappings()]


def _summary(row: RowMapping) -> Summary:
    answers = row["answers"]
    if answers < FEWEST:
        return Summary(row["name"], None, None)
    shares = {
        question: {grade: row[f"{question}_{grade}"] / answers for grade in Grade}
        for question in QUESTIONS
    }
    return Summary(row["name"], answers, shares)
