"""What people agreed to is kept by the name and version of the text they read."""

from __future__ import annotations

import pytest

from flows import agent_consent, consent, pregnancy, registration
from smsgateway.dialogue.application import Flow

PURPOSE = "Votre numéro sert seulement aux rappels de santé"


@pytest.mark.parametrize(
    ("flow", "wording", "text"),
    [
        pytest.param(
            registration.flow,
            registration.CONSENT_WORDING,
            ("child/1", f"{{child}}, {{born}}, {{cscom}}. {PURPOSE}. D'accord ?"),
            id="a child",
        ),
        pytest.param(
            pregnancy.flow,
            pregnancy.CONSENT_WORDING,
            (
                "mother_and_child/1",
                f"{{woman}}, {{cscom}}. {PURPOSE}, pour vous et l'enfant. D'accord ?",
            ),
            id="a mother and her child",
        ),
        pytest.param(
            consent.flow,
            consent.CONSENT_WORDING,
            ("child_again/1", "Recevoir à nouveau les rappels de santé pour {child} ?"),
            id="a child again",
        ),
        pytest.param(
            agent_consent.flow,
            agent_consent.CONSENT_WORDING,
            (
                "child_at_centre/1",
                "{child} : la famille est présente et accepte de recevoir les rappels de santé ?",
            ),
            id="a child, said at the centre",
        ),
    ],
)
def test_another_text_is_another_version(flow: Flow, wording: str, text: tuple[str, str]) -> None:
    """Whoever changes the screen gives its wording the next number, here and in the flow."""
    node = flow.nodes[f"{flow.name}.consent"]
    assert (wording, getattr(node, "text", None)) == text
