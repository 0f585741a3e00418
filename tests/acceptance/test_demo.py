"""The demonstration as somebody meets it: one command, a story, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from processes import Family, family, wait_until

from smsgateway.demo import installation
from smsgateway.stack import lock

pytestmark = pytest.mark.stack

DEMO = (sys.executable, "-P", "-m", "smsgateway", "demo")
PATIENCE_S = 180
"""Seven parts, of which one takes weeks by its own clock; a slow machine needs a while for them."""

SMS_OF_A_DAY = r"SMS, \w+ (\d\d)/(\d\d)/(\d{4})"

SOMEBODY_S_REAL_SERVICE = {
    "DATABASE_URL": "postgresql://real.invalid/health",
    "REDIS_URL": "redis://real.invalid",
    "AFRICASTALKING_API_KEY": "real",
    "AFRICASTALKING_BASE_URL": "http://real.invalid",
    "SENDING_HOURS": "03:00-03:01",
}


def assert_nothing_left(demo: Family) -> None:
    wait_until(lambda: not demo.members(), "no process is left", seconds=5)
    assert list(demo.folder.glob(f"{installation.FOLDER_PREFIX}*")) == []


def test_the_whole_story_happens_and_leaves_nothing_behind() -> None:
    """Beside the settings of a real service, which a demonstration must not touch."""
    with family((*DEMO, "--once"), SOMEBODY_S_REAL_SERVICE) as demo:
        assert demo.head.wait(PATIENCE_S) == 0, demo.output()
        story = demo.output()
        assert_nothing_left(demo)
    assert re.findall(r"^(\d)\. ", story, re.MULTILINE) == list("1234567")
    assert "The whole story happened." in story
    assert "Kan sugandi / Langue" in story
    assert re.search(r"(\d+) reminders are sent, and all of them are delivered", story)
    assert re.search(r"(\d+) phones got it, each once", story)
    days = [date(int(y), int(m), int(d)) for d, m, y in re.findall(SMS_OF_A_DAY, story)]
    assert days == sorted(days)
    assert days[-1] - days[0] >= timedelta(days=7)
    assert "The child is on no list any more." in story


def test_the_demo_says_where_it_is_and_ctrl_c_leaves_nothing_behind() -> None:
    with family(DEMO) as demo:
        wait_until(
            lambda: "Ctrl-C ends it" in demo.output() or demo.head.poll() is not None,
            "the demo is ready",
        )
        page = re.search(r"Phone in the browser\s+(http://\S+)", demo.output())
        service = re.search(r"(http://\S+)/readyz", demo.output())
        assert page and service, demo.output()
        with urlopen(f"{service[1]}/simulator", timeout=10) as answer:
            assert answer.url == page[1]
            assert answer.headers.get_content_type() == "text/html"
        with urlopen(f"{page[1]}simulator/api/people", timeout=10) as answer:
            offered = json.load(answer)["people"]
        assert all(person["name"].endswith("(démo)") and person["hints"] for person in offered)
        demo.head.send_signal(signal.SIGINT)
        assert demo.head.wait(30) == 0, demo.output()
        assert_nothing_left(demo)


def test_a_demo_stopped_while_it_is_being_prepared_removes_its_folder() -> None:
    with family(DEMO) as demo:
        folders = installation.FOLDER_PREFIX + "*"
        wait_until(lambda: list(demo.folder.glob(folders)), "its folder is there")
        demo.head.terminate()
        demo.head.wait(30)
        assert_nothing_left(demo)


def test_the_folder_of_a_demo_that_was_killed_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    long_ago = time.time() - 2 * installation.ABANDONED_AFTER_S
    killed, alive = (tmp_path / f"{installation.FOLDER_PREFIX}{name}" for name in ("a", "b"))
    with lock.owned(killed):
        pass
    with lock.owned(alive):
        for folder in (killed, alive):
            os.utime(folder, (long_ago, long_ago))
        installation.remove_abandoned()
    assert not killed.exists()
    assert alive.exists()
