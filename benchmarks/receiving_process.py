"""A web process that takes in delivery reports; started by benchmarks/receipts.py.

`python -m benchmarks.receiving_process PLACE COUNT`: of the messages that were sent, every COUNTth
from PLACE on is reported as delivered. Says when it is ready, reads a line to begin, then says when
all are answered. What the web server does, and the gateway, is not measured: requests are WSGI.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sqlalchemy import select
from werkzeug.test import create_environ

from flows import app as application
from smsgateway.aggregators.base import FORM
from smsgateway.messaging.tables import message
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.stack.server import THREADS
from smsgateway.web.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def main(place: int, count: int) -> None:
    """Post this process's share once."""
    service = Service.build(Settings.from_env())
    (token,) = service.settings.webhook_tokens
    app = create_app(service, application)
    sent = select(message.c.aggregator_message_id, message.c.msisdn).order_by(message.c.id)
    with service.database.read() as connection:
        rows = connection.execute(sent).all()[place::count]
    environs = [_posted(token, row.aggregator_message_id, row.msisdn) for row in rows]

    def post(environ: WSGIEnvironment) -> str:
        statuses: list[str] = []
        b"".join(app.wsgi_app(environ, lambda status, *_: statuses.append(status)))
        return statuses[0]

    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(post, environs)) == {"200 OK"}
    print("answered", flush=True)  # noqa: T201


def _posted(token: str, message_id: str, msisdn: str) -> WSGIEnvironment:
    path = f"/webhooks/africastalking/main/{token}/delivery-reports"
    form = {"id": message_id, "phoneNumber": msisdn, "status": "Success"}
    return create_environ(path, method="POST", data=urlencode(form), content_type=FORM)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
