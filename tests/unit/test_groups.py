"""Writing in groups: alone at once, together behind a write, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from smsgateway.web.webhooks.groups import GroupWriter, NotWritten, _Entry


class Disk:
    """What items are written to; `gate` holds a write up, `refused` are items it does not take,
    and at the group `breaks_at` it breaks."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.writing = threading.Event()
        self.refused: set[str] = set()
        self.breaks_at = 0

    def write(self, items: Sequence[str]) -> list[Exception | None]:
        self.groups.append(list(items))
        self.writing.set()
        assert self.gate.wait(30)
        if len(self.groups) == self.breaks_at:
            raise OSError("the disk is gone")
        return [ValueError(item) if item in self.refused else None for item in items]


@pytest.fixture
def disk() -> Disk:
    return Disk()


def behind_a_write(
    disk: Disk, writer: GroupWriter[str], pool: ThreadPoolExecutor, items: Sequence[str]
) -> list[Future[None]]:
    """`first` is being written, and then come the items, in order."""
    disk.gate.clear()
    puts = [pool.submit(writer.put, "first")]
    assert disk.writing.wait(30)
    for count, item in enumerate(items, start=1):
        puts.append(pool.submit(writer.put, item))
        while len(writer._waiting) < count:
            threading.Event().wait(0.001)
    return puts


def test_who_comes_alone_is_written_at_once(disk: Disk) -> None:
    writer = GroupWriter(disk.write)
    for item in "ab":
        writer.put(item)
    assert disk.groups == [["a"], ["b"]]


def test_what_comes_during_a_write_is_written_together_after_it(disk: Disk) -> None:
    writer = GroupWriter(disk.write)
    with ThreadPoolExecutor(5) as pool:
        puts = behind_a_write(disk, writer, pool, "abcd")
        assert not any(put.done() for put in puts), "nobody is told before the disk has it"
        disk.gate.set()
        for put in puts:
            put.result(30)
    assert disk.groups == [["first"], ["a", "b", "c", "d"]]


def test_a_group_is_bounded_and_the_rest_is_the_next_group(disk: Disk) -> None:
    writer = GroupWriter(disk.write, most=2)
    with ThreadPoolExecutor(6) as pool:
        puts = behind_a_write(disk, writer, pool, "abcde")
        disk.gate.set()
        for put in puts:
            put.result(30)
    assert disk.groups == [["first"], ["a", "b"], ["c", "d"], ["e"]]


def test_each_item_has_its_own_outcome(disk: Disk) -> None:
    disk.refused = {"b"}
    writer = GroupWriter(disk.write)
    with ThreadPoolExecutor(4) as pool:
        puts = behind_a_write(disk, writer, pool, "abc")
        disk.gate.set()
        outcomes = [type(put.exception(30)) for put in puts]
    assert outcomes == [type(None), type(None), ValueError, type(None)]


def test_the_group_of_a_thread_that_comes_to_grief_is_told_and_the_next_goes_on(
    disk: Disk,
) -> None:
    writer = GroupWriter(disk.write, most=2)
    with ThreadPoolExecutor(6) as pool:
        puts = behind_a_write(disk, writer, pool, "abcd")
        disk.breaks_at = 2
        disk.gate.set()
        outcomes = [type(put.exception(30)) for put in puts]
    assert outcomes == [type(None), OSError, NotWritten, type(None), type(None)]


def test_nobody_waits_for_ever_behind_a_write_that_hangs(disk: Disk) -> None:
    writer = GroupWriter(disk.write, patience_s=0.05)
    with ThreadPoolExecutor(3) as pool:
        first, *others = behind_a_write(disk, writer, pool, "ab")
        assert [type(put.exception(30)) for put in others] == [NotWritten] * 2
        disk.gate.set()
        assert first.exception(30) is None
    writer.put("c")
    assert disk.groups == [["first"], ["c"]], "who went away is not written behind its back"


def test_a_thread_whose_patience_ends_as_its_turn_comes_takes_its_turn(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wakes_too_late(entry: _Entry[str], _: float) -> bool:
        while not entry.is_woken:
            threading.Event().wait(0.001)
        return False

    monkeypatch.setattr(_Entry, "sleep", wakes_too_late)
    writer = GroupWriter(disk.write, most=1)
    with ThreadPoolExecutor(4) as pool:
        puts = behind_a_write(disk, writer, pool, "abc")
        disk.gate.set()
        assert [put.exception(30) for put in puts] == [None] * 4
    assert disk.groups == [["first"], ["a"], ["b"], ["c"]]


def test_many_threads_lose_and_repeat_nothing(disk: Disk) -> None:
    writer = GroupWriter(disk.write, most=7)
    items = [str(n) for n in range(400)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(writer.put, items))
    assert sorted(item for group in disk.groups for item in group) == sorted(items)
    assert max(len(group) for group in disk.groups) <= 7
