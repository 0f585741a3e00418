"""The clock killed with -9 while it takes in what was spooled: each SMS is kept once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from smsgateway.messaging.tables import inbound_message
from smsgateway.settings import Settings
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database
from smsgateway.web.webhooks.spool import Spool, Spooled

ROOT = Path(__file__).parents[2]

PLACES = [
    "spool.set_apart",
    "web.webhooks.intake.Intake._store:committing",
    "intake.stored",
    "intake.rung",
    "intake.replayed",
    "spool.replayed",
]

FORM = "application/x-www-form-urlencoded"

REPLAYS = """
import os, signal, sys
from smsgateway import failpoints
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.web.webhooks.intake import Intake

def replay(place=None):
    pid = os.fork()
    if pid == 0:
        failpoints.arm({"SMSGATEWAY_FAILPOINTS": f"{place}=kill"} if place else {})
        service = Service.build(Settings.from_env())
        Intake(service, aggregators_of(service.settings)).replay()
        os._exit(0)
    return os.waitpid(pid, 0)[1]

for place in sys.argv[1:]:
    assert replay(place) == signal.SIGKILL, place
assert replay() == 0
"""
"""A process for each place, which dies there; the last one lives."""


def test_a_kill_while_the_spool_is_taken_in_loses_nothing_and_doubles_nothing(
    settings: Settings, database: Database
) -> None:
    spool = Spool(settings.var_dir / "spool")
    for number in range(3):
        body = f"id={number}&from=%2B2237000000{number}&to=36077&text=STOP"
        spool.append(Spooled("sms", "main", FORM, body.encode(), SystemClock().now()))
    environment = {
        **os.environ,
        "SMSGATEWAY_VAR": str(settings.var_dir),
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "REDIS_URL": settings.redis_url or "",
        "AFRICASTALKING_API_KEY": "key-for-tests-alone",
    }
    replays = [sys.executable, "-c", REPLAYS, *PLACES]
    subprocess.run(replays, env=environment, cwd=ROOT, timeout=300, check=True)
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(inbound_message)) == 3
    assert spool.replay(lambda spooled: True) == 0, "nothing is left"
