"""Live USSD sessions in Redis: two round trips a step, the second a compare-and-set.

Nothing here is the truth: losing Redis ends sessions politely and loses no effect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis

from smsgateway.dialogue.session import Session
from smsgateway.sessions.resume import LIFETIME_S
from smsgateway.sessions.scripts import Script
from smsgateway.sessions.transcript import Seen

SESSION_TTL_S = 600
RATE_WINDOW_S = 60

COUNTS_KEY = "counts"
"""A hash of counts that wait to be moved into SQL; see `smsgateway.sessions.tally`."""

ARRIVE = """
local steps = redis.call('INCR', KEYS[2])
if steps == 1 then
  redis.call('EXPIRE', KEYS[2], ARGV[1])
end
local session = redis.call('HMGET', KEYS[1], 'n', 's', 'r', 'f', 'l', 'd', 'w', 't')
session[9] = steps
session[10] = not session[1] and redis.call('GET', KEYS[3])
return session
"""
"""Read a session and count a caller's steps; where there is no session, read what may be resumed.
One script costs less than a pipeline of four."""

COMMIT = """
local step = redis.call('HGET', KEYS[1], 'n')
if (step or '0') ~= ARGV[1] then
  return redis.call('HMGET', KEYS[1], 'r', 'f', 'w')
end
redis.call('HSET', KEYS[1], 'n', ARGV[1] + 1, 's', ARGV[2], 'r', ARGV[3], 'f', ARGV[4],
           'l', ARGV[5], 'd', ARGV[6], 'w', ARGV[7], 't', ARGV[8])
redis.call('EXPIRE', KEYS[1], ARGV[9])
if ARGV[10] == '-' then
  redis.call('DEL', KEYS[3])
elseif ARGV[10] ~= '' then
  redis.call('SET', KEYS[3], ARGV[10], 'EX', ARGV[11])
end
for i = 12, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
end
return false
"""
"""Write step, state, reply and mark, what may be resumed, and count, if nobody has stepped since;
else give the winner's reply."""


@dataclass(frozen=True)
class Stored:
    """A session as Redis holds it.

    `caller` binds it to one phone and service code; `shown_at` is when its screen went out, in
    seconds of the epoch.
    """

    step: int
    session: Session | None
    reply: str
    final: bool
    seen: Seen
    caller: bytes
    shown_at: int


@dataclass(frozen=True)
class Arrival:
    """What the first round trip of a step learns. `resumable`: see `smsgateway.sessions.resume`."""

    stored: Stored | None
    resumable: bytes | None
    steps_this_minute: int


class SessionStore:
    """The sessions of one server. `key` is a session's, `caller` a keyed digest of a phone."""

    def __init__(self, redis: Redis) -> None:
        self._arrive = Script(redis, ARRIVE)
        self._commit = Script(redis, COMMIT)

    def arrive(self, key: str, caller: bytes) -> Arrival:
        """Read the session and count the caller's steps: one round trip."""
        keys: list[bytes | str] = [key, b"rate:" + caller, b"resume:" + caller]
        *fields, steps, resumable = self._arrive(keys, [RATE_WINDOW_S])
        return Arrival(_read(fields) if fields[0] is not None else None, resumable, steps)

    def commit(
        self, key: str, now: Stored, resumable: str, counts: Mapping[str, int]
    ) -> tuple[str, bool]:
        """Store a step that follows step `now.step - 1`, what may be resumed, and its `counts`.

        Returns the reply that counts and whether it is final: ours, or the winner's when another
        copy of the same callback was quicker.
        """
        state = json.dumps(now.session.pack(), ensure_ascii=False) if now.session else ""
        winner = self._commit(
            [key, COUNTS_KEY, b"resume:" + now.caller],
            [
                now.step - 1,
                state,
                now.reply,
                int(now.final),
                now.seen.length,
                now.seen.digest,
                now.caller,
                now.shown_at,
                SESSION_TTL_S,
                resumable,
                LIFETIME_S,
                *(part for count in counts.items() for part in count),
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
    step, state, reply, final, length, digest, caller, shown_at = fields
    return Stored(
        step=int(step),
        session=Session.unpack(json.loads(state)) if state else None,
        reply=reply.decode(),
        final=final == b"1",
        seen=Seen(int(length), digest),
        caller=caller,
        shown_at=int(shown_at),
    )
