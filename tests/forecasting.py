"""The forecast command, as tests call it."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from smsgateway.commands.forecast import forecast


def run_forecast(*lines: Any, schedule: str = "mali") -> tuple[Result, list[dict[str, Any]]]:
    """The command's result and its answers to `lines`, which are objects or raw text."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = CliRunner().invoke(forecast, ["--schedule", schedule], input=text)
    return result, [json.loads(line) for line in result.stdout.splitlines()]
