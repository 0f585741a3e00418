"""A gateway that answers like Africa's Talking and does nothing else, in a process of its own.

It takes a fifth of the processor time of the sender it serves, so that the sender is what is
measured. To a GET it answers like Kannel, with as much as that needs. `python -m benchmarks.stub
LATENCY_S` prints its port; a line on its standard input asks for `accepted repeated seconds`: how
many, how many of them for the second time by number and text, and from the first to the last.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from time import monotonic
from typing import NamedTuple, cast
from urllib.parse import unquote_plus

_ids = itertools.count(1)
_seen: set[tuple[str, str]] = set()
_accepted = 0
_first_at = _last_at = 0.0


KANNELS_ANSWER = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: text/html\r\nContent-Length: 24\r\n\r\n"
    b"0: Accepted for delivery"
)


class Gateway(asyncio.Protocol):
    """One connection."""

    latency_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (request := self._request()) is not None:
            answer = _answer(request)
            if self.latency_s:
                loop = asyncio.get_running_loop()
                loop.call_later(self.latency_s, self._transport.write, answer)
            else:
                self._transport.write(answer)

    def _request(self) -> bytes | None:
        """The form of the next request once it is whole: its body, or the query of a GET."""
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return rest[:length] if length else head.split(b" ", 2)[1].partition(b"?")[2]


def _answer(form: bytes) -> bytes:
    global _accepted, _first_at, _last_at
    fields = dict(pair.split("=", 1) for pair in form.decode().split("&"))
    numbers = unquote_plus(fields["to"]).split(",")
    _last_at = monotonic()
    _first_at = _first_at or _last_at
    _accepted += len(numbers)
    text = fields.get("message")
    _seen.update((number, text or fields["text"]) for number in numbers)
    if text is None:
        return KANNELS_ANSWER
    lines = ",".join(
        f'{{"cost":"XOF 20","messageId":"ATXid_{next(_ids)}","number":"{number}",'
        '"status":"Success","statusCode":101}'
        for number in numbers
    )
    body = f'{{"SMSMessageData":{{"Message":"Sent","Recipients":[{lines}]}}}}'.encode()
    head = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _serve(latency_s: float) -> None:
    Gateway.latency_s = latency_s
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Gateway, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(_accepted, _accepted - len(_seen), _last_at - _first_at, flush=True)  # noqa: T201


class Counted(NamedTuple):
    """How many SMS a stub has accepted, how many again, and seconds from the first to the last."""

    accepted: int
    repeated: int
    seconds: float


class Stub:
    """A running stub; `url` is its address."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process
        self.url = f"http://127.0.0.1:{self._line()}"

    def counted(self) -> Counted:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        accepted, repeated, seconds = self._line().split()
        return Counted(int(accepted), int(repeated), float(seconds))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def stub(latency_s: float) -> Iterator[Stub]:
    """A stub while the block runs."""
    command = [sys.executable, "-m", "benchmarks.stub", str(latency_s)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            yield Stub(process)
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
