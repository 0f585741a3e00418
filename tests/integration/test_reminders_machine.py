"""No order of events sends a reminder twice, after a stop, outside hours or after its time.

A state machine lives through weeks of a family with two children, with crashes and with two clocks
at once, and looks after each step at everything that has left the outbox.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
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

from smsgateway.calendars.hours import Hours
from smsgateway.messaging import optouts, outbox
from smsgateway.messaging.claim import begin_call, claim
from smsgateway.messaging.hours import SendingHours
from smsgateway.messaging.states import State
from smsgateway.messaging.transitions import move
from smsgateway.reminders import escalation, rewording
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
    """`template` is a migrated database file and `installation` its settings."""

    template: Path
    installation: Settings

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="smsgw-machine-"))
        shutil.copy(self.template, self.folder / "db")
        settings = replace(self.installation, timezone=ZONE, sending_hours=HOURS)
        database = Database(f"sqlite:///{self.folder}/db")
        self.world = World(database, settings, FixedClock(BEGIN))
        self.children = [
            self.world.child(name, visit_on=BEGIN.date() + timedelta(days=days))
            for name, days in (("Awa", 5), ("Fanta", 12))
        ]
        self.stopped_at: datetime | None = None
        self.left: list[tuple[int, datetime]] = []
        self.died_at: datetime | None = None

    def teardown(self) -> None:
        self.world.database.dispose()
        shutil.rmtree(self.folder)

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
        """Also twice, as two clocks do that find the same work."""
        for _ in range(times):
            self.world.review()
            self.world.plan()
            self.world.release()
            rewording.reword(self.world.database, self.world.now, self.world.settings)
            escalation.escalate(self.world.database, self.world.now, self.world.today)

    @rule(after=st.integers(0, 1))
    def the_clock_is_killed(self, after: int) -> None:
        """Before or after the messages are written, and never with half of it kept."""
        add = outbox.add

        def killed(*args, **kwargs):
            if after:
                add(*args, **kwargs)
            raise Crash

        self.world.review()
        self.world.plan()
        outbox.add = killed
        try:
            self.world.release()
        except Crash:
            pass
        finally:
            outbox.add = add

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


def test_no_order_of_events_breaks_what_is_promised(_sqlite_template, settings_of_machine):
    Reminders.template = _sqlite_template
    Reminders.installation = settings_of_machine
    run_state_machine_as_test(
        Reminders,
        settings=settings(
            max_examples=20,
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
