"""The supervisor over small programs: order, restarts, deadlines, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from processes import Family, family, wait_until

pytestmark = pytest.mark.stack

RUNNER = """
import json, os, sys
from smsgateway.stack.output import Output
from smsgateway.stack.programs import Program, Stage
from smsgateway.stack.supervisor import Supervisor

def program(name, code, stage, file=None):
    ready = file and (lambda: os.path.exists(file))
    return Program(name, (sys.executable, "-c", code), Stage[stage], ready)

programs = [program(**given) for given in json.loads(sys.argv[1])]
output = Output([p.name for p in programs])
supervisor = Supervisor(
    programs, output=output, on_ready=lambda: output.say("READY"), stop_deadline=2.0
)
sys.exit(supervisor.run())
"""

STAGES = {"redis": "STORE", "web": "LISTEN"}

SLEEPER = "import time; print('awake', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('awake', flush=True); time.sleep(600)"
)
POLITE = """
import signal, sys, time
def stop(*_):
    time.sleep({delay})
    print('handed back', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print('awake', flush=True)
time.sleep(600)
"""
TALKER = """
import time
while True:
    print('x' * 9000, flush=True)
    open({proof!r}, 'a').write('.')
    time.sleep(0.01)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"


def supervise(**programs: str | tuple[str, str]) -> AbstractContextManager[Family]:
    """A supervisor over programs given as name=code, or name=(code, file it makes when ready)."""
    spec = []
    for name, given in programs.items():
        code, file = (given, None) if isinstance(given, str) else given
        stage = STAGES.get(name, "WORK")
        spec.append({"name": name, "code": code, "stage": stage, "file": file})
    return family([sys.executable, "-c", RUNNER, json.dumps(spec)])


def test_each_line_carries_the_name_of_its_process() -> None:
    with supervise(alpha=SLEEPER, beta=SLEEPER) as stack:
        wait_until(lambda: stack.output().count("awake") == 2, "both programs write")
        lines = stack.output().splitlines()
    assert "alpha      | awake" in lines
    assert "beta       | awake" in lines


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["ctrl-c", "term", "hangup"]
)
def test_a_stop_signal_ends_every_process_and_the_status_is_0(number: int) -> None:
    with supervise(alpha=SLEEPER, beta=PARENT) as stack:
        wait_until(lambda: stack.output().count("awake") == 2, "both programs write")
        stack.head.send_signal(number)
        assert stack.head.wait(10) == 0
        wait_until(lambda: not stack.members(), "nothing is left")


def test_a_process_that_ignores_sigterm_is_killed_at_the_deadline() -> None:
    with supervise(stubborn=STUBBORN) as stack:
        wait_until(lambda: "awake" in stack.output(), "the program writes")
        stack.head.terminate()
        assert stack.head.wait(20) == 0
        assert not stack.members()


def test_a_second_ctrl_c_does_not_wait_for_the_deadline() -> None:
    with supervise(slow=POLITE.format(delay=600)) as stack:
        wait_until(lambda: "awake" in stack.output(), "the program writes")
        stack.head.send_signal(signal.SIGINT)
        wait_until(lambda: "stopping" in stack.output(), "the first Ctrl-C is seen")
        stack.head.send_signal(signal.SIGINT)
        assert stack.head.wait(1.5) == 0


def test_sigkill_of_the_supervisor_leaves_no_process_behind() -> None:
    with supervise(alpha=STUBBORN, redis=STUBBORN) as stack:
        wait_until(lambda: stack.output().count("awake") == 2, "both programs write")
        stack.head.kill()
        wait_until(lambda: not stack.members(), "nothing is left", seconds=5)


def test_workers_hand_back_while_web_still_listens_and_redis_stops_last() -> None:
    programs = {name: POLITE.format(delay=0.3) for name in ("web", "redis", "worker")}
    with supervise(**programs) as stack:
        wait_until(lambda: stack.output().count("awake") == 3, "all programs write")
        stack.head.terminate()
        stack.head.wait(10)
        lines = [line for line in stack.output().splitlines() if "handed back" in line]
    assert [line.split()[0] for line in lines] == ["worker", "web", "redis"]


def test_nothing_is_sent_before_somebody_listens_for_the_receipts(tmp_path: Path) -> None:
    """The web program is ready when its file is there, and the worker finds it there at once."""
    proof = str(tmp_path / "listening")
    web = f"import time; time.sleep(0.5); open({proof!r}, 'w'); time.sleep(600)"
    worker = f"import os; print('found', os.path.exists({proof!r}), flush=True)"
    with supervise(web=(web, proof), worker=worker + "\nimport time; time.sleep(600)") as stack:
        wait_until(lambda: "found" in stack.output(), "the worker looks")
        assert "found True" in stack.output()


def test_a_process_that_ends_is_started_again() -> None:
    with supervise(alpha=SLEEPER) as stack:
        wait_until(lambda: "awake" in stack.output(), "the program writes")
        wait_until(lambda: stack.member(SLEEPER), "the program runs")
        victim = stack.member(SLEEPER)
        assert victim is not None
        victim.kill()
        wait_until(lambda: stack.output().count("awake") == 2, "it runs again")
        assert "alpha was ended by SIGKILL" in stack.output()


def test_what_an_ended_process_had_started_is_gone_before_the_restart() -> None:
    with supervise(beta=PARENT) as stack:
        wait_until(lambda: "awake" in stack.output(), "the grandchild writes")
        orphan = stack.member(SLEEPER)
        parent = stack.member(PARENT)
        assert orphan is not None and parent is not None
        parent.kill()
        wait_until(lambda: stack.output().count("awake") == 2, "it runs again")
        wait_until(lambda: not orphan.is_running(), "the orphan is gone")


def test_a_program_that_keeps_crashing_ends_the_stack_with_a_reason_and_status_1() -> None:
    with supervise(broken="import sys; sys.exit('no such table')", fine=SLEEPER) as stack:
        assert stack.head.wait(60) == 1
        assert "broken     | no such table" in stack.output()
        assert "broken ended 5 times soon after its start" in stack.output()
        assert not stack.members()


def test_a_closed_standard_output_does_not_stop_the_stack(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    proof.touch()
    spec = json.dumps(
        [{"name": "talker", "code": TALKER.format(proof=str(proof)), "stage": "WORK"}]
    )
    reader, writer = os.pipe()
    head = subprocess.Popen([sys.executable, "-c", RUNNER, spec], stdout=writer, stderr=writer)
    os.close(writer)
    try:
        assert os.read(reader, 10)
        os.close(reader)
        size = proof.stat().st_size
        wait_until(lambda: proof.stat().st_size > size + 100, "the program goes on")
        head.terminate()
        assert head.wait(10) == 0
    finally:
        head.kill()
