"""What the tests of messages share: messages in the outbox, a sender, and a tiny gateway."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as clock_time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from smsgateway.aggregators.loopback import Loopback
from smsgateway.calendars.hours import END_OF_DAY, Hours
from smsgateway.messaging import outbox
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.hours import SendingHours
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.port import Gateway
from smsgateway.messaging.sender import Sender
from smsgateway.messaging.tables import message, message_history
from smsgateway.register.phones import ensure_phone
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

BAMAKO = ZoneInfo("Africa/Bamako")
ALL_DAY = SendingHours(Hours(clock_time(0), END_OF_DAY), BAMAKO)
OFFICE_HOURS = SendingHours(Hours(clock_time(8), clock_time(18)), BAMAKO)

_numbers = itertools.count(1)


def msisdn(number: int) -> str:
    """A number that no two tests of a database share by accident."""
    return f"+2237{number:07}"


def put(
    database: Database,
    clock: FixedClock,
    *,
    to: str = "+22370000001",
    body: str = "Bonjour",
    message_class: MessageClass = MessageClass.REMINDER,
    **others: Any,
) -> int:
    """One message in the outbox, due now and good for two days; its id."""
    now = clock.now()
    with database.begin() as connection:
        new = NewMessage(
            **{
                "dedupe_key": f"test:{next(_numbers)}",
                "message_class": message_class,
                "phone_id": ensure_phone(connection, to, now),
                "msisdn": to,
                "language": "fr",
                "template": "test",
                "body": body,
                "encoding": "gsm7",
                "segments": 1,
                "due_at": now,
                "expires_at": now + timedelta(days=2),
                **others,
            }
        )
        (added,) = outbox.add(connection, [new], now)
    return added


def row(database: Database, message_id: int) -> Row[Any]:
    """A message as it stands."""
    with database.read() as connection:
        return connection.execute(select(message).where(message.c.id == message_id)).one()


def state(database: Database, message_id: int) -> str:
    return str(row(database, message_id).state)


def states(database: Database) -> Counter[str]:
    """How many messages stand where."""
    with database.read() as connection:
        return Counter(connection.scalars(select(message.c.state)))


def history(database: Database, message_id: int) -> list[tuple[str | None, str, str | None]]:
    """From, to and reason of every change, in order."""
    lines = (
        select(message_history)
        .where(message_history.c.message_id == message_id)
        .order_by(message_history.c.id)
    )
    with database.read() as connection:
        return [(one.from_state, one.to_state, one.reason) for one in connection.execute(lines)]


def sender(
    database: Database,
    clock: FixedClock,
    gateway: Gateway | None = None,
    hours: SendingHours = ALL_DAY,
) -> Sender:
    return Sender(database, gateway or Loopback(), clock, hours)


def moment(clock: FixedClock, **ahead: float) -> datetime:
    return clock.now() + timedelta(**ahead)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    """Many may connect at once; with the usual five some wait a second for their turn."""


class TinyGateway:
    """A gateway over real HTTP that answers like Africa's Talking and counts what it accepted.

    `before_answer` runs in the middle of a request, after the acceptance was counted.
    """

    def __init__(self) -> None:
        self.accepted: Counter[tuple[str, str]] = Counter()
        self.requests: list[bytes] = []
        self.connections: set[tuple[str, int]] = set()
        self.before_answer: Callable[[], None] = lambda: None
        self.cut_after_acceptance = False
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def accept(self, form: dict[str, list[str]]) -> dict[str, Any]:
        numbers = form["to"][0].split(",")
        with self._lock:
            self.accepted.update((number, form["message"][0]) for number in numbers)
            lines = [
                {
                    "number": number,
                    "statusCode": 101,
                    "status": "Success",
                    "cost": "XOF 20",
                    "messageId": f"ATXid_{next(self._ids)}",
                }
                for number in numbers
            ]
        return {"SMSMessageData": {"Message": "Sent", "Recipients": lines}}

    def _handler(gateway) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                head = f"{self.requestline}\r\n{self.headers}".encode()
                gateway.requests.append(head + body)
                gateway.connections.add(self.client_address)
                answer = json.dumps(gateway.accept(parse_qs(body.decode()))).encode()
                gateway.before_answer()
                if gateway.cut_after_acceptance:
                    self.close_connection = True
                    return
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def tiny_gateway() -> Iterator[TinyGateway]:
    gateway = TinyGateway()
    thread = threading.Thread(target=gateway.serve, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.close()
        thread.join(5)


def sent_texts(gateway: Loopback) -> Sequence[str]:
    """What a loopback accepted, in order."""
    return [sms.body for sms in gateway.accepted()]
