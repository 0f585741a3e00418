"""A newborn that has died: nothing that speaks of the child, or of the birth, is sent any more.

The mother's contacts after the birth end with the child, whoever told of the death; those of a twin
who lives go on. A child is known as hers by the register, or by a line on which she herself is
reached: a twin who was registered apart names no mother.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from smsgateway.register.changes import mark
from smsgateway.register.pregnancies import SELF, Ending
from smsgateway.register.tables import caregiver, person, pregnancy

NEWBORN = timedelta(weeks=6)
"""How long after a birth a misfortune that is told without proof is taken to be the child's."""

_child = person.alias("child")
_hers = caregiver.alias("hers")
_childs = caregiver.alias("childs")


def lost_child() -> ColumnElement[bool]:
    """Whether a child of the `pregnancy` of a statement has died."""
    own_line = or_(_hers.c.relation == SELF, _child.c.mother_id == pregnancy.c.person_id)
    return exists(
        select(_child.c.id)
        .join_from(_hers, _childs, _childs.c.phone_id == _hers.c.phone_id)
        .join(_child, _child.c.id == _childs.c.person_id)
        .where(
            _hers.c.person_id == pregnancy.c.person_id,
            own_line,
            _child.c.died_on.is_not(None),
            _child.c.birth_date >= pregnancy.c.lmp_date,
        )
        .correlate(pregnancy)
    )


def mark_families(connection: Connection, person_ids: Collection[int], now: datetime) -> None:
    """Ask for new plans of those who are reached on the same lines as people who have died and
    whose plans that changes: a child's mother, a mother's children."""
    lines = select(_childs.c.phone_id).where(_childs.c.person_id.in_(person_ids))
    mothers = exists().where(pregnancy.c.person_id == person.c.id)
    family = (
        select(person.c.id)
        .join(_hers, _hers.c.person_id == person.c.id)
        .where(_hers.c.phone_id.in_(lines), or_(mothers, person.c.mother_id.in_(person_ids)))
    )
    mark(connection, connection.scalars(family).all(), now)


def hold(connection: Connection, phone_id: int, today: date, now: datetime) -> None:
    """Write to nobody on this line about a pregnancy, or a birth of the last weeks, until staff
    have looked at it.

    For a misfortune of which only the call can tell whose it was: that of one of several women, or
    of a child after its birth.
    """
    since = today - NEWBORN
    newborn = exists().where(person.c.id == caregiver.c.person_id, person.c.birth_date >= since)
    born = and_(pregnancy.c.outcome == Ending.BIRTH, pregnancy.c.ended_on >= since)
    woman = exists().where(
        pregnancy.c.person_id == caregiver.c.person_id, or_(born, pregnancy.c.ended_on.is_(None))
    )
    of_line = caregiver.c.phone_id == phone_id
    held = connection.scalars(
        update(caregiver)
        .where(and_(of_line, or_(newborn, woman), caregiver.c.suspended_at.is_(None)))
        .values(suspended_at=now)
        .returning(caregiver.c.person_id)
    ).all()
    mark(connection, held, now)
