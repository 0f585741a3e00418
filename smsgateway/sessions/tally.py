"""Moving counts from Redis into SQL, each once.

A batch is set apart in Redis under an id, added in SQL together with that id, and then removed. A
crash in between leaves the batch where the next round finds it, and its id says whether it was
added. Losing Redis loses the counts of the last moments and nothing else.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from redis import Redis
from sqlalchemy import Connection, delete

from smsgateway.failpoints import reach
from smsgateway.sessions import counts
from smsgateway.sessions.scripts import Script, Scripts
from smsgateway.sessions.store import COUNTS_KEY
from smsgateway.sessions.tables import dialogue_count, dialogue_count_batch
from smsgateway.storage.engine import Database
from smsgateway.storage.upsert import insert_new, insert_or_add

logger = logging.getLogger(__name__)

_TAKEN_KEY = f"{COUNTS_KEY}:taken"
_ID = b"id"

BATCHES_KEPT = timedelta(days=1)
"""A batch that was added is removed from Redis within a moment, or after the next start."""

_TAKE = """
if redis.call('EXISTS', KEYS[2]) == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then
    return {}
  end
  redis.call('RENAME', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[2], 'id', ARGV[1])
end
return redis.call('HGETALL', KEYS[2])
"""
"""Set a batch apart, or find the one that was; its content, names and values in turn."""

_DROP = """
if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
"""


class Tally:
    """Moves counts between one Redis and one database."""

    def __init__(self, redis: Redis, database: Database) -> None:
        self._database = database
        scripts = Scripts(redis)
        self._take = Script(scripts, _TAKE)
        self._drop = Script(scripts, _DROP)

    def move(self, now: datetime) -> int:
        """Add what has been counted since the last time to SQL; how many names it had.

        Raises RedisError and SQLAlchemyError; what was not added is there for the next time.
        """
        flat = self._take([COUNTS_KEY, _TAKEN_KEY], [uuid.uuid4().hex])
        batch: dict[bytes, bytes] = dict(zip(flat[::2], flat[1::2], strict=True))
        if not batch:
            return 0
        reach("tally.taken")
        batch_id = batch.pop(_ID)
        with self._database.begin() as connection:
            _add(connection, batch_id.decode(), batch, now)
        self._drop([_TAKEN_KEY], [batch_id])
        return len(batch)


def _add(
    connection: Connection, batch_id: str, batch: Mapping[bytes, bytes], now: datetime
) -> None:
    """Add a batch unless it has been added."""
    connection.execute(
        delete(dialogue_count_batch).where(dialogue_count_batch.c.counted_at < now - BATCHES_KEPT)
    )
    new = insert_new(connection, dialogue_count_batch).returning(dialogue_count_batch.c.id)
    row = {"id": batch_id, "counted_at": now}
    if connection.execute(new, row).one_or_none() is None:
        return
    add(connection, {name.decode(): int(amount) for name, amount in batch.items()})


def add(connection: Connection, amounts: Mapping[str, int]) -> None:
    """Add packed counts. In the order of their names, so that two writers do not wait in a ring."""
    if not amounts:
        return
    rows = [{**counts.unpacked(name), "amount": amounts[name]} for name in sorted(amounts)]
    key = [column.name for column in dialogue_count.primary_key]
    connection.execute(insert_or_add(connection, dialogue_count, key, "amount"), rows)
