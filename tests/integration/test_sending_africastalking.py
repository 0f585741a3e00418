"""Africa's Talking over real HTTP: the SDK's own bytes, kept connections, and every way to fail."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
from africastalking.SMS import SMSService
from gateway_stub import Conversation, server
from messaging_world import TinyGateway, tiny_gateway

from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.aggregators.base import Aggregator
from smsgateway.aggregators.loopback import Loopback
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    OutboundSms,
    Outcome,
    Throttled,
    Unavailable,
)
from smsgateway.settings import Settings

BATCH = [OutboundSms(1, "+22370000001", "Bonjour"), OutboundSms(2, "+22370000002", "Bonjour")]
QUICK, PATIENT = (0.5, 0.3), (10.0, 10.0)


@pytest.fixture
def gateway() -> Iterator[TinyGateway]:
    with tiny_gateway() as running:
        yield running


def adapter(
    url: str, timeout: tuple[float, float] = PATIENT, sender_id: str | None = None
) -> AfricasTalking:
    return AfricasTalking(
        "sandbox", "secret-key", base_url=url, timeout=timeout, sender_id=sender_id
    )


def reset(connection: socket.socket) -> None:
    """Close so that the other side meets a reset and not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def says(response: str) -> Conversation:
    def conversation(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(response.encode())

    return conversation


class StockSdk(SMSService):  # type: ignore[misc]
    """The SDK as it comes, at another address."""

    address = ""

    def _init_service(self) -> None:
        super()._init_service()
        self._baseUrl = f"{self.address}/version1"


@pytest.mark.parametrize("sender_id", [None, "36077", "Sante ML"])
@pytest.mark.parametrize("text", ["Bonjour", "Dɔgɔtɔrɔso & 1+1=2 % é\n€", "x" * 700])
def test_our_request_is_the_sdks_to_the_byte(
    gateway: TinyGateway, text: str, sender_id: str | None
) -> None:
    sdk = type("Sdk", (StockSdk,), {"address": gateway.url})("sandbox", "secret-key")
    sdk.send(text, [sms.msisdn for sms in BATCH], sender_id)
    batch = [OutboundSms(sms.reference, sms.msisdn, text) for sms in BATCH]
    adapter(gateway.url, sender_id=sender_id).send(batch)
    stock, ours = gateway.requests
    assert ours == stock
    assert b"User-Agent: africastalking-python/2.0.0" in ours


def test_a_connection_is_kept_where_the_sdk_opens_one_for_each_call(gateway: TinyGateway) -> None:
    one = adapter(gateway.url)
    for _ in range(20):
        one.send(BATCH)
    assert len(gateway.connections) == 1
    sdk = type("Sdk", (StockSdk,), {"address": gateway.url})("sandbox", "secret-key")
    for _ in range(3):
        sdk.send("Bonjour", ["+22370000001"])
    assert len(gateway.connections) == 4


def test_a_connection_idle_for_long_is_not_used_again(
    gateway: TinyGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsgateway.aggregators.transport.MOST_IDLE_S", 0.0)
    one = adapter(gateway.url)
    one.send(BATCH)
    one.send(BATCH)
    assert len(gateway.connections) == 2


def test_threads_share_the_connections_and_keep_their_answers_apart(gateway: TinyGateway) -> None:
    one = adapter(gateway.url)
    results: list[bool] = []

    def work(number: int) -> None:
        for n in range(10):
            batch = [OutboundSms(number * 100 + n, f"+2237{number:03}{n:04}", f"text {number}")]
            (result,) = one.send(batch)
            results.append(result.reference == batch[0].reference)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [True] * 80
    assert len(gateway.accepted) == 80 and len(gateway.connections) <= 16


def test_an_accepted_call_brings_ids_and_costs(gateway: TinyGateway) -> None:
    first, second = adapter(gateway.url).send(BATCH)
    assert first.outcome is second.outcome is Outcome.ACCEPTED
    assert (first.aggregator_message_id, first.cost, first.currency) == (
        "ATXid_1",
        Decimal("20"),
        "XOF",
    )


def test_a_refused_connection_proves_that_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unavailable):
        adapter(f"http://127.0.0.1:{port}").send(BATCH)


def test_a_name_that_nobody_knows_proves_that_nothing_left() -> None:
    with pytest.raises(Unavailable):
        adapter("http://gateway.invalid").send(BATCH)


@pytest.mark.parametrize("farewell", [reset, lambda connection: None], ids=["reset", "closed"])
def test_a_connection_lost_while_tls_is_set_up_proves_that_nothing_left(
    farewell: Conversation,
) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(1)
        farewell(connection)

    with server(hang_up) as address, pytest.raises(Unavailable):
        adapter(f"https://{address}").send(BATCH)


def test_a_plain_server_behind_an_https_address_proves_that_nothing_left() -> None:
    with server(says("HTTP/1.1 400 Bad Request\r\n\r\n")) as address, pytest.raises(Unavailable):
        adapter(f"https://{address}").send(BATCH)


@pytest.mark.parametrize("farewell", [reset, lambda connection: None], ids=["reset", "closed"])
def test_a_connection_cut_after_the_request_leaves_it_unknown(farewell: Conversation) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(65536)
        farewell(connection)

    with server(hang_up) as address, pytest.raises(AmbiguousSend):
        adapter(f"http://{address}").send(BATCH)


def test_a_connection_cut_after_the_acceptance_leaves_it_unknown(gateway: TinyGateway) -> None:
    gateway.cut_after_acceptance = True
    with pytest.raises(AmbiguousSend):
        adapter(gateway.url).send(BATCH)
    assert gateway.accepted.total() == 2


def test_an_answer_that_does_not_come_in_time_leaves_it_unknown() -> None:
    def never(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    with server(never) as address, pytest.raises(AmbiguousSend):
        adapter(f"http://{address}", QUICK).send(BATCH)


def test_an_answer_that_breaks_off_leaves_it_unknown() -> None:
    broken = (
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
    )
    with server(says(broken)) as address, pytest.raises(AmbiguousSend):
        adapter(f"http://{address}").send(BATCH)


def test_bad_credentials_are_known_by_the_status_which_the_sdk_hides() -> None:
    text = "The supplied authentication is invalid"
    response = f"HTTP/1.1 401 Unauthorized\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    with server(says(response)) as address, pytest.raises(BadCredentials):
        adapter(f"http://{address}").send(BATCH)


def test_too_many_calls_are_known_with_the_time_to_wait() -> None:
    response = "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    with server(says(response)) as address, pytest.raises(Throttled) as refused:
        adapter(f"http://{address}").send(BATCH)
    assert refused.value.retry_after and refused.value.retry_after.total_seconds() == 7


def test_a_redirect_is_not_followed_with_the_message(gateway: TinyGateway) -> None:
    response = f"HTTP/1.1 302 Found\r\nLocation: {gateway.url}/x\r\nContent-Length: 0\r\n\r\n"
    with server(says(response)) as address, pytest.raises(Exception, match="HTTP 302"):
        adapter(f"http://{address}").send(BATCH)
    assert gateway.requests == []


def test_without_a_key_no_call_is_made(gateway: TinyGateway) -> None:
    with pytest.raises(BadCredentials):
        AfricasTalking("sandbox", "", base_url=gateway.url).send(BATCH)
    assert gateway.requests == []


def test_two_texts_in_one_call_are_a_fault(gateway: TinyGateway) -> None:
    with pytest.raises(ValueError, match="one text"):
        adapter(gateway.url).send([BATCH[0], OutboundSms(2, "+22370000002", "Autre")])
    assert gateway.requests == []


def test_the_balance_is_read_with_its_currency() -> None:
    body = '{"UserData":{"balance":"USD 999999589.6168"}}'
    response = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with server(says(response)) as address:
        balance = adapter(f"http://{address}").balance()
        health = adapter(f"http://{address}").health()
    assert balance and (balance.amount, balance.currency) == (Decimal("999999589.6168"), "USD")
    assert health.ok


def test_a_gateway_that_is_away_is_not_healthy() -> None:
    health = adapter("http://gateway.invalid").health()
    assert not health.ok and "unreachable" in health.detail


def test_the_key_is_not_shown_by_the_adapter() -> None:
    assert "secret-key" not in repr(adapter("http://gateway.invalid"))


def test_every_aggregator_keeps_the_interface(settings: Settings) -> None:
    """What mypy checks by the annotation also holds for every name at run time."""
    every: list[Aggregator] = [Loopback(), *aggregators_of(settings).values()]
    for one in every:
        names = {name for name in vars(Aggregator) if not name.startswith("_")}
        assert all(hasattr(one, name) for name in names)
