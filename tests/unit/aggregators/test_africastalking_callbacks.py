"""What Africa's Talking posts: each status and reason, each form of date, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from smsgateway.aggregators.africastalking import callbacks
from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.messaging.port import Reason
from smsgateway.messaging.states import State
from smsgateway.messaging.ussd_events import SessionEnd

FORM = "application/x-www-form-urlencoded"
CAPTURED = (
    b"phoneNumber=%2B22370000001&failureReason=DeliveryFailure&retryCount=0"
    b"&id=ATXid_8c75&status=Failed&networkCode=61002"
)


def form(content_type: str = FORM, **fields: str) -> RawRequest:
    return RawRequest(content_type, urlencode(fields).encode())


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("Sent", State.SENT, None),
        ("Submitted", State.SENT, Reason.SUBMITTED),
        ("Buffered", State.SENT, Reason.BUFFERED),
        ("AbsentSubscriber", State.SENT, Reason.ABSENT),
        ("Success", State.DELIVERED, None),
        ("Delivered", State.DELIVERED, None),
        ("Rejected", State.FAILED, Reason.REJECTED),
        ("Failed", State.FAILED, Reason.UNDELIVERED),
        ("Expired", State.FAILED, Reason.EXPIRED),
        ("success", State.DELIVERED, None),
        ("Teleported", None, None),
    ],
)
def test_each_status_has_its_state(status: str, state: State | None, reason: Reason | None) -> None:
    report = callbacks.delivery_report(form(id="ATXid_1", status=status))
    assert (report.state, report.reason, report.status) == (state, reason, status)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("InsufficientCredit", Reason.SUBSCRIBER_CREDIT),
        ("InvalidLinkId", Reason.NOT_SUBSCRIBED),
        ("UserIsInactive", Reason.SUBSCRIBER_SUSPENDED),
        ("UserInBlackList", Reason.OPTED_OUT),
        ("UserInBlacklist", Reason.OPTED_OUT),
        ("UserAccountSuspended", Reason.SUBSCRIBER_SUSPENDED),
        ("NotNetworkSubcriber", Reason.UNSUPPORTED_NUMBER),
        ("NotNetworkSubscriber", Reason.UNSUPPORTED_NUMBER),
        ("UserNotSubscribedToProduct", Reason.NOT_SUBSCRIBED),
        ("UserDoesNotExist", Reason.INVALID_NUMBER),
        ("DeliveryFailure", Reason.UNDELIVERED),
        ("DoNotDisturbRejection", Reason.DO_NOT_DISTURB),
        ("SomethingNew", Reason.REJECTED),
        ("", Reason.REJECTED),
    ],
)
def test_each_failure_has_its_reason(word: str, reason: Reason) -> None:
    report = callbacks.delivery_report(form(id="1", status="Rejected", failureReason=word))
    assert report.reason is reason


def test_a_captured_report_is_read() -> None:
    report = callbacks.delivery_report(RawRequest(f"{FORM}; charset=UTF-8", CAPTURED))
    assert report.aggregator_message_id == "ATXid_8c75"
    assert report.msisdn == "+22370000001"
    assert (report.state, report.reason) == (State.FAILED, Reason.UNDELIVERED)


@pytest.mark.parametrize(
    "fields", [{"status": "Sent"}, {"id": "1"}, {"id": "1", "status": " "}, {}]
)
def test_a_report_of_nothing_is_unusable(fields: dict[str, str]) -> None:
    with pytest.raises(UnusableCallback):
        callbacks.delivery_report(form(**fields))


@pytest.mark.parametrize(
    ("date", "sent_at"),
    [
        ("2017-05-03T06:04:45Z", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        ("2017-05-03 06:04:45", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        ("2018-03-19T08:34:18.445Z", datetime(2018, 3, 19, 8, 34, 18, 445_000, tzinfo=UTC)),
        ("2017-05-03T09:04:45+03:00", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
    ],
    ids=["with its zone", "without one", "with milliseconds", "of Nairobi"],
)
def test_each_form_of_date_says_when_an_sms_was_sent(date: str, sent_at: datetime) -> None:
    sms = callbacks.inbound(form(**{"from": "+22370000001", "text": "STOP", "date": date}))
    assert sms.sent_at == sent_at


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "?", "", "2017-13-01"]
)
def test_no_date_keeps_an_inbound_message_from_being_read(date: str) -> None:
    sms = callbacks.inbound(form(**{"from": "+22370000001", "text": "STOP", "date": date}))
    assert (sms.body, sms.sent_at) == ("STOP", None)


@pytest.mark.parametrize(
    "content_type",
    [FORM.upper(), "Application/X-WWW-Form-Urlencoded; Charset=UTF-8", f" {FORM} ;charset=utf-8"],
    ids=["capitals", "mixed, with a parameter", "with spaces"],
)
def test_a_media_type_is_read_whatever_its_case(content_type: str) -> None:
    assert callbacks.opt_out(RawRequest(content_type, b"phoneNumber=%2B22370000001")).msisdn


def test_an_inbound_message_is_read() -> None:
    sms = callbacks.inbound(
        form(**{"from": "+22370000001", "to": "36077", "id": "77", "text": " STOP ", "linkId": ""})
    )
    assert (sms.sender, sms.recipient) == ("+22370000001", "36077")
    assert (sms.aggregator_message_id, sms.body) == ("77", " STOP ")


def test_an_alphanumeric_sender_is_kept_as_it_is() -> None:
    assert callbacks.inbound(form(**{"from": "Orange", "text": "promo"})).sender == "Orange"


def test_a_message_without_an_id_is_known_by_its_payload() -> None:
    first, again, other = (
        callbacks.inbound(form(**{"from": "+22370000001", "text": text}))
        for text in ("a", "a", "b")
    )
    assert first.aggregator_message_id == again.aggregator_message_id
    assert first.aggregator_message_id != other.aggregator_message_id


@pytest.mark.parametrize(
    "parse", [callbacks.inbound, callbacks.opt_out, callbacks.session_end], ids=lambda f: f.__name__
)
def test_a_callback_without_its_one_field_is_unusable(parse: object) -> None:
    with pytest.raises(UnusableCallback):
        parse(form(text="STOP"))  # type: ignore[operator]


def test_a_body_that_is_no_form_is_unusable() -> None:
    with pytest.raises(UnusableCallback):
        callbacks.inbound(form("application/json", **{"from": "+22370000001"}))


def test_a_form_of_thousands_of_fields_is_unusable() -> None:
    with pytest.raises(UnusableCallback):
        callbacks.inbound(form(**{f"field{n}": "" for n in range(1000)}))


def test_a_character_that_databases_refuse_is_left_out() -> None:
    assert callbacks.inbound(form(**{"from": "+22370000001", "text": "a\0b"})).body == "ab"


CAPTURED_END = (
    b"durationInMillis=192&phoneNumber=%2B22370000001&errorMessage=&serviceCode=%2A384%2A70421%23"
    b"&lastAppResponse=CON+1.+RAMED%0A2.+Mon+enfant&hopsMetadata=&hopsCount=1&status=Incomplete"
    b"&sessionId=ATUid_0123456789abcdef0123456789abcdef&cost=0.00&date=2026-10-09+12%3A17%3A37"
    b"&networkCode=99999&input="
)


def test_a_captured_end_of_a_session_is_read_without_what_is_personal() -> None:
    end = callbacks.session_end(RawRequest(FORM, CAPTURED_END))
    assert end == SessionEnd("ATUid_0123456789abcdef0123456789abcdef", "Incomplete", 1, 192)


@pytest.mark.parametrize("status", ["Incomplete", "Success", "Failed", "SomethingNew", ""])
@pytest.mark.parametrize(
    "others",
    [{}, {"input": ""}, {"input": "null"}, {"cost": "KES 0.10"}, {"errorMessage": "timeout"}],
    ids=["no input", "empty input", "null input", "cost with a currency", "error"],
)
def test_each_status_of_the_end_of_a_session_is_kept_whatever_else_is_said(
    status: str, others: dict[str, str]
) -> None:
    end = callbacks.session_end(form(sessionId="ATUid_1", status=status, **others))
    assert end.status == (status or None)


@pytest.mark.parametrize(
    "number", ["+22370000001", "22370000001", "+223 70 00 00 01", " 70000001 "]
)
def test_an_opt_out_is_of_one_phone_however_its_number_is_written(number: str) -> None:
    refusal = callbacks.opt_out(form(senderId="36077", phoneNumber=number))
    assert refusal.msisdn == "+22370000001"


@pytest.mark.parametrize("number", ["", "Orange", "36077"])
def test_an_opt_out_of_no_phone_is_unusable(number: str) -> None:
    with pytest.raises(UnusableCallback):
        callbacks.opt_out(form(senderId="36077", phoneNumber=number))


def test_a_network_code_is_opaque() -> None:
    """The vendor's lists know no code of Mali."""
    for code in ("61001", "61002", "61003", "99999", "x"):
        assert callbacks.delivery_report(form(id="1", status="Success", networkCode=code)).state


@pytest.mark.parametrize("figure", ["192", "0", "", "-1", "x", "9" * 30])
def test_the_end_of_a_session_is_read_whatever_its_figures(figure: str) -> None:
    end = callbacks.session_end(
        form(sessionId="ATUid_1", status="Incomplete", hopsCount=figure, durationInMillis=figure)
    )
    assert end.status == "Incomplete"
    assert end.hops == (int(figure) if figure in {"192", "0"} else None)
