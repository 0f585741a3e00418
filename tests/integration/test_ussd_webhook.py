"""The USSD callback over WSGI: 200 with CON or END for whatever an aggregator may post."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

import flows
from smsgateway.service import Service
from smsgateway.web.app import create_app

TOKEN = "token-for-tests-alone"
PATH = f"/webhooks/africastalking/main/{TOKEN}/ussd"
FORM = {
    "phoneNumber": "+22370000001",
    "serviceCode": "*123#",
    "text": "",
    "sessionId": "ATUid_0123456789abcdef",
    "networkCode": "61002",
}


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return create_app(service, flows.app).test_client()


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in FORM.items() if key != name}


def test_a_first_call_is_answered_as_plain_text(client: FlaskClient) -> None:
    answer = client.post(PATH, data=FORM)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.get_data(as_text=True).startswith("CON Kan sugandi / Langue")
    assert answer.headers["at-ussd-hop-metadata"] == "menu.language"


def test_a_call_without_text_or_network_works(client: FlaskClient) -> None:
    form = without("text")
    del form["networkCode"]
    assert client.post(PATH, data=form).get_data().startswith(b"CON ")


def test_unknown_fields_and_another_order_do_not_matter(client: FlaskClient) -> None:
    form = dict(reversed([*FORM.items(), ("somethingNew", "x")]))
    assert client.post(PATH, data=form).get_data().startswith(b"CON ")


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        (without("phoneNumber"), None),
        (without("sessionId"), None),
        (FORM | {"phoneNumber": "nobody"}, None),
        (FORM | {"phoneNumber": ""}, None),
        (FORM | {"sessionId": ""}, None),
        (FORM | {"sessionId": "x" * 500}, None),
        (FORM | {"serviceCode": "*999#"}, None),
        (b"\xff\xfe not a form", "application/octet-stream"),
        (b'{"text": ""}', "application/json"),
        (b"phoneNumber=%ff%fe&sessionId=%00", "application/x-www-form-urlencoded"),
        (b"", None),
    ],
    ids=[
        "no number",
        "no session",
        "not a number",
        "empty number",
        "empty session",
        "endless session",
        "another code",
        "not a form",
        "json",
        "broken encoding",
        "nothing",
    ],
)
def test_what_cannot_be_used_ends_politely(
    client: FlaskClient, form: Mapping[str, str] | bytes, content_type: str | None
) -> None:
    answer = client.post(PATH, data=form, content_type=content_type)
    assert answer.status_code == 200
    assert answer.get_data().startswith(b"END ")


@pytest.mark.parametrize(
    "text", ["\x00", "1*\x00", "\ud800".encode("utf-8", "surrogatepass"), "é" * 900, "*" * 900]
)
def test_any_transcript_gets_a_screen(client: FlaskClient, text: str | bytes) -> None:
    client.post(PATH, data=FORM)
    answer = client.post(PATH, data={**FORM, "text": text})
    assert answer.status_code == 200
    assert answer.get_data()[:4] in (b"CON ", b"END ")


@pytest.mark.parametrize(
    "path",
    [
        PATH.replace(TOKEN, "wrong-token-for-tests"),
        PATH.replace(TOKEN, "é"),
        PATH.replace("africastalking", "nobody"),
        PATH.replace("main", "other"),
    ],
    ids=["wrong token", "odd token", "unknown aggregator", "unknown channel"],
)
def test_there_is_nothing_behind_a_wrong_address(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=FORM).status_code == 404


def test_a_body_over_the_limit_is_refused(client: FlaskClient) -> None:
    assert client.post(PATH, data=FORM | {"text": "1" * 70_000}).status_code == 413


def test_no_number_stands_in_the_log(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for form in (FORM, without("sessionId"), FORM | {"phoneNumber": "70000001x"}):
        client.post(PATH, data=form)
    ours = [record.getMessage() for record in caplog.records if "smsgateway" in record.name]
    assert ours
    assert not any("70000001" in line for line in ours)


def test_a_body_of_unknown_length_cannot_pass_by_the_limit(client: FlaskClient) -> None:
    answer = client.post(
        PATH,
        input_stream=io.BytesIO(b"text=" + b"1" * 70_000),
        headers={"Transfer-Encoding": "chunked"},
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 411
