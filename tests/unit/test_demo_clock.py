"""Time in the demonstration: it can be let pass, and nowhere else."""

from __future__ import annotations

from datetime import timedelta

from smsgateway.demo.clock import MovableClock
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.storage.clock import SystemClock

A_WEEK = timedelta(days=7)


def test_every_process_of_a_demonstration_sees_the_time_that_one_of_them_moved(
    settings: Settings,
) -> None:
    here, there = MovableClock.of(settings), MovableClock.of(settings)
    before = SystemClock().now()

    here.move_to(before + A_WEEK)

    assert there.now() >= before + A_WEEK


def test_time_never_goes_back(settings: Settings) -> None:
    clock = MovableClock.of(settings)
    clock.move_to(SystemClock().now() + A_WEEK)
    before = clock.now()

    clock.move_to(SystemClock().now())

    assert clock.now() >= before


def test_a_real_installation_goes_by_the_clock_of_its_machine(settings: Settings) -> None:
    MovableClock.of(settings).move_to(SystemClock().now() + A_WEEK)
    service = Service.build(settings)

    assert service.clock.now() < SystemClock().now() + timedelta(days=1)
    service.close()
