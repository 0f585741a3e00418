"""USSD by Africa's Talking: a form comes in, `CON` or `END` and a text go back.

Five fields: phoneNumber, serviceCode, text, sessionId, networkCode, in no promised order. An HTTP
error or another body makes the gateway end the call with words of its own.
"""

from __future__ import annotations

from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.aggregators.ussd import MOST_SESSION_ID, UssdAnswer, UssdTurn
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn

NAME = "africastalking"

HOP_METADATA = "at-ussd-hop-metadata"
"""A label of each screen for the gateway's own statistics; it comes back with the next callback."""

MOST_HOP_METADATA = 99


class AfricasTalkingUssd:
    """Stateless: every callback carries the whole transcript."""

    def read_turn(self, request: RawRequest, channel: str) -> UssdTurn:
        """Raises UnusableCallback; `text`, `serviceCode` and `networkCode` may be absent."""
        form = request.form
        try:
            session_id = form["sessionId"]
            msisdn = parse_msisdn(form["phoneNumber"])
        except KeyError as error:
            raise UnusableCallback(f"no field {error.args[0]}") from None
        except InvalidMsisdn:
            raise UnusableCallback("phoneNumber is no phone number") from None
        if not 0 < len(session_id) <= MOST_SESSION_ID:
            raise UnusableCallback("sessionId is empty or too long")
        return UssdTurn(
            aggregator=NAME,
            channel=channel,
            session_id=session_id,
            msisdn=msisdn,
            service_code=form.get("serviceCode", ""),
            network_code=form.get("networkCode", ""),
            text=form.get("text", ""),
        )

    def answer(self, text: str, *, final: bool, screen: str) -> UssdAnswer:
        """The metadata is the screen's name alone: it leaves the house, so it never holds data."""
        headers = {HOP_METADATA: screen[:MOST_HOP_METADATA]} if screen else {}
        return UssdAnswer(f"{'END' if final else 'CON'} {text}", headers)
