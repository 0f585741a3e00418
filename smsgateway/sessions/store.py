"""Live USSD sessions in Redis: two round trips a step, the second a compare-and-set.

A session is one string: a header of fixed width that begins with the step, then state and reply,
compressed where that pays. As a hash it would take twice the memory. Nothing here is the truth:
losing Redis ends sessions politely and loses no effect.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from redis import Redis

from smsgateway.dialogue.session import Session
from smsgateway.sessions.resume import LIFETIME_S
from smsgateway.sessions.scripts import Script, Scripts
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
local session = redis.call('GET', KEYS[1])
return {session, not session and redis.call('GET', KEYS[3]), steps}
"""
"""Read a session and count a caller's steps; where there is no session, read what may be resumed.
One script costs less than a pipeline of four."""

COMMIT = """
local session = redis.call('GET', KEYS[1])
if (session and string.sub(session, 1, 4) or '\\0\\0\\0\\0') ~= ARGV[1] then
  return session or ''
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
if ARGV[4] == '-' then
  redis.call('DEL', KEYS[3])
elseif ARGV[4] ~= '' then
  redis.call('SET', KEYS[3], ARGV[4], 'EX', ARGV[5])
end
for i = 6, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
end
return false
"""
"""Write the session and what may be resumed, and count, if nobody has stepped since; else give the
session that the winner has written."""

_HEADER = struct.Struct("!I?II16s16s")
"""Step, final, length of the transcript, when the screen went out, the transcript's digest, the
caller."""

_PAYS = 300
"""Bytes; what is shorter hardly shrinks."""

_ZLIB = 0x78
"""How compressed data begins; JSON begins with a bracket."""


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


class ForeignSession(Exception):
    """The session belongs to another phone or service code."""


class LostSession(Exception):
    """Redis has lost the session between reading and writing it."""


class SessionStore:
    """The sessions of one server. `key` is a session's, `caller` a keyed digest of a phone."""

    def __init__(self, redis: Redis) -> None:
        scripts = Scripts(redis)
        self._arrive = Script(scripts, ARRIVE)
        self._commit = Script(scripts, COMMIT)

    def arrive(self, key: str, caller: bytes) -> Arrival:
        """Read the session and count the caller's steps: one round trip."""
        keys: list[bytes | str] = [key, b"rate:" + caller, b"resume:" + caller]
        session, resumable, steps = self._arrive(keys, [RATE_WINDOW_S])
        return Arrival(unpacked(session) if session else None, resumable, steps)

    def commit(
        self, key: str, now: Stored, resumable: str, counts: Mapping[str, int]
    ) -> tuple[str, bool]:
        """Store a step that follows step `now.step - 1`, what may be resumed, and its `counts`.

        Returns the reply that counts and whether it is final: ours, or the winner's when another
        copy of the same callback was quicker. Raises ForeignSession, and LostSession when Redis has
        lost the session since it was read.
        """
        winner = self._commit(
            [key, COUNTS_KEY, b"resume:" + now.caller],
            [
                struct.pack("!I", now.step - 1),
                packed(now),
                SESSION_TTL_S,
                resumable,
                LIFETIME_S,
                *(part for count in counts.items() for part in count),
            ],
        )
        if winner is None:
            return now.reply, now.final
        if not winner:
            raise LostSession
        won = unpacked(winner)
        if won.caller != now.caller:
            raise ForeignSession
        return won.reply, won.final


def packed(stored: Stored) -> bytes:
    """A session as it lies in Redis."""
    state = stored.session.pack() if stored.session else None
    body = json.dumps([state, stored.reply], ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > _PAYS:
        body = zlib.compress(body, 1)
    header = _HEADER.pack(
        stored.step,
        stored.final,
        stored.seen.length,
        stored.shown_at,
        stored.seen.digest,
        stored.caller,
    )
    return header + body


def unpacked(value: bytes) -> Stored:
    """The inverse of `packed`."""
    step, final, length, shown_at, digest, caller = _HEADER.unpack_from(value)
    body = value[_HEADER.size :]
    state, reply = json.loads(zlib.decompress(body) if body[0] == _ZLIB else body)
    return Stored(
        step=step,
        session=Session.unpack(state) if state else None,
        reply=reply,
        final=final,
        seen=Seen(length, digest),
        caller=caller,
        shown_at=shown_at,
    )
