"""`smsgateway up` with everything in it: starts, heals, ends, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from processes import Family, family, wait_until
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from smsgateway.settings import Settings
from smsgateway.stack import ports
from smsgateway.stack.errors import StackError
from smsgateway.stack.run import answers, prepare_database

pytestmark = pytest.mark.stack

SMSGATEWAY = (sys.executable, "-P", "-m", "smsgateway")
HOST = "127.0.0.1"
PROCESSES = (
    ("serve",),
    ("worker", "replies"),
    ("worker", "sending"),
    ("worker", "background"),
    ("clock",),
)


@pytest.fixture
def port() -> int:
    return ports.pick(HOST)


@contextmanager
def running(port: int, **environment: str) -> Iterator[Family]:
    """The service, up and ready, with its data below the family's folder."""
    with family((*SMSGATEWAY, "up"), {"PORT": str(port), **environment}) as stack:
        wait_until(
            lambda: "everything runs" in stack.output() or stack.head.poll() is not None,
            "the service is up",
        )
        assert stack.head.poll() is None, stack.output()
        yield stack


def socket_of(stack: Family) -> Path:
    return stack.folder / "var" / "redis.sock"


def valkey_of(stack: Family) -> psutil.Process | None:
    for process in stack.members():
        if process.name().startswith("valkey"):
            return process
    return None


def test_it_serves_with_every_process_and_ctrl_c_leaves_nothing_behind(port: int) -> None:
    with running(port) as stack:
        assert answers(HOST, port, "/healthz")
        wait_until(lambda: answers(HOST, port, "/readyz"), "the service is ready")
        for words in PROCESSES:
            assert stack.member(*words), words
        assert valkey_of(stack)
        stack.head.send_signal(signal.SIGINT)
        assert stack.head.wait(20) == 0, stack.output()
        wait_until(lambda: not stack.members(), "nothing is left", seconds=5)
        assert not socket_of(stack).exists()
        assert "Traceback" not in stack.output()


def test_sigkill_leaves_no_process_and_the_same_folder_starts_again(port: int) -> None:
    with running(port) as stack:
        assert len(stack.members()) >= len(PROCESSES) + 4, "web has processes of its own"
        stack.head.kill()
        wait_until(lambda: not stack.members(), "nothing is left", seconds=5)
        stack.head.wait()
        wait_until(lambda: ports.is_free(HOST, port), "the port is free", seconds=10)
        again = subprocess.Popen(
            (*SMSGATEWAY, "up"),
            env={"PORT": str(port), "PATH": ""},
            cwd=stack.folder,
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: answers(HOST, port, "/healthz"), "it is up again")
        again.terminate()
        assert again.wait(20) == 0


def test_a_killed_redis_comes_back_and_the_service_with_it(port: int) -> None:
    with running(port) as stack:
        wait_until(lambda: answers(HOST, port, "/readyz"), "the service is ready")
        valkey = valkey_of(stack)
        assert valkey is not None
        valkey.kill()
        wait_until(lambda: "starting valkey again" in stack.output(), "it is started again")
        wait_until(lambda: answers(HOST, port, "/readyz"), "the service is ready again")
        assert stack.head.poll() is None


def test_a_killed_web_server_comes_back_on_its_port(port: int) -> None:
    with running(port) as stack:
        web = stack.member("serve")
        assert web is not None
        web.kill()
        wait_until(lambda: "starting web again" in stack.output(), "it is started again")
        wait_until(lambda: answers(HOST, port, "/healthz"), "it serves again")


def refused(*words: str, folder: Path, **environment: str) -> str:
    """Run a command that must end with status 2, and give its one sentence."""
    ended = subprocess.run(
        (*SMSGATEWAY, *words),
        env={"PATH": "", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_a_busy_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = str(other.getsockname()[1])
        assert f"Port {port} on {HOST} cannot be used" in refused("up", folder=tmp_path, PORT=port)


def test_a_folder_has_one_supervisor(port: int) -> None:
    with running(port) as stack:
        sentence = refused("up", folder=stack.folder, PORT="1")
        assert f"already runs on {stack.folder}/var (process {stack.head.pid})" in sentence


@pytest.mark.parametrize(
    "words", [("serve",), ("worker", "--queue", "replies"), ("clock",)], ids=lambda words: words[0]
)
def test_a_process_without_the_stack_refuses_in_one_sentence(
    words: tuple[str, ...], tmp_path: Path, port: int
) -> None:
    assert "run `smsgateway up`" in refused(*words, folder=tmp_path, PORT=str(port))


def test_an_empty_postgresql_is_not_touched_and_the_command_to_run_is_named(
    settings: Settings, postgresql_server: URL
) -> None:
    with create_engine(postgresql_server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS never_migrated"))
        connection.execute(text("CREATE DATABASE never_migrated"))
    url = postgresql_server.set(database="never_migrated").render_as_string(hide_password=False)
    with pytest.raises(StackError, match=r"run `smsgateway db upgrade`"):
        prepare_database(replace(settings, database_url=url))


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(
    settings: Settings,
) -> None:
    url = "postgresql+psycopg://user:hidden@127.0.0.1:1/name"
    with pytest.raises(StackError, match=r"does not answer .* correct DATABASE_URL") as refusal:
        prepare_database(replace(settings, database_url=url))
    assert "hidden" not in str(refusal.value)
