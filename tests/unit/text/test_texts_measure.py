"""`smsgateway texts measure`, as other programs use it."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from smsgateway.commands.texts import texts


def measure(lines: bytes, *options: str) -> Result:
    return CliRunner().invoke(texts, ["measure", *options], input=lines)


def answers(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout_bytes.decode().splitlines()]


@pytest.mark.parametrize(
    ("line", "encoding", "units", "segments"),
    [
        pytest.param('""', "gsm7", 0, 0, id="empty"),
        pytest.param('"é"', "gsm7", 1, 1, id="accent"),
        pytest.param('"€"', "gsm7", 2, 1, id="euro"),
        pytest.param('"ê"', "ucs2", 1, 1, id="outside"),
        pytest.param('"😀"', "ucs2", 2, 1, id="emoji"),
        pytest.param('"\\ud83d\\ude00"', "ucs2", 2, 1, id="emoji as JSON escapes"),
        pytest.param('"\\ud83d"', "ucs2", 1, 1, id="half an emoji"),
        pytest.param(json.dumps("a" * 159 + "€"), "gsm7", 161, 2, id="159 and a euro"),
        pytest.param(' "a" \r', "gsm7", 1, 1, id="a line from Windows"),
    ],
)
def test_a_string_is_measured_as_it_is(line: str, encoding: str, units: int, segments: int) -> None:
    result = measure(line.encode() + b"\n")
    assert answers(result) == [{"encoding": encoding, "units": units, "segments": segments}]
    assert result.exit_code == 0


@pytest.mark.parametrize("language", ["fr", "bm"])
def test_folding_adds_the_text(language: str) -> None:
    result = measure('"sɔ̀gɔma, bientôt"\n'.encode(), "--fold", language)
    assert answers(result) == [
        {"text": "sògòma, bientot", "encoding": "gsm7", "units": 15, "segments": 1}
    ]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"", id="an empty line"),
        pytest.param(b"bonjour", id="no JSON"),
        pytest.param(b"12", id="a number"),
        pytest.param(b'["a"]', id="a list"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b"[" * 200_000, id="too deep"),
        pytest.param(b"9" * 5_000, id="too many digits"),
    ],
)
def test_a_line_that_is_no_string_is_answered_with_an_error_and_the_others_measured(
    line: bytes,
) -> None:
    result = measure(b'"a"\n' + line + b'\n"b"\n')
    first, wrong, last = answers(result)
    assert set(wrong) == {"error"}
    assert first == last == {"encoding": "gsm7", "units": 1, "segments": 1}
    assert result.exit_code == 2


def test_no_lines_give_no_answers() -> None:
    result = measure(b"")
    assert (result.stdout, result.exit_code) == ("", 0)


def test_measuring_loads_neither_database_nor_web_nor_queue() -> None:
    code = (
        "import sys, smsgateway.commands.texts;"
        "print(*sorted({'sqlalchemy', 'flask', 'redis', 'rq', 'babel'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert loaded.stdout.strip() == ""
