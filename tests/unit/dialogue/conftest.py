"""An engine on the sample application, and a keypad on the engine."""

from __future__ import annotations

import pytest
from sample_dialogue import Keypad, application_of, sample_flow, words

from smsgateway.dialogue.engine import Engine


@pytest.fixture
def engine() -> Engine:
    return Engine(application_of(sample_flow()), words())


@pytest.fixture
def keypad(engine: Engine) -> Keypad:
    return Keypad(engine)
