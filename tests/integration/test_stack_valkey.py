"""The embedded Redis-compatible server: on a unix socket alone, forgetful, owned by one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from processes import wait_until
from redis import Redis

from smsgateway.errors import SettingsError
from smsgateway.settings import Settings
from smsgateway.stack import lock, valkey
from smsgateway.stack.errors import StackError


@pytest.fixture
def embedded(settings: Settings) -> Settings:
    """Settings of an installation that has no server yet."""
    return replace(settings, redis_url=None)


@pytest.fixture
def server(embedded: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(valkey.program(embedded).command, stdout=subprocess.DEVNULL)
    wait_until(lambda: valkey.answers(embedded.redis_socket), "the server answers", seconds=10)
    yield process
    process.kill()
    process.wait()


def test_it_listens_on_its_socket_and_on_no_port(
    embedded: Settings, server: subprocess.Popen[bytes]
) -> None:
    assert psutil.Process(server.pid).net_connections(kind="inet") == []
    assert embedded.redis_socket.stat().st_mode & 0o077 == 0


def test_it_keeps_nothing_on_disk_and_refuses_rather_than_forgets(
    embedded: Settings, server: subprocess.Popen[bytes]
) -> None:
    client = Redis(unix_socket_path=str(embedded.redis_socket), decode_responses=True)
    found = client.config_get("save", "appendonly", "maxmemory", "maxmemory-policy")
    assert found == {
        "save": "",
        "appendonly": "no",
        "maxmemory": str(256 * 1024 * 1024),
        "maxmemory-policy": "noeviction",
    }


def test_a_socket_that_a_dead_server_left_behind_is_not_an_answer(
    embedded: Settings, server: subprocess.Popen[bytes]
) -> None:
    server.kill()
    server.wait()
    assert embedded.redis_socket.exists()
    assert not valkey.answers(embedded.redis_socket)


def test_a_process_on_its_own_refuses_with_a_sentence_when_no_server_answers(
    embedded: Settings,
) -> None:
    with pytest.raises(StackError, match=r"run `smsgateway up`.*or set REDIS_URL\.$"):
        valkey.require(embedded)


def test_a_process_with_an_external_server_starts_even_while_that_is_down(
    settings: Settings,
) -> None:
    valkey.require(replace(settings, redis_url="redis://127.0.0.1:1/0"))


def test_a_var_folder_too_long_for_a_socket_is_refused_with_the_limit(embedded: Settings) -> None:
    deep = replace(embedded, var_dir=Path("/tmp") / ("x" * 120))
    with pytest.raises(SettingsError, match="at most 103 bytes"):
        valkey.program(deep)


def test_one_var_folder_has_one_owner(tmp_path: Path) -> None:
    with lock.owned(tmp_path):
        refusal = pytest.raises(StackError, match=rf"already runs on .* \(process {os.getpid()}\)")
        with refusal, lock.owned(tmp_path):
            pass
        assert not lock.is_abandoned(tmp_path)
    assert lock.is_abandoned(tmp_path)
    with lock.owned(tmp_path):
        pass


def test_an_owner_killed_with_sigkill_leaves_the_folder_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from smsgateway.stack import lock\n"
        "with lock.owned(Path(sys.argv[1])): print('owned', flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE)
    assert owner.stdout is not None and owner.stdout.readline() == b"owned\n"
    owner.kill()
    owner.communicate()
    with lock.owned(tmp_path):
        pass
