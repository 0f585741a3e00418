"""Who may call a webhook: an aggregator that we know, with a secret token in the path.

Africa's Talking signs nothing, so the token is the one proof there is. A wrong token or an unknown
aggregator answers 404, as if nothing were there.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from flask import abort, request
from flask.typing import ResponseReturnValue

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

PREFIX = "/webhooks/<aggregator>/<channel>/<token>"


def guarded(tokens: tuple[str, ...], aggregators: frozenset[str]) -> Callable[[View], View]:
    """Let the view run only behind a right token; it then takes `aggregator` and `channel`."""
    accepted = [token.encode() for token in tokens]

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(aggregator: str, channel: str, token: str) -> ResponseReturnValue:
            given = token.encode()
            matches = [hmac.compare_digest(given, one) for one in accepted]
            if aggregator not in aggregators or not any(matches):
                abort(404)
            if request.content_length is None and "Transfer-Encoding" in request.headers:
                abort(411)  # a body of unknown length would pass by the limit
            return view(aggregator=aggregator, channel=channel)

        return checked  # type: ignore[return-value]

    return decorate
