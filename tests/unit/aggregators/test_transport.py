"""What the transport makes of a packed answer; the rest of it is tested with the gateways."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from smsgateway.aggregators.transport import Transport
from smsgateway.aggregators.wire import MOST_BYTES
from smsgateway.messaging.port import AmbiguousSend


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that gives one packed answer; its address."""
    head = b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(head % len(body) + body)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


def test_a_packed_answer_is_unpacked() -> None:
    with answering(gzip.compress(b"accepted")) as url:
        assert Transport(1).request("GET", url, headers={}).content == b"accepted"


@pytest.mark.parametrize(
    "body",
    [gzip.compress(bytes(MOST_BYTES + 1)), gzip.compress(b"accepted")[:-3], b"accepted"],
    ids=["too large when unpacked", "cut short", "not packed"],
)
def test_one_that_cannot_be_unpacked_proves_nothing(body: bytes) -> None:
    with answering(body) as url, pytest.raises(AmbiguousSend):
        Transport(1).request("GET", url, headers={})
