"""A hundred thousand random steps: no screen too long, no exception, always a way out.

They are shared out over both languages and three networks: the default one, one with little more
than half the room that GSM gives, and SMS.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import TODAY, AnyOutcome, Walker

from flows import app
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import DEFAULT_NETWORK, SMS_NETWORK, Network
from smsgateway.dialogue.screen import width
from smsgateway.dialogue.session import Pointer, Session, Turn
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue

NARROW = replace(DEFAULT_NETWORK, name="narrow", budget=98)
NETWORKS = (DEFAULT_NETWORK, NARROW, SMS_NETWORK)

STEPS = 100_000
WALKS = 4
"""For each language and network."""

ENGINE = Engine(app, Catalogue.load(locales_dir()))


@pytest.mark.parametrize("network", NETWORKS, ids=lambda one: one.name)
@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=WALKS, deadline=None, database=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_pressed_a_screen_comes_and_an_end_is_within_reach(
    network: Network, language: str, seed: int
) -> None:
    walker = Walker(ENGINE, language, network, seed)
    met: set[str] = set()
    for step, (session, answer, turn) in enumerate(
        walker.walk(STEPS // (len(NETWORKS) * len(LANGUAGES) * WALKS) + 1)
    ):
        assert_sound(turn, network)
        if step % 10 == 0:
            assert walker.send(session, answer, step) == turn
        if turn.session and turn.session.node not in met:
            met.add(turn.session.node)
            assert_kept(turn.session, network)
            walker.to_the_end(turn.session)
    assert len(met) > 20


def assert_sound(turn: Turn, network: Network) -> None:
    """The network takes the reply, and only a last screen ends the session."""
    assert turn.reply.text
    assert width(turn.reply.text) <= network.budget, turn.reply
    assert turn.reply.final == (turn.session is None)


def assert_kept(session: Session, network: Network) -> None:
    """A session, and what is kept of it at a checkpoint, survives storage; it can be resumed."""
    assert Session.unpack(json.loads(json.dumps(session.pack()))) == session
    assert not app.sensitive & session.values.keys()
    pointer = ENGINE.pointer(session)
    if pointer:
        kept = Pointer.unpack(json.loads(json.dumps(pointer.pack())))
        run = AnyOutcome(app, 1)
        turn = ENGINE.resume(kept, session.language, network, run)
        assert turn.session
        assert turn.reply.screen == "engine.resume"
        again = ENGINE.answer(turn.session, "1", network, run, TODAY)
        assert again.reply.screen == session.node
