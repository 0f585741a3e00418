"""Orange and a described gateway from the outbox to the receipt, and what every adapter must do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from gateway_stub import Asked, Says, server, stub
from messaging_world import put, row, sender, state

from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.aggregators.base import Aggregator, RawRequest
from smsgateway.aggregators.http import HttpGateway
from smsgateway.aggregators.kannel import Kannel
from smsgateway.aggregators.orange import Orange
from smsgateway.aggregators.transport import MOST_HEADS, Transport
from smsgateway.gateway_settings import KannelSettings, OrangeSettings
from smsgateway.messaging.channels import Standing, standing
from smsgateway.messaging.port import (
    AmbiguousSend,
    ChannelClosed,
    Misconfigured,
    OutboundSms,
    Unavailable,
)
from smsgateway.messaging.receipts import MOST_TRIES, rows_of, settle_parked, store
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

AMINATA = "+22370000001"
QUICK, PATIENT = (0.5, 0.3), (10.0, 10.0)
TOKEN = Says(200, {"access_token": "token", "expires_in": "3600"})

Timeout = tuple[float, float]
Make = Callable[..., Aggregator]
"""From an address, and a timeout where it matters."""


def orange(url: str, timeout: Timeout = PATIENT) -> Orange:
    return Orange(OrangeSettings("id", "secret", "+2230000", base_url=url), timeout=timeout)


def described(url: str, timeout: Timeout = PATIENT) -> HttpGateway:
    content = {
        "send": {
            "url": f"{url}/send/{{digits}}",
            "fields": {"ref": "{reference}", "text": "{text}"},
        },
        "accepted": {"path": "state", "values": ["ok"]},
        "receipts": {"reference": "ref", "status": "state", "delivered": ["done"]},
    }
    return HttpGateway(content, timeout=timeout)


def kannel(url: str, timeout: Timeout = PATIENT) -> Kannel:
    return Kannel(KannelSettings(f"{url}/sendsms", "user", "secret"), timeout=timeout)


def africastalking(url: str, timeout: Timeout = PATIENT) -> AfricasTalking:
    return AfricasTalking("clinic", "key", base_url=url, timeout=timeout)


EVERY: list[Make] = [africastalking, orange, kannel, described]


def orange_api(send: Says) -> Callable[[Asked], Says]:
    return lambda asked: TOKEN if asked.path == "/oauth/v3/token" else send


ACCEPTED = {
    orange: Says(201, {"outboundSMSMessageRequest": {"resourceURL": "https://o/requests/abc"}}),
    described: Says(200, {"state": "ok"}),
}
REFUSED = {
    orange: Says(403, {"requestError": {"policyException": {"text": "Expired contract"}}}),
    described: Says(402),
}


def receipt(make: Make, reference: int) -> RawRequest:
    """The delivery of a message whose answer told no id, as each gateway tells of it."""
    if make is orange:
        body = (
            '{"deliveryInfoNotification": {"callbackData": "abc", "deliveryInfo": '
            f'{{"address": "tel:{AMINATA}", "deliveryStatus": "DeliveredToTerminal"}}}}}}'
        )
    else:
        body = f'{{"ref": {reference}, "state": "done"}}'
    return RawRequest("application/json", body.encode())


def reported(database: Database, clock: FixedClock, gateway: Aggregator, raw: RawRequest) -> None:
    reports = gateway.parse_delivery_report(raw)
    with database.begin() as connection:
        store(connection, rows_of(gateway.name, "main", reports, raw.payload, clock.now()))
    for _ in range(MOST_TRIES):
        settle_parked(database, clock.now())
        clock.move(timedelta(hours=2))


@pytest.mark.parametrize("make", [orange, described])
def test_a_message_is_sent_and_its_receipt_delivers_it(
    make: Make, database: Database, clock: FixedClock
) -> None:
    one = put(database, clock, to=AMINATA)
    with stub(orange_api(ACCEPTED[make])) as api:
        gateway = make(api.url)
        sender(database, clock, gateway).drain()
    assert state(database, one) == "sent"
    reported(database, clock, gateway, receipt(make, one))
    assert state(database, one) == "delivered"


@pytest.mark.parametrize("make", [orange, described])
def test_an_empty_account_pauses_the_channel_and_burns_no_message(
    make: Make, database: Database, clock: FixedClock
) -> None:
    messages = [put(database, clock, to=f"+2237000000{n}") for n in range(3)]
    with stub(orange_api(REFUSED[make])) as api:
        sender(database, clock, make(api.url)).drain()
    assert {state(database, each) for each in messages} == {"queued"}
    with database.read() as connection:
        assert standing(connection, "main", clock.now()) is Standing.CLOSED


@pytest.mark.parametrize("make", [orange, described])
def test_a_lost_answer_is_settled_by_its_receipt_and_nothing_is_sent_again(
    make: Make, database: Database, clock: FixedClock
) -> None:
    one = put(database, clock, to=AMINATA)
    with stub(orange_api(Says(cut=True))) as api:
        gateway = make(api.url)
        sender(database, clock, gateway).drain()
        assert row(database, one).state == "unknown"
        reported(database, clock, gateway, receipt(make, one))
        assert state(database, one) == "delivered"
        sender(database, clock, gateway).drain()
        sends = [asked for asked in api.asked if asked.path != "/oauth/v3/token"]
    assert len(sends) == 1


@contextmanager
def silent_after(first: bytes) -> Iterator[str]:
    """A server that answers the first request of a connection and never another."""
    listening = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            held.append(connection)
            connection.recv(65536)
            connection.sendall(first)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for connection in held:
            connection.close()
        thread.join(5)


def end_of_a_send(gateway: Aggregator) -> Exception:
    """What a send ends with; it is given far more time than its own deadlines."""
    ends: list[Exception] = []

    def work() -> None:
        try:
            gateway.send([OutboundSms(1, AMINATA, "Bonjour")])
        except (ChannelClosed, AmbiguousSend) as error:
            ends.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "the call waits for ever"
    (end,) = ends
    return end


@pytest.mark.parametrize("make", EVERY)
def test_no_send_waits_for_ever(make: Make) -> None:
    """Each call has a deadline; where the time ran out after the request left, nobody knows."""
    body = b'{"access_token": "token"}'
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with silent_after(head + body if make is orange else b"") as url:
        assert isinstance(end_of_a_send(make(url, QUICK)), AmbiguousSend)


def dripping(connection: socket.socket) -> None:
    """Never silent for long, and never at the end of what it announced."""
    connection.recv(65536)
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            connection.sendall(b" ")
            time.sleep(0.02)


@pytest.mark.parametrize("make", EVERY)
def test_no_send_waits_for_ever_for_an_answer_in_drops(make: Make) -> None:
    nothing_was_sent = make is orange  # it asks for its token first
    with server(dripping) as address:
        end = end_of_a_send(make(f"http://{address}", QUICK))
    assert isinstance(end, Unavailable if nothing_was_sent else AmbiguousSend)
    assert "TimeoutError" in str(end)


@pytest.mark.parametrize("make", EVERY)
def test_no_secret_and_no_number_is_in_what_an_adapter_says_of_a_failure(make: Make) -> None:
    with pytest.raises(Exception, match=r".") as raised:
        make("http://gateway.invalid").send([OutboundSms(1, AMINATA, "a text")])
    for word in ("secret", "70000001", "a text"):
        assert word not in str(raised.value)


def test_addresses_that_are_used_once_do_not_fill_the_memory() -> None:
    with stub(lambda _: Says(200)) as api:
        transport = Transport(1)
        for number in range(MOST_HEADS + 10):
            transport.request("GET", f"{api.url}/{number}", headers={})
        transport.close()
    assert [asked.path for asked in api.asked[-2:]] == [f"/{MOST_HEADS + 8}", f"/{MOST_HEADS + 9}"]
    assert len(transport._heads) <= MOST_HEADS


def test_behind_a_proxy_the_address_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def proxy(asked: Asked) -> Says:
        seen.update(asked.query)
        return Says(202, "0: Accepted for delivery")

    with stub(proxy) as running:
        monkeypatch.setenv("http_proxy", running.url)
        monkeypatch.setenv("no_proxy", "")
        kannel("http://smsbox.invalid").send([OutboundSms(1, AMINATA, "Bonjour")])
    assert (seen["to"], seen["text"]) == (AMINATA, "Bonjour")


def test_an_https_address_behind_a_proxy_is_reached_through_a_tunnel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proxy that the environment names is asked for the tunnel, with its name and password;
    one that grants none has passed nothing on."""
    asked: list[str] = []

    def refusing(connection: socket.socket) -> None:
        asked.append(connection.recv(65536).decode())
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with server(refusing) as address:
        monkeypatch.setenv("https_proxy", f"http://user:secret@{address}")
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(Unavailable):
            kannel("https://smsbox.invalid").send([OutboundSms(1, AMINATA, "Bonjour")])
    (request,) = asked
    assert request.split("\r\n") == [
        "CONNECT smsbox.invalid:443 HTTP/1.1",
        "Host: smsbox.invalid:443",
        "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=",
        "",
        "",
    ]


def test_a_proxy_of_another_kind_waits_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(Misconfigured):
        kannel("http://smsbox.invalid").send([OutboundSms(1, AMINATA, "Bonjour")])
