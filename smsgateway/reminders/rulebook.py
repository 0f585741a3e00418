"""Which rules are in force: those that were activated last, else those of the package."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from sqlalchemy import Connection, insert, select

from smsgateway.reminders.rules import Rulebook
from smsgateway.reminders.rules_file import RulesError, read_rules
from smsgateway.reminders.tables import rulebook


@cache
def shipped() -> Rulebook:
    """The rules in the package."""
    file = resources.files("smsgateway.reminders") / "rulebooks" / "mali.json"
    return read_rules(json.loads(file.read_text(encoding="utf-8")))


def active(connection: Connection) -> Rulebook:
    """The rules in force in this transaction."""
    latest = select(rulebook.c.content).order_by(rulebook.c.id.desc()).limit(1)
    content = connection.scalar(latest)
    return shipped() if content is None else _parsed(content)


def put_in_force(connection: Connection, data: Any, now: datetime) -> Rulebook:
    """Activate the rules of a parsed file. Every open plan is made anew, bit by bit, because it
    was made with other rules. A plan knows its rules by their version: other rules under one that
    has been in force would leave every plan as it is. Raises RulesError.
    """
    book = read_rules(data)
    same = select(rulebook.c.content).where(rulebook.c.label == book.label)
    known = [shipped(), *map(_parsed, connection.scalars(same))]
    if any(one.label == book.label and one != book for one in known):
        raise RulesError(
            f"file: version {book.version} has been in force with other rules: write another one."
        )
    content = json.dumps(data, ensure_ascii=False)
    connection.execute(insert(rulebook).values(label=book.label, content=content, activated_at=now))
    return book


@lru_cache(maxsize=4)
def _parsed(content: str) -> Rulebook:
    return read_rules(json.loads(content))
