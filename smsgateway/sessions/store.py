"""Live USSD sessions in Redis: two round trips a step, the second a compare-and-set.

Nothing here is the truth: losing Redis ends sessions politely and loses no effect.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from smsgateway.dialogue.session import Session
from smsgateway.sessions.transcript import Seen

SESSION_TTL_S = 600
RATE_WINDOW_S = 60

ARRIVE = """
local steps = redis.call('INCR', KEYS[2])
if steps == 1 then
  redis.call('EXPIRE', KEYS[2], ARGV[1])
end
local session = redis.call('HMGET', KEYS[1], 'n', 's', 'r', 'f', 'l', 'd', 'w')
session[8] = steps
return session
"""
"""Read a session and count a caller's steps. One script costs less than a pipeline of three."""

COMMIT = """
local step = redis.call('HGET', KEYS[1], 'n')
if (step or '0') ~= ARGV[1] then
  return redis.call('HMGET', KEYS[1], 'r', 'f', 'w')
end
redis.call('HSET', KEYS[1], 'n', ARGV[1] + 1, 's', ARGV[2], 'r', ARGV[3], 'f', ARGV[4],
           'l', ARGV[5], 'd', ARGV[6], 'w', ARGV[7])
redis.call('EXPIRE', KEYS[1], ARGV[8])
return false
"""
"""Write step, state, reply and mark if nobody has stepped since; else give the winner's reply."""


@dataclass(frozen=True)
class Stored:
    """A session as Redis holds it. `caller` binds it to one phone and service code."""

    step: int
    session: Session | None
    reply: str
    final: bool
    seen: Seen
    caller: bytes


@dataclass(frozen=True)
class Arrival:
    """What the first round trip of a step learns."""

    stored: Stored | None
    steps_this_minute: int


class SessionStore:
    """The sessions of one server. `key` is a session's, `caller` a keyed digest of a phone."""

    def __init__(self, redis: Redis) -> None:
        self._arrive = redis.register_script(ARRIVE)
        self._commit = redis.register_script(COMMIT)

    def arrive(self, key: str, caller: bytes) -> Arrival:
        """Read the session and count the caller's steps: one round trip."""
        *fields, steps = cast(
            "list[Any]", self._arrive(keys=[key, b"rate:" + caller], args=[RATE_WINDOW_S])
        )
        return Arrival(_read(fields) if fields[0] is not None else None, steps)

    def commit(self, key: str, now: Stored) -> tuple[str, bool]:
        """Store a step that follows step `now.step - 1`.

        Returns the reply that counts and whether it is final: ours, or the winner's when another
        copy of the same callback was quicker.
        """
        state = json.dumps(now.session.pack(), ensure_ascii=False) if now.session else ""
        winner = self._commit(
            keys=[key],
            args=[
                now.step - 1,
                state,
                now.reply,
                int(now.final),
                now.seen.length,
                now.seen.digest,
                now.caller,
                SESSION_TTL_S,
            ],
        )
        if winner is None:
            return now.reply, now.final
        reply, final, caller = cast("list[bytes]", winner)
        if caller != now.caller:
            raise ForeignSession
        return reply.decode(), final == b"1"


class ForeignSession(Exception):
    """The session belongs to another phone or service code."""


def _read(fields: list[bytes]) -> Stored:
    step, state, reply, final, length, digest, caller = fields
    return Stored(
        step=int(step),
        session=Session.unpack(json.loads(state)) if state else None,
        reply=reply.decode(),
        final=final == b"1",
        seen=Seen(int(length), digest),
        caller=caller,
    )
