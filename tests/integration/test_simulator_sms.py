"""The simulator as a gateway for SMS: the real SDK against it, and everything that goes wrong."""

from __future__ import annotations

import json
import re
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from africastalking.Application import ApplicationService
from africastalking.Service import AfricasTalkingException
from africastalking.SMS import SMSService
from click.testing import CliRunner
from tiny_application import Played, TinyApplication, eventually, played

from smsgateway.commands.simulator import simulator
from smsgateway.web.simulator.feed import Feed
from smsgateway.web.simulator.outcomes import OUTCOMES, STATUS_NAMES
from smsgateway.web.simulator.scenario import Scenario, ScenarioError, load

MESSAGE_ID = re.compile(r"ATXid_[0-9a-f]{32}")
AMINATA = "+22370000001"


@pytest.fixture
def sim() -> Iterator[Played]:
    with played() as running:
        yield running


def sdk(url: str, username: str = "clinic", key: str = "any key") -> SMSService:
    service = SMSService(username, key)
    service._baseUrl = service._contentUrl = f"{url}/version1"
    return service


def post(url: str, to: str, **fields: str) -> requests.Response:
    form = {"username": "clinic", "to": to, "message": "Bonjour", "bulkSMSMode": "1"} | fields
    return requests.post(
        f"{url}/version1/messaging", data=form, headers={"apiKey": "any key"}, timeout=5
    )


def recipients(answer: dict) -> list[dict]:
    return answer["SMSMessageData"]["Recipients"]


def test_the_real_sdk_sends_and_reads_its_answer_as_json(sim: Played) -> None:
    answer = sdk(sim.url).send("I ni ce", [AMINATA, "+22365000002"], sender_id="36000")

    assert answer["SMSMessageData"]["Message"] == (
        "Sent to 2/2 Total Cost: XOF 2.0000 Message parts: 1"
    )
    first = recipients(answer)[0]
    assert MESSAGE_ID.fullmatch(first.pop("messageId"))
    assert first == {
        "cost": "XOF 1.0000",
        "number": AMINATA,
        "status": "Success",
        "statusCode": 101,
        "messageParts": 1,
    }


def test_a_queued_send_says_102_and_the_sandbox_says_no_parts(sim: Played) -> None:
    answer = sdk(sim.url, username="sandbox").send("I ni ce", [AMINATA], enqueue=True)

    assert recipients(answer)[0]["statusCode"] == 102
    assert "messageParts" not in recipients(answer)[0]


def test_the_answer_has_the_recorded_status_and_content_type(sim: Played) -> None:
    answer = post(sim.url, AMINATA)

    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")


def test_a_long_text_is_charged_by_its_parts(sim: Played) -> None:
    answer = sdk(sim.url).send("a" * 161, [AMINATA])

    assert answer["SMSMessageData"]["Message"].endswith("Total Cost: XOF 2.0000 Message parts: 2")


def test_the_json_endpoint_takes_one_text_for_many(sim: Played) -> None:
    body = {"username": "clinic", "phoneNumbers": [AMINATA], "message": "Bonjour", "senderId": "A"}
    answer = requests.post(
        f"{sim.url}/version1/messaging/bulk", json=body, headers={"apikey": "k"}, timeout=5
    )

    assert answer.status_code == 201
    assert recipients(answer.json())[0]["number"] == AMINATA
    assert sim.simulator.gateway.ledger.entries(to=None, after=0, limit=9)[0]["sender"] == "A"


def test_a_missing_key_is_refused_as_plain_text(sim: Played) -> None:
    answer = requests.post(f"{sim.url}/version1/messaging", data={"to": AMINATA}, timeout=5)

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="api"'
    assert answer.text == "The supplied authentication is invalid"


def test_a_wrong_key_is_refused_when_the_right_one_is_set() -> None:
    with played(api_key="right") as sim:
        assert recipients(sdk(sim.url, key="right").send("a", [AMINATA]))
        with pytest.raises(AfricasTalkingException, match="authentication is invalid"):
            sdk(sim.url, key="wrong").send("a", [AMINATA])


@pytest.mark.parametrize("field", ["username", "to", "message"])
def test_a_missing_field_is_named_in_a_400(sim: Played, field: str) -> None:
    form = {"username": "clinic", "to": AMINATA, "message": "Bonjour"} | {field: ""}
    answer = requests.post(
        f"{sim.url}/version1/messaging", data=form, headers={"apiKey": "k"}, timeout=5
    )

    assert answer.status_code == 400
    assert field in answer.text


@pytest.mark.parametrize("body", [b"", b"[]", b'{"username":"a"}', b"{", b'{"phoneNumbers":[1]}'])
def test_a_bulk_body_that_is_not_understood_is_a_400(sim: Played, body: bytes) -> None:
    headers = {"apiKey": "k", "Content-Type": "application/json"}
    answer = requests.post(
        f"{sim.url}/version1/messaging/bulk", data=body, headers=headers, timeout=5
    )

    assert answer.status_code == 400


def test_an_unregistered_sender_gives_no_recipients_and_a_reason() -> None:
    with played(sender_ids=frozenset({"CLINIC"})) as sim:
        assert recipients(sdk(sim.url).send("a", [AMINATA], sender_id="CLINIC"))
        answer = sdk(sim.url).send("a", [AMINATA], sender_id="OTHER")
        accepted = sim.simulator.gateway.ledger.summary()["accepted"]

    assert answer == {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}
    assert accepted == 1


def test_the_balance_is_spent_and_then_refuses() -> None:
    with played(balance=1) as sim:
        first, second = (recipients(sdk(sim.url).send("a", [AMINATA]))[0] for _ in range(2))
        account = ApplicationService("clinic", "k")
        account._baseUrl = f"{sim.url}/version1"
        balance = account.fetch_application_data()

    assert first["status"] == "Success"
    assert (second["statusCode"], second["messageId"], second["cost"]) == (405, "None", "0")
    assert balance == {"UserData": {"balance": "XOF 0.0000"}}


@pytest.mark.parametrize("code", STATUS_NAMES, ids=STATUS_NAMES.values())
def test_each_status_code_has_a_number_that_meets_it(sim: Played, code: int) -> None:
    answer = post(sim.url, f"+22399900{code}")
    line = recipients(answer.json())[0]

    assert line["statusCode"] == code
    assert (line["messageId"] == "None") == (code > 102)
    assert answer.status_code == (409 if code == 409 else 201)


@pytest.mark.parametrize("status", [400, 401, 429, 500, 502, 503, 504])
def test_each_http_error_has_a_number_and_accepts_nobody(sim: Played, status: int) -> None:
    answer = post(sim.url, f"{AMINATA},+22399901{status}")

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    assert sim.simulator.gateway.ledger.summary()["accepted"] == 0


@pytest.mark.parametrize(
    ("ending", "accepted"), [("2002", 0), ("2003", 1)], ids=["before", "after"]
)
def test_the_connection_can_break_before_or_after_acceptance(
    sim: Played, ending: str, accepted: int
) -> None:
    with pytest.raises(requests.exceptions.ConnectionError):
        post(sim.url, f"+2239990{ending}")

    assert sim.simulator.gateway.ledger.summary()["accepted"] == accepted


def test_a_slow_answer_comes_after_the_client_has_given_up() -> None:
    plan = load({"outcomes": {"drowsy": {"delay_s": 1.5}}, "numbers": {AMINATA: "drowsy"}})
    with played(scenario=plan) as sim:
        with pytest.raises(requests.exceptions.ReadTimeout):
            sdk(sim.url).send("a", [AMINATA], timeout=(1, 0.2))
        assert sim.simulator.gateway.ledger.summary()["accepted"] == 1
    assert OUTCOMES["slow"].delay_s > 9.05, "the SDK waits 9.05 s"


def test_a_charset_in_the_content_type_turns_the_sdk_answer_into_a_string(sim: Played) -> None:
    answer = sdk(sim.url).send("a", ["+22399902004"])

    assert isinstance(answer, str)
    assert recipients(json.loads(answer))[0]["status"] == "Success"


def test_odd_but_accepted_answers_can_be_scripted(sim: Played) -> None:
    assert post(sim.url, "+22399902005").headers["Content-Type"] == "text/html"
    assert recipients(post(sim.url, "+22399902006").json())[0]["statusCode"] == "101"
    assert "cost" not in recipients(post(sim.url, "+22399902007").json())[0]
    assert recipients(post(sim.url, "+22399902008").json()) == []


def test_a_delivery_report_has_the_recorded_fields_in_their_order(sim: Played) -> None:
    sim.simulator.phones.join("+22399903006", "61002")
    sent = recipients(sdk(sim.url).send("a", ["+22399903006"]))[0]
    report = sim.application.got("delivery-reports")[0]

    assert report.content_type == "application/x-www-form-urlencoded"
    assert list(report.fields.items()) == [
        ("phoneNumber", "+22399903006"),
        ("failureReason", "DeliveryFailure"),
        ("retryCount", "0"),
        ("id", sent["messageId"]),
        ("status", "Failed"),
        ("networkCode", "61002"),
    ]


@pytest.mark.parametrize(
    ("number", "statuses"),
    [
        pytest.param(AMINATA, ["Success"], id="the usual"),
        pytest.param("+22399903001", ["Sent", "Submitted", "Buffered", "Success"], id="every step"),
        pytest.param("+22399903002", ["Success", "Submitted", "Sent"], id="out of order"),
        pytest.param("+22399903003", ["Success", "Success"], id="twice"),
        pytest.param("+22399903007", ["Rejected"], id="rejected"),
        pytest.param("+22399903008", ["AbsentSubscriber"], id="absent"),
        pytest.param("+22399903009", ["Expired"], id="expired"),
        pytest.param("+22399903010", ["Failed", "Success"], id="success after all"),
        pytest.param("+22399903011", ["Parked"], id="a word in no list"),
    ],
)
def test_reports_come_in_the_scripted_order(sim: Played, number: str, statuses: list[str]) -> None:
    sdk(sim.url).send("a", [number])

    reports = sim.application.got("delivery-reports", len(statuses))
    assert [report.fields["status"] for report in reports] == statuses


def test_a_report_can_come_before_the_answer(sim: Played) -> None:
    sent = recipients(sdk(sim.url).send("a", ["+22399903004"]))[0]

    assert [one.fields["id"] for one in sim.application.callbacks] == [sent["messageId"]]


def test_a_report_can_name_a_message_nobody_sent(sim: Played) -> None:
    sent = recipients(sdk(sim.url).send("a", ["+22399903012"]))[0]

    assert sim.application.got("delivery-reports")[0].fields["id"] != sent["messageId"]


def test_a_message_without_a_report_still_reaches_the_handset(sim: Played) -> None:
    sdk(sim.url).send("a", ["+22399903005"])

    eventually(lambda: bool(sim.simulator.phones.messages("+22399903005")))
    assert sim.application.callbacks == []


def test_a_refused_callback_is_repeated_as_often_as_asked() -> None:
    with played(TinyApplication(statuses=[500]), retries=1) as sim:
        sdk(sim.url).send("a", [AMINATA])
        first, second = sim.application.got("delivery-reports", 2)

    assert first.raw == second.raw


def test_an_incoming_message_is_posted_and_waits_in_the_inbox_of_the_api(sim: Played) -> None:
    body = {"from": "+223 70 00 00 01", "text": "AYƐ é", "to": "36000"}
    requests.post(f"{sim.url}/simulator/api/sms", json=body, timeout=5).raise_for_status()
    callback = sim.application.got("sms")[0]

    assert list(callback.fields) == ["date", "from", "id", "text", "to", "cost", "networkCode"]
    assert (callback.fields["from"], callback.fields["text"]) == (AMINATA, "AYƐ é")
    messages = sdk(sim.url).fetch_messages()["SMSMessageData"]["Messages"]
    assert [(one["id"], one["from"], one["text"]) for one in messages] == [(1, AMINATA, "AYƐ é")]
    assert sdk(sim.url).fetch_messages(last_received_id=1)["SMSMessageData"]["Messages"] == []


def test_an_incoming_message_can_be_played_twice_with_one_id(sim: Played) -> None:
    body = {"from": AMINATA, "text": "OUI", "id": "the-same", "date": "2017-05-03T06:04:45Z"}
    for _ in range(2):
        requests.post(f"{sim.url}/simulator/api/sms", json=body, timeout=5).raise_for_status()

    first, second = sim.application.got("sms", 2)
    assert first.raw == second.raw


def test_an_opt_out_is_posted_with_its_two_fields(sim: Played) -> None:
    body = {"phone": AMINATA, "sender": "CLINIC"}
    requests.post(f"{sim.url}/simulator/api/opt-outs", json=body, timeout=5).raise_for_status()

    callback = sim.application.got("opt-outs")[0]
    assert callback.fields == {"senderId": "CLINIC", "phoneNumber": AMINATA}


def test_the_ledger_counts_what_was_accepted_and_what_was_repeated(sim: Played) -> None:
    for text in ("one", "two", "one"):
        sdk(sim.url).send(text, [AMINATA])
    page = requests.get(f"{sim.url}/simulator/api/ledger?after=1&limit=1", timeout=5).json()

    assert (page["accepted"], page["repeated"], page["forgotten"]) == (3, 1, 0)
    assert [(entry["sequence"], entry["text"]) for entry in page["entries"]] == [(2, "two")]


def test_the_ledger_is_bounded_and_says_what_it_forgot() -> None:
    with played(keep=2) as sim:
        sdk(sim.url).send("a", [f"+2237000000{digit}" for digit in range(5)])
        summary = sim.simulator.gateway.ledger.summary()

    assert summary == {"accepted": 5, "forgotten": 3, "repeated": 0}


def test_the_ledger_names_what_was_accepted_more_than_once(sim: Played) -> None:
    for text in ("one", "two", "one", "one"):
        sdk(sim.url).send(text, [AMINATA])
    answer = requests.get(f"{sim.url}/simulator/api/ledger/repeated", timeout=5).json()

    assert answer == {"repeated": [{"to": AMINATA, "text": "one", "times": 3}]}


def test_the_ledger_in_a_file_is_not_bounded_and_has_each_acceptance_before_its_answer(
    tmp_path: Path,
) -> None:
    file = tmp_path / "ledger.jsonl"
    with played(keep=1, ledger=file) as sim:
        for number in range(3):
            sdk(sim.url).send("é", [f"+2237000000{number}"])
            lines = file.read_text(encoding="utf-8").splitlines()
            assert len(lines) == number + 1

    assert [json.loads(line)["to"][-1] for line in lines] == ["0", "1", "2"]


def test_a_lost_message_is_accepted_and_never_heard_of_again(sim: Played) -> None:
    lost, after = "+22399902009", AMINATA
    sdk(sim.url).send("a", [lost])
    sdk(sim.url).send("b", [after])
    eventually(lambda: bool(sim.application.got("delivery-reports")))

    assert sim.simulator.gateway.ledger.summary()["accepted"] == 2
    assert sim.simulator.phones.messages(lost) == []
    numbers = {one.fields["phoneNumber"] for one in sim.application.got("delivery-reports")}
    assert numbers == {after}


def test_latency_is_drawn_between_its_bounds_and_is_the_same_with_the_same_seed() -> None:
    plan = load({"latency_s": [0.02, 0.4]})
    drawn = [plan.latency(f"+2237{n:07}", 0, seed=7) for n in range(50)]

    assert all(0.02 <= one <= 0.4 for one in drawn) and len(set(drawn)) == 50
    assert drawn == [plan.latency(f"+2237{n:07}", 0, seed=7) for n in range(50)]
    assert plan.latency(AMINATA, 1, seed=7) != plan.latency(AMINATA, 0, seed=7)


def test_a_late_answer_is_late_by_the_latency_of_the_scenario() -> None:
    with played(scenario=load({"latency_s": [1.5, 1.5]})) as sim:
        with pytest.raises(requests.exceptions.ReadTimeout):
            sdk(sim.url).send("a", [AMINATA], timeout=(1, 0.2))
        assert sim.simulator.gateway.ledger.summary()["accepted"] == 1


def test_a_reset_empties_the_ledger_and_the_handsets(sim: Played) -> None:
    sdk(sim.url).send("a", [AMINATA])
    eventually(lambda: bool(sim.simulator.phones.messages(AMINATA)))
    requests.post(f"{sim.url}/simulator/api/reset", json={}, timeout=5).raise_for_status()

    assert sim.simulator.gateway.ledger.summary()["accepted"] == 0
    assert sim.simulator.phones.messages(AMINATA) == []


def test_a_connection_stays_open_for_many_sends(sim: Played) -> None:
    with requests.Session() as session:
        session.headers["apiKey"] = "k"
        form = {"username": "clinic", "to": AMINATA, "message": "a"}
        ports = set()
        for _ in range(3):
            answer = session.post(
                f"{sim.url}/version1/messaging", data=form, timeout=5, stream=True
            )
            ports.add(answer.raw.connection.sock.getsockname()[1])
            assert answer.json()

    assert len(ports) == 1


def test_a_client_that_waits_for_continue_is_told_to_go_on(sim: Played) -> None:
    host, port = sim.url.removeprefix("http://").split(":")
    body = b"username=clinic&to=%2B22370000001&message=a"
    head = (
        "POST /version1/messaging HTTP/1.1\r\nHost: simulator\r\napiKey: k\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(body)
        assert line.recv(100).startswith(b"HTTP/1.1 201")


def test_a_page_that_leaves_gives_its_place_back(sim: Played) -> None:
    for _ in range(3):
        requests.get(f"{sim.url}/simulator/api/events", stream=True, timeout=5).close()

    def watchers() -> int:
        sim.simulator.feed.publish("reset", {})
        return sim.simulator.feed.watchers

    eventually(lambda: watchers() == 0)


def test_a_page_that_leaves_before_it_reads_gives_its_place_back() -> None:
    feed = Feed()
    stream = feed.watch(None, 1.0)
    assert feed.watchers == 1
    del stream

    assert feed.watchers == 0


def test_a_seed_draws_the_same_outcomes_whatever_the_order() -> None:
    plan = Scenario(mix={"code-500": 0.3, "cut-after": 0.2})
    numbers = [f"+223700000{number:02}" for number in range(60)]
    forwards = [plan.outcome(number, 0, seed=7).name for number in numbers]
    backwards = [plan.outcome(number, 0, seed=7).name for number in reversed(numbers)]

    assert forwards == backwards[::-1]
    assert {"ok", "code-500", "cut-after"} == set(forwards)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param([], "JSON object", id="a list"),
        pytest.param({"nubers": {}}, "nubers", id="an unknown entry"),
        pytest.param({"numbers": {AMINATA: "odd"}}, "odd", id="an unknown outcome"),
        pytest.param({"mix": {"ok": 2}}, "between 0 and 1", id="a share above one"),
        pytest.param({"mix": {"ok": 0.7, "slow": 0.6}}, "more than 1", id="shares above one"),
        pytest.param({"latency_s": 1}, "latency_s", id="a latency without bounds"),
        pytest.param({"latency_s": [2, 1]}, "latency_s", id="bounds the wrong way round"),
        pytest.param({"outcomes": {"a": {"colour": "red"}}}, "colour", id="an unknown field"),
        pytest.param({"outcomes": {"a": {"delay_s": "x"}}}, "delay_s", id="a wrong type"),
        pytest.param({"outcomes": {"a": {"status_code": 408}}}, "408", id="a code in no list"),
        pytest.param({"outcomes": {"a": {"receipts": [{}]}}}, "status", id="an empty receipt"),
        pytest.param({"outcomes": {"a": {"like": "b"}}}, "like b", id="like nothing"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_entry_at_fault(data: object, fault: str) -> None:
    with pytest.raises(ScenarioError, match=fault):
        load(data)


def test_the_manual_names_every_outcome_with_its_ending() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    general = ("code-", "http-")
    special = [one for one in OUTCOMES.values() if one.ending and not one.name.startswith(general)]

    assert [one.name for one in special if f"`{one.ending}` | `{one.name}`" not in manual] == []


def test_the_manual_shows_a_scenario_in_json_and_the_same_kind_in_toml() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    (in_toml,) = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    (in_json,) = re.findall(r"```json\n(\{\n  \"default\".*?)```", manual, re.DOTALL)
    for plan in (load(tomllib.loads(in_toml)), load(json.loads(in_json))):
        assert plan.latency_s == (0.02, 0.4)
        assert plan.outcome("+22370000101", 0, seed=1).name == "receipt-absent"
        assert plan.outcomes["sleepy"].delay_s == 3


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("plan.toml", "[mix]\nodd = 0.5\n", "there is no outcome named odd"),
        ("plan.toml", "= nothing", "Invalid"),
        ("plan.json", "[mix]", "Expecting value"),
    ],
    ids=["an unknown outcome", "no TOML", "TOML under the name of JSON"],
)
def test_a_wrong_scenario_file_is_named_with_the_reason(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    result = CliRunner().invoke(simulator, ["--scenario", str(file)])

    assert result.exit_code == 1
    assert f"{file} cannot be used" in result.output and why in result.output


def test_a_scenario_can_be_changed_while_it_runs(sim: Played) -> None:
    plan = {
        "numbers": {AMINATA: "mine"},
        "outcomes": {"mine": {"receipts": [{"status": "Rejected", "reason": "UserIsInactive"}]}},
    }
    requests.put(f"{sim.url}/simulator/api/scenario", json=plan, timeout=5).raise_for_status()
    sdk(sim.url).send("a", [AMINATA])

    assert sim.application.got("delivery-reports")[0].fields["failureReason"] == "UserIsInactive"
