"""No order of events sends a reminder twice, after a stop, outside hours or after its time.

A state machine lives through weeks of a family with two children, with crashes, holidays and two
clocks at once, and looks after each step at everything that has left the outbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import ModuleType
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reminder_world import MOTHER, World
from sqlalchemy.exc import OperationalError

from smsgateway.calendars.hours import Hours
from smsgateway.messaging import optouts, outbox, recovery
from smsgateway.messaging.claim import begin_call, claim
from smsgateway.messaging.hours import SendingHours
from smsgateway.messaging.states import State
from smsgateway.messaging.transitions import move
from smsgateway.register import closures
from smsgateway.reminders import escalation, planner, release, review, rewording, store
from smsgateway.reminders.tables import reminder
from smsgateway.settings import Settings
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database

HOURS = Hours.parse("08:00-18:00")
ZONE = ZoneInfo("Africa/Casablanca")  # an hour from UTC, so that a mistaken zone is seen
BEGIN = datetime(2026, 11, 20, 9, tzinfo=ZONE)
SIX_WEEKS = ("PENTA1", "VPO1", "PNEUMO1", "ROTA1")


class Crash(BaseException):
    """The process is killed."""


class Reminders(RuleBasedStateMachine):
    """`fresh` gives an empty database, `installation` are its settings."""

    fresh: Callable[[], Database]
    installation: Settings

    def __init__(self) -> None:
        super().__init__()
        settings = replace(self.installation, timezone=ZONE, sending_hours=HOURS)
        self.world = World(type(self).fresh(), settings, FixedClock(BEGIN))
        self.children = [
            self.world.child(name, visit_on=BEGIN.date() + timedelta(days=days))
            for name, days in (("Awa", 5), ("Fanta", 12))
        ]
        self.stopped_at: datetime | None = None
        self.left: list[tuple[int, datetime]] = []
        self.died_at: datetime | None = None
        self.closed: dict[date, datetime] = {}

    def teardown(self) -> None:
        self.world.database.dispose()

    @rule(hours=st.lists(st.integers(1, 30), min_size=3, max_size=8), times=st.integers(1, 2))
    def life_goes_on(self, hours: list[int], times: int) -> None:
        """Time passes, the clock works, messages leave; again and again, or no visit would ever
        come near."""
        for some in hours:
            self.world.clock.move(timedelta(hours=some))
            self.work(times)
            self.messages_leave()

    @rule(days=st.integers(1, 4))
    def everything_is_down(self, days: int) -> None:
        self.world.clock.move(timedelta(days=days))

    @rule(times=st.integers(1, 2))
    def work(self, times: int) -> None:
        """The clock runs, once or twice."""
        for _ in range(times):
            self.clock_runs(self.world.now)

    @rule(behind=st.integers(0, 90))
    def two_clocks_at_once(self, behind: int) -> None:
        """On two machines, one of which is some seconds behind."""
        moments = [self.world.now, self.world.now - timedelta(seconds=behind)]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.clock_runs, moments))

    def clock_runs(self, now: datetime) -> None:
        """What the ticks do, one after the other; who finds the database busy comes back later."""
        database, settings = self.world.database, self.world.settings
        today = now.astimezone(ZONE).date()
        with suppress(OperationalError):
            recovery.recover(database, now)
            review.mark_reviews(database, now, today)
            planner.plan_marked(database, self.world.schedule, now, settings)
            list(release.release_due(database, self.world.catalogue, now, settings))
            rewording.reword(database, now, settings)
            escalation.escalate(database, now, today)

    @rule(place=st.sampled_from([(store, "write_reminders"), (outbox, "add")]), after=st.booleans())
    def the_clock_is_killed(self, place: tuple[ModuleType, str], after: bool) -> None:
        """Before or after plans or messages are written, and never with half of it kept."""
        module, name = place
        write = getattr(module, name)

        def killed(*args, **kwargs):
            if after:
                write(*args, **kwargs)
            raise Crash

        with suppress(Crash), mock.patch.object(module, name, killed):
            self.clock_runs(self.world.now)

    @rule(called=st.booleans())
    def the_worker_is_killed(self, called: bool) -> None:
        """With messages in its hands; what it had marked may have left."""
        now = self.world.now
        with self.world.database.begin() as connection:
            held = claim(connection, "main", now, SendingHours(HOURS, ZONE))
        if called:
            with self.world.database.begin() as connection:
                marked = begin_call(connection, held.lease, held.messages, now)
            self.left += [(one, now) for one in marked]

    @rule()
    def messages_leave(self) -> None:
        """As the sending worker takes them, and with its own last look."""
        now = self.world.now
        hours = SendingHours(HOURS, ZONE)
        with self.world.database.begin() as connection:
            outbox.queue_due(connection, now, 100)
            outbox.expire_waiting(connection, now, 100)
            held = claim(connection, "main", now, hours)
            ids = begin_call(connection, held.lease, held.messages, now)
            gone = move(connection, sorted(ids), State.SUBMITTING, State.SENT, now)
        self.left += [(one, now) for one in gone]

    @rule(which=st.integers(0, 1), dose=st.sampled_from(SIX_WEEKS))
    def a_dose_is_recorded(self, which: int, dose: str) -> None:
        given = {row.vaccine for row in self.world.doses(self.children[which])}
        if dose not in given:
            self.world.dose(self.children[which], dose)

    @rule(which=st.integers(0, 1), days=st.integers(-9, 9))
    def a_birth_date_is_corrected(self, which: int, days: int) -> None:
        self.world.move_visit(self.children[which], days)

    @rule(stop=st.booleans())
    def the_family_says_stop_or_start(self, stop: bool) -> None:
        with self.world.database.begin() as connection:
            change = optouts.stop if stop else optouts.start
            change(connection, MOTHER, self.world.now)
        self.stopped_at = (self.stopped_at or self.world.now) if stop else None

    @rule(hours=st.integers(1, 30), days=st.integers(0, 1))
    def a_day_is_closed(self, hours: int, days: int) -> None:
        """Feasts that follow the moon are announced on their eve, or in the morning, when the
        messages of the day are written."""
        self.world.clock.move(timedelta(hours=hours))
        self.work(1)
        day = self.world.today + timedelta(days=days)
        with self.world.database.begin() as connection:
            closures.close(connection, day, "Maouloud", self.world.now)
        self.closed.setdefault(day, self.world.now)
        self.world.clock.move(timedelta(hours=1))
        self.messages_leave()

    @precondition(lambda self: self.died_at is None)
    @rule()
    def a_child_dies(self) -> None:
        self.world.change(self.children[1], died_on=self.world.today)
        self.died_at = self.world.now
        self.work(1)

    @invariant()
    def nobody_hears_of_a_child_who_died(self) -> None:
        names = {row.id: row.body for row in self.world.messages()}
        if self.died_at is not None:
            assert not any("Fanta" in names[one] for one, at in self.left if at > self.died_at)

    @invariant()
    def no_reminder_is_spoken_twice(self) -> None:
        """A rule speaks of a visit again only when the date has moved by a week; never by two
        messages about the same date."""
        told = Counter(
            (row.visit_id, row.rule, row.phone_id, row.visit_date)
            for row in self.world.reminders("released")
        )
        assert all(count == 1 for count in told.values())
        keys = [row.dedupe_key for row in self.world.messages()]
        assert len(keys) == len(set(keys))
        assert len(self.left) == len({one for one, _ in self.left})

    @invariant()
    def nothing_leaves_at_the_wrong_time(self) -> None:
        messages = {row.id: row for row in self.world.messages()}
        for message_id, at in self.left:
            local = at.astimezone(ZONE)
            assert time(8) <= local.time() < time(18)
            assert at < messages[message_id].expires_at
            assert at <= self.closed.get(local.date(), at)
        if self.stopped_at is not None:
            assert all(at <= self.stopped_at for _, at in self.left)

    @invariant()
    def a_phone_is_not_flooded(self) -> None:
        days: Counter[date] = Counter(
            row.created_at.astimezone(ZONE).date()
            for row in self.world.messages()
            if row.state not in {State.CANCELLED, State.EXPIRED}
        )
        assert all(count <= 3 for count in days.values())

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every reminder waits, was released with a message, or tells why not."""
        for row in self.world.reminders():
            assert (row.state == "released") == (row.message_id is not None)
            assert row.state in {"planned", "released"} or row.reason


@pytest.mark.parametrize(
    ("fresh_databases", "lives"),
    [("sqlite", 12), ("postgresql", 5)],
    indirect=["fresh_databases"],
    ids=["sqlite", "postgresql"],
)
def test_no_order_of_events_breaks_what_is_promised(fresh_databases, lives, settings_of_machine):
    Reminders.fresh = staticmethod(fresh_databases)
    Reminders.installation = settings_of_machine
    run_state_machine_as_test(
        Reminders,
        settings=settings(
            max_examples=lives,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def settings_of_machine(request) -> Settings:
    """The settings of an installation; under another name, as `settings` here is Hypothesis's."""
    return request.getfixturevalue("settings")


def test_the_reminders_of_a_visit_have_one_row_each_for_rule_phone_and_date():
    """The promise above stands in the database itself."""
    [key] = [one for one in reminder.constraints if type(one).__name__ == "UniqueConstraint"]

    assert {column.name for column in key.columns} == {
        "visit_id",
        "occurrence",
        "rule",
        "phone_id",
    }
