"""What a log may say of an exception."""

from __future__ import annotations

import logging
import sys

from smsgateway.stack.logs import FORMAT, Discreet


def test_an_exception_is_logged_without_its_words() -> None:
    try:
        raise ValueError("Key (msisdn)=(+22370000001) already exists")
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("name", logging.ERROR, __file__, 1, "it failed", (), caught)
    line = Discreet(FORMAT).format(record)
    assert "it failed" in line
    assert "ValueError at " in line
    assert "test_logs.py:" in line
    assert "70000001" not in line
