"""HTTP on the wire: every form of answer, in whatever pieces it comes, and none for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsgateway.aggregators import wire
from smsgateway.aggregators.wire import Answer, BrokenAnswer, Deadlines, exchange

PATIENT = Deadlines(10.0, 10.0)
ASK = b"GET / HTTP/1.1\r\n\r\n"
CREATED = b"HTTP/1.1 201 Created\r\n"
CHUNKED = CREATED + b"Transfer-Encoding: chunked\r\n\r\n"


def heard(pieces: Sequence[bytes], *, has_body: bool = True) -> Answer:
    """What is read from a server that says these pieces and hangs up."""
    ours, theirs = socket.socketpair()
    with ours:

        def talk() -> None:
            with theirs:
                theirs.recv(65536)
                for piece in pieces:
                    theirs.sendall(piece)

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            return exchange(ours, ASK, PATIENT, has_body=has_body)
        finally:
            thread.join(10)


@pytest.mark.parametrize(
    ("said", "content", "is_last"),
    [
        (CREATED + b"Content-Length: 2\r\n\r\n{}", b"{}", False),
        (CREATED + b"content-length:2\r\n\r\n{}", b"{}", False),
        (CREATED + b"Content-Length: 0\r\n\r\n", b"", False),
        (CREATED + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}", b"{}", True),
        (CREATED + b"\r\n{}", b"{}", True),
        (b"HTTP/1.0 201 Created\r\nContent-Length: 2\r\n\r\n{}", b"{}", True),
        (b"HTTP/1.0 201 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
        (CHUNKED + b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", b"{}", False),
        (CHUNKED + b"2\r\n{}\r\n0\r\nX: 1\r\n\r\n", b"{}", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + CREATED + b"Content-Length: 2\r\n\r\n{}", b"{}", False),
        (b"HTTP/1.1 204\r\n\r\n", b"", False),
        (b"HTTP/1.1 201 Created\nContent-Length: 2\n\n{}", b"{}", False),
        (CREATED + b"Content-Length: 2\r\n\r\n{}and more", b"{}", True),
    ],
    ids=[
        "length", "small letters", "empty", "closing", "to the end", "old",
        "old and kept", "chunks", "trailers", "interim answer", "no body", "bare line feeds",
        "more than was asked for",
    ],
)  # fmt: skip
def test_every_form_of_answer_is_read(said: bytes, content: bytes, is_last: bool) -> None:
    answer = heard([said])
    assert (answer.content, answer.is_last) == (content, is_last)


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_a_tunnel_is_granted_by_a_head_alone(version: bytes) -> None:
    answer = heard([b"HTTP/" + version + b" 200 Connection established\r\n\r\n"], has_body=False)
    assert (answer.status, answer.content, answer.is_last) == (200, b"", False)


@given(cuts=st.sets(st.integers(1, 100)), sizes=st.lists(st.integers(1, 9), min_size=1))
def test_it_does_not_matter_in_which_pieces_an_answer_comes(
    cuts: set[int], sizes: list[int]
) -> None:
    chunks = [b"x" * size for size in sizes]
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    said = CHUNKED + body + b"0\r\n\r\n"
    places = [0, *sorted(cut for cut in cuts if cut < len(said)), len(said)]
    pieces = [said[start:end] for start, end in pairwise(places)]
    answer = heard(pieces)
    assert (answer.status, answer.reason) == (201, "Created")
    assert (answer.content, answer.is_last) == (b"".join(chunks), False)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 201 Cre",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/2 201\r\n\r\n",
        CREATED + b"Content-Length: 3\r\n\r\n{}",
        CREATED + b"Content-Length: two\r\n\r\n{}",
        CREATED + b"Content-Length: -2\r\n\r\n{}",
        CREATED + b"Content-Length: 2, 3\r\n\r\n{}",
        CREATED + b"Content-Length: 99999999\r\n\r\n{}",
        CREATED + b"no header\r\nContent-Length: 2\r\n\r\n{}",
        CREATED + b"Transfer-Encoding: gzip\r\n\r\n{}",
        CHUNKED + b"2\r\n{}",
        CHUNKED + b"x\r\n{}\r\n",
        CHUNKED + b"1\r\n{}\r\n0\r\n\r\n",
    ],
    ids=[
        "nothing", "half a head", "another protocol", "another version", "too short",
        "a length in words", "a negative length", "two lengths", "too long", "no header",
        "unknown coding",
        "no last chunk", "no size", "more than the chunk says",
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_none(said: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        heard([said])


def test_neither_a_head_nor_a_body_is_read_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_HEAD", 100)
    monkeypatch.setattr(wire, "MOST_BYTES", 100)
    for said in (
        CREATED + b"X: " + b"y" * 200,
        CREATED + b"\r\n" + b"y" * 200,
        CHUNKED + b"ff\r\n",
    ):
        with pytest.raises(BrokenAnswer):
            heard([said])


@pytest.mark.parametrize(
    "beginning", [CREATED[:-2], CREATED, CREATED + b"Content-Length: 999\r\n\r\n"]
)
def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_a_call_for_ever(
    beginning: bytes,
) -> None:
    """It is never silent for long, so that only a time for the whole of an answer ends it."""
    ours, theirs = socket.socketpair()
    given_up = threading.Event()

    def drip() -> None:
        theirs.sendall(beginning)
        for _ in range(1_000):
            if given_up.wait(0.02):
                return
            theirs.sendall(b"x")
        theirs.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with ours, pytest.raises(TimeoutError):
            exchange(ours, ASK, Deadlines(silence_s=30.0, whole_s=0.3))
    finally:
        given_up.set()
        thread.join(10)
        theirs.close()
