"""The defects of the vendor's SDK (africastalking 2.0.3), each shown on the SDK as it comes, and
that the adapter does not have it. The day one of them is mended, its test says so.

That it opens a connection for every call is shown in test_sending_africastalking.py."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import africastalking
import pytest
import requests
from africastalking.Service import AfricasTalkingException, validate_phone
from africastalking.SMS import SMSService
from gateway_stub import Asked, Says, Stub, stub

from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    OutboundSms,
    Outcome,
    Reason,
    SendResult,
    Throttled,
    Unavailable,
)

AMINATA, BAKARY = "+22370000001", "+22370000002"
QUICK = (0.5, 0.3)
PATIENT = (10.0, 10.0)
JSON = {"Content-Type": "application/json"}


def taken(asked: Asked) -> Says:
    """Everything is accepted, in the vendor's format."""
    lines = [
        {"number": number, "status": "Success", "statusCode": 101, "messageId": "ATXid_1"}
        for number in asked.form.get("to", "").split(",")
    ]
    return Says(201, {"SMSMessageData": {"Message": "Sent", "Recipients": lines}}, JSON)


@pytest.fixture
def api() -> Iterator[Stub]:
    with stub(taken) as running:
        yield running


def sdk(url: str) -> Any:
    """The SDK as it comes, at another address."""
    service = SMSService("clinic", "secret-key")
    service._baseUrl = service._contentUrl = f"{url}/version1"
    return service


def ours(url: str, timeout: tuple[float, float] = PATIENT) -> AfricasTalking:
    return AfricasTalking("clinic", "secret-key", base_url=url, timeout=timeout)


def send(gateway: AfricasTalking, *numbers: str) -> list[SendResult]:
    return gateway.send([OutboundSms(n, number, "Bonjour") for n, number in enumerate(numbers)])


@pytest.mark.parametrize(
    ("status", "error"), [(401, BadCredentials), (429, Throttled), (500, Unavailable)]
)
def test_the_http_status_is_lost_and_401_429_and_500_look_alike(
    status: int, error: type[Exception]
) -> None:
    with stub(lambda _: Says(status, "a text")) as running:
        with pytest.raises(AfricasTalkingException) as raised:
            sdk(running.url).send("Bonjour", [AMINATA])
        assert str(raised.value) == "a text" and not hasattr(raised.value, "status_code")
        with pytest.raises(error):
            send(ours(running.url), AMINATA)


def test_json_with_a_charset_is_a_string() -> None:
    def with_charset(asked: Asked) -> Says:
        return Says(201, taken(asked).body, {"Content-Type": "application/json; charset=utf-8"})

    with stub(with_charset) as running:
        assert isinstance(sdk(running.url).send("Bonjour", [AMINATA]), str)
        (result,) = send(ours(running.url), AMINATA)
    assert result.outcome is Outcome.ACCEPTED


def test_errors_of_the_transport_come_out_unwrapped_and_do_not_say_what_has_left() -> None:
    with stub(lambda _: Says(cut=True)) as running:
        with pytest.raises(requests.exceptions.ConnectionError):
            sdk(running.url).send("Bonjour", [AMINATA])
        with pytest.raises(AmbiguousSend):
            send(ours(running.url), AMINATA)
    with pytest.raises(requests.exceptions.ConnectionError):
        sdk(running.url).send("Bonjour", [AMINATA])
    with pytest.raises(Unavailable):
        send(ours(running.url), AMINATA)


def test_an_answer_that_is_late_is_a_read_timeout() -> None:
    go_on = threading.Event()

    def late(asked: Asked) -> Says:
        go_on.wait(5)
        return taken(asked)

    with stub(late) as running:
        with pytest.raises(requests.exceptions.ReadTimeout):
            sdk(running.url).send("Bonjour", [AMINATA], timeout=QUICK)
        with pytest.raises(AmbiguousSend):
            send(ours(running.url, QUICK), AMINATA)
        go_on.set()


def test_one_bad_number_keeps_everybody_from_being_written_to(api: Stub) -> None:
    with pytest.raises(ValueError, match="Invalid phone number"):
        sdk(api.url).send("Bonjour", [AMINATA, "70000001"])
    assert api.asked == []
    first, bad, last = send(ours(api.url), AMINATA, "70000001", BAKARY)
    assert (first.outcome, last.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    assert (bad.outcome, bad.reason) == (Outcome.REJECTED, Reason.INVALID_NUMBER)
    assert api.asked[0].form["to"] == f"{AMINATA},{BAKARY}"


@pytest.mark.parametrize("odd", [f"{AMINATA}\n", "+1234"])
def test_a_line_break_or_four_digits_pass_for_a_number(api: Stub, odd: str) -> None:
    assert validate_phone(odd)
    (result,) = send(ours(api.url), odd)
    assert (result.outcome, api.asked) == (Outcome.REJECTED, [])


def test_a_plain_text_is_taken_for_a_list_of_numbers(api: Stub) -> None:
    with pytest.raises(ValueError, match=r"Invalid phone number: \+$"):
        sdk(api.url).send("Bonjour", AMINATA)


def test_nobody_is_written_to_and_the_request_goes_out_all_the_same(api: Stub) -> None:
    sdk(api.url).send("Bonjour", [])
    assert len(api.asked) == 1
    with pytest.raises(ValueError, match="one text"):
        ours(api.url).send([])
    assert len(api.asked) == 1


def test_a_number_that_is_missing_is_a_type_error(api: Stub) -> None:
    with pytest.raises(TypeError):
        sdk(api.url).send("Bonjour", [None])
    assert api.asked == []


def test_an_empty_text_is_sent(api: Stub) -> None:
    sdk(api.url).send("", [AMINATA])
    assert len(api.asked) == 1 and "message" not in api.asked[0].form


def test_hashed_numbers_go_as_a_form_to_where_json_is_documented(api: Stub) -> None:
    sdk(api.url).send_hashed("Bonjour", "hash", "36077")
    (asked,) = api.asked
    assert asked.path.endswith("/messaging/bulk")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "phoneNumbers" not in asked.form, "an empty list vanishes"


def test_it_reads_no_callback_and_has_no_types_and_needs_a_test_library() -> None:
    assert not {"parse_delivery_report", "parse_inbound", "parse_opt_out"} & set(dir(SMSService))
    assert not hasattr(africastalking, "USSD")
    assert not (Path(africastalking.__file__).parent / "py.typed").exists()
    needs = metadata.requires("africastalking") or []
    assert any(one.startswith("responses") and "extra" not in one for one in needs)


def test_threads_may_share_it_for_nothing_of_it_changes(api: Stub) -> None:
    service = sdk(api.url)
    before = repr(vars(service))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: service.send("Bonjour", [AMINATA]), range(32)))
    assert len(answers) == len(api.asked) == 32
    assert repr(vars(service)) == before


def test_the_callback_of_a_call_that_broke_is_never_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[object] = []
    unheard: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda one: unheard.append(one.exc_type))
    with stub(lambda _: Says(cut=True)) as running:
        thread = sdk(running.url).send(
            "Bonjour", [AMINATA], callback=lambda *answer: called.append(answer)
        )
        thread.join(5)
    assert called == []
    assert unheard == [requests.exceptions.ConnectionError]


def test_not_enqueued_cannot_be_asked_for(api: Stub) -> None:
    sdk(api.url).send("Bonjour", [AMINATA], enqueue=False)
    sdk(api.url).send("Bonjour", [AMINATA], enqueue=True)
    assert [asked.form.get("enqueue") for asked in api.asked] == [None, "1"]


def test_the_key_lies_open_in_the_service(api: Stub) -> None:
    assert "secret-key" in repr(vars(sdk(api.url)))
    assert "secret-key" not in repr(ours(api.url))


def test_it_says_that_it_is_an_older_version(api: Stub) -> None:
    sdk(api.url).send("Bonjour", [AMINATA])
    assert api.asked[0].headers["User-Agent"] == "africastalking-python/2.0.0"


def test_it_follows_a_redirect_and_ours_does_not(api: Stub) -> None:
    with stub(lambda _: Says(307, "", {"Location": f"{api.url}/elsewhere"})) as away:
        sdk(away.url).send("Bonjour", [AMINATA])
        assert [asked.path for asked in api.asked] == ["/elsewhere"]
        with pytest.raises(Exception, match="HTTP 307"):
            send(ours(away.url), AMINATA)
    assert len(api.asked) == 1


def test_one_account_a_process_where_ours_has_as_many_as_there_are_adapters(api: Stub) -> None:
    africastalking.initialize("one", "key")
    first = africastalking.SMS
    africastalking.initialize("two", "key")
    assert africastalking.SMS is not first, "the module's services are those of the last account"
    for username in ("one", "two"):
        send(AfricasTalking(username, "key", base_url=api.url), AMINATA)
    assert [asked.form["username"] for asked in api.asked] == ["one", "two"]
