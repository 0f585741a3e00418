"""Planning many children, and finding the little that is due among much that is not.

The cost of one child must not grow with the number of children, and the memory of the planner must
not either; taking what is due stays near the bare UPDATE that it cannot do without. Sizes are
options: BENCH_CHILDREN="10000 100000 1000000", BENCH_MESSAGES=5000000.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from sqlalchemy import Connection, insert, select, update

from benchmarks import crowd
from benchmarks.crowd import NOW
from benchmarks.results import Result
from benchmarks.sender import fresh_database
from smsgateway.calendars.schedule import shipped
from smsgateway.messaging.claim import CLAIM_LIMIT, claim
from smsgateway.messaging.hours import SendingHours
from smsgateway.messaging.tables import message
from smsgateway.register import changes
from smsgateway.register.tables import caregiver, facility, person, phone
from smsgateway.reminders.planner import plan_marked
from smsgateway.reminders.planning import Planning
from smsgateway.reminders.release import release_due
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue

SIZES = [int(size) for size in os.environ.get("BENCH_CHILDREN", "1000 5000").split()]
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "100000"))
DUE = 10_000
BATCH = 10_000
ROUNDS = 5
BACKENDS = ("sqlite", "postgresql")


def planning() -> list[Result]:
    """Cost of a child among many beside that among few, on each database."""
    return [_planning(backend) for backend in BACKENDS]


def _planning(backend: str) -> Result:
    costs = {size: _cost(backend, size) for size in SIZES}
    few, many = min(SIZES), max(SIZES)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = "; ".join(f"{size:,}: {cost:.3f} ms" for size, cost in costs.items())
    return Result(
        f"plan_{backend}",
        costs[many],
        costs[few],
        "ms a child",
        f"Children with one phone planned in batches of 200: {figures}. "
        f"Highest memory of the process {memory:.0f} MB.",
        "cost a child flat (ratio about 1), memory of the planner at most 200 MB",
        [[costs[many], costs[few]]],
    )


def _cost(backend: str, size: int) -> float:
    """Milliseconds a child."""
    settings = Settings.from_env({"SECRET_KEY": "a secret key for benchmarks alone"})
    with fresh_database(backend) as base:
        _children(base, size)
        begun = time.perf_counter()
        while plan_marked(base, shipped(), NOW, settings).people:
            pass
        return (time.perf_counter() - begun) / size * 1000


def _children(base: Database, size: int) -> None:
    """Children of all ages below two years, each with a phone, all marked."""
    with base.begin() as connection:
        place = {"code": "b", "name": "Asacobafa", "kind": "cscom", "region": "Bamako"}
        connection.execute(insert(facility), [place | {"session_days": "tue,thu"}])
    for numbers in _batches(size):
        with base.begin() as connection:
            ids = [number + 1 for number in numbers]
            connection.execute(insert(person), [_child(number) for number in numbers])
            connection.execute(insert(phone), [_phone(number) for number in numbers])
            connection.execute(
                insert(caregiver), [{"person_id": one, "phone_id": one} for one in ids]
            )
            changes.mark(connection, ids, NOW)


def _batches(size: int) -> Iterator[range]:
    for begin in range(0, size, BATCH):
        yield range(begin, min(begin + BATCH, size))


def _child(number: int) -> dict[str, object]:
    return {
        "first_name": "Awa",
        "sex": "F",
        "birth_date": date(2026, 11, 22) - timedelta(days=number % 700),
        "facility_id": 1,
        "created_at": NOW,
    }


def _phone(number: int) -> dict[str, object]:
    return {"msisdn": f"+223{70_000_000 + number}", "created_at": NOW}


def claiming() -> list[Result]:
    """Due messages taken among many that are not, beside the bare UPDATE; and an empty round."""
    return [result for backend in BACKENDS for result in _claiming(backend)]


def _claiming(backend: str) -> list[Result]:
    settings = Settings.from_env({"SECRET_KEY": "a secret key for benchmarks alone"})
    hours = SendingHours(settings.sending_hours, settings.timezone)
    with fresh_database(backend) as base:
        with base.read() as connection:
            planning = Planning.of(connection, shipped(), settings)
        crowd.fill(base, MESSAGES, DUE, planning)
        ours, bare = [], []
        for _ in range(ROUNDS):
            with base.engine.connect() as connection, connection.begin() as undone:
                begun = time.perf_counter()
                taken = 0
                while held := claim(connection, "main", NOW, hours).messages:
                    taken += len(held)
                ours.append(time.perf_counter() - begun)
                undone.rollback()
            with base.engine.connect() as connection, connection.begin() as undone:
                begun = time.perf_counter()
                assert _bare_updates(connection) == taken == DUE
                bare.append(time.perf_counter() - begun)
                undone.rollback()
        empty = _empty_round(base, settings)
    spec = f"{DUE:,} due of {MESSAGES:,} messages, {CLAIM_LIMIT} at a time."
    return [
        Result(
            f"claim_{backend}",
            median(ours),
            median(bare),
            "s",
            f"{spec} Reference: UPDATE ... RETURNING of the same rows; ours also looks at hours, "
            "opt-outs and expiry and writes the history.",
            "at most 3x",
            [list(pair) for pair in zip(ours, bare, strict=True)],
        ),
        Result(
            f"empty_tick_{backend}",
            empty,
            5.0,
            "ms",
            f"Plan and release with nothing to do beside {MESSAGES:,} messages, "
            f"{MESSAGES // 5:,} visits and {MESSAGES // 5 * 4:,} reminders. Reference: 5 ms.",
            "at most 5 ms",
            [[empty, 5.0]],
        ),
    ]


_DUE = (
    select(message.c.id)
    .where(message.c.channel == "main", message.c.state == "queued", message.c.due_at <= NOW)
    .order_by(message.c.lane, message.c.due_at, message.c.id)
    .limit(CLAIM_LIMIT)
)

_BARE = (
    update(message).where(message.c.id.in_(_DUE)).values(state="submitting").returning(message.c.id)
)


def _bare_updates(connection: Connection) -> int:
    taken = 0
    while ids := connection.execute(_BARE).all():
        taken += len(ids)
    return taken


def _empty_round(base: Database, settings: Settings) -> float:
    """Milliseconds of a round in which nobody is marked and nothing is due, the median of many."""
    spent = []
    for _ in range(50):
        begun = time.perf_counter()
        plan_marked(base, shipped(), NOW, settings)
        assert not list(release_due(base, Catalogue({}), NOW, settings))
        spent.append((time.perf_counter() - begun) * 1000)
    return median(spent)
