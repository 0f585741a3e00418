"""The Procfile of platforms with servers of their own lists what the supervisor runs."""

from __future__ import annotations

from pathlib import Path

from smsgateway.stack.programs import service_programs

PROCFILE = Path(__file__).parents[3] / "Procfile"


def test_the_procfile_and_the_supervisor_run_the_same_processes() -> None:
    lines = dict(line.split(": ", 1) for line in PROCFILE.read_text("utf-8").splitlines())
    release = lines.pop("release")
    supervised = {
        program.name: " ".join(program.command[program.command.index("smsgateway") :])
        for program in service_programs(lambda: True)
    }
    assert release == "smsgateway db upgrade"
    assert {name: line.removeprefix("HOST=0.0.0.0 ") for name, line in lines.items()} == supervised
