"""What a live call costs in Redis, whatever is typed and wherever one stands."""

from __future__ import annotations

import random

from town import CODE, Town

from smsgateway.service import Service

LIMIT_BYTES = 1_000
REGISTRATION = ("2", "3", "Aminata Djeneba", "1", "131126", "2", "98", "98", "0", "1", "1")
WALKS, STEPS = 30, 12
DIGITS = ("1", "2", "3", "4", "5", "9", "98", "0")


def test_a_live_call_takes_at_most_a_kilobyte_of_redis(service: Service) -> None:
    """A registration with its lists of places, and random calls of the town's people."""
    sizes: list[tuple[int, str]] = []
    town = Town(service)
    handset = town.handset()
    handset.dial(CODE)
    handset.send("2")
    names = []
    for answer in REGISTRATION:
        handset.send(answer)
        names.append(handset.at)
        sizes += measured(service, handset.at)
        if not handset.open:
            break
    assert "registration.consent" in names, names
    chance = random.Random(2026)
    owners = [owner.msisdn for owner in town.people.phones]
    for walk in range(WALKS):
        msisdn = owners[walk % len(owners)]
        town.speaks(msisdn, chance.choice(("fr", "bm")))
        handset = town.handset(msisdn)
        handset.dial(CODE)
        for _ in range(STEPS):
            if not handset.open:
                break
            handset.send(chance.choice(DIGITS))
            sizes += measured(service, handset.at)
        service.redis.flushall()
    assert max(sizes)[0] <= LIMIT_BYTES, max(sizes)


def measured(service: Service, screen: str) -> list[tuple[int, str]]:
    """Bytes of each session with what can be resumed of it; there is one at a time."""
    resumable = sum(service.redis.memory_usage(key) or 0 for key in service.redis.keys("resume:*"))
    return [
        ((service.redis.memory_usage(key) or 0) + resumable, screen)
        for key in service.redis.keys("ussd:*")
    ]
