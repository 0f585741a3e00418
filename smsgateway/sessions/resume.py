"""Taking an interrupted call up again: what is kept of it, for whom, and how long.

A pointer to the last checkpoint lies in Redis under the keyed digest of phone and code, for a
quarter of an hour. It goes when the dialogue comes to its end or the person goes home. Who dials in
that time is asked first; the question names neither the service nor a value.
"""

from __future__ import annotations

import json

from smsgateway.dialogue.application import RESUME
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.session import Pointer, Turn

LIFETIME_S = 15 * 60
"""How long an interrupted call can be taken up again; then the phone may be in other hands."""

FORGET = "-"
"""In the place of a pointer: remove the one that is there. An empty text leaves it alone."""


def packed(engine: Engine, after: Turn, now_s: int) -> str:
    """What a step leaves behind: a pointer, FORGET, or nothing new."""
    session = after.session
    if session is None:
        return FORGET
    if session.node == RESUME:
        return ""
    if pointer := engine.pointer(session):
        return json.dumps([now_s, *pointer.pack()], ensure_ascii=False)
    return "" if session.trail else FORGET


def unpacked(kept: bytes | None, now_s: int) -> Pointer | None:
    """The pointer that was kept; None when there is none, or none that still counts."""
    if not kept:
        return None
    kept_at, *pointer = json.loads(kept)
    return Pointer.unpack(pointer) if now_s - kept_at < LIFETIME_S else None
