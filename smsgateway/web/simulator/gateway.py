"""The SMS side: what is accepted, how it is answered, which delivery reports follow."""

from __future__ import annotations

import random
import re
import threading
import uuid
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from smsgateway.text.segments import measure
from smsgateway.web.simulator.callbacks import Callbacks
from smsgateway.web.simulator.config import Config
from smsgateway.web.simulator.feed import Feed
from smsgateway.web.simulator.ledger import Entry, Ledger
from smsgateway.web.simulator.outcomes import ACCEPTED, STATUS_NAMES, Outcome, Receipt
from smsgateway.web.simulator.phones import Message, Phones
from smsgateway.web.simulator.scenario import Scenario
from smsgateway.web.simulator.timer import Timer
from smsgateway.web.simulator.wire import delivery_report, incoming, opt_out, stamp

MAX_INBOX = 10_000
_MSISDN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


@dataclass(frozen=True)
class Submission:
    """A request to send one text to some numbers."""

    username: str
    recipients: tuple[str, ...]
    text: str
    sender: str | None = None
    enqueue: bool = False


@dataclass(frozen=True)
class Answer:
    """How a submission is answered: JSON data, or a plain text; `outcome` says what is odd, and
    `after_s` how many seconds the answer takes."""

    status: int
    outcome: Outcome
    data: dict[str, Any] | None = None
    text: str = ""
    after_s: float = 0.0


class Gateway:
    """Accepts messages and plays what the scenario says becomes of them."""

    def __init__(
        self,
        config: Config,
        scenario: Scenario,
        phones: Phones,
        callbacks: Callbacks,
        timer: Timer,
        feed: Feed,
    ) -> None:
        self.scenario = scenario
        self.ledger = Ledger(config.keep, config.ledger)
        self.balance = config.balance
        self._config = config
        self._phones = phones
        self._callbacks = callbacks
        self._timer = timer
        self._feed = feed
        self._lock = threading.Lock()
        self._random = random.Random(config.seed)
        self._turns: dict[str, int] = {}
        self._inbox: deque[dict[str, Any]] = deque(maxlen=MAX_INBOX)
        self._inbox_last = 0

    # What an application sends

    def submit(self, submission: Submission) -> Answer:
        """Accept or refuse a request; posts at once the reports that come before its answer."""
        turns = [self._turn(number) for number in submission.recipients]
        answer = self._answer(submission, turns)
        first, seed = submission.recipients[0], self._config.seed
        latency_s = self.scenario.latency(first, turns[0], seed)
        after_s = self._config.latency_s + latency_s + answer.outcome.delay_s
        return replace(answer, after_s=after_s)

    def _answer(self, submission: Submission, turns: list[int]) -> Answer:
        outcomes = [
            self.scenario.outcome(number, turn, self._config.seed)
            for number, turn in zip(submission.recipients, turns, strict=True)
        ]
        whole = next((one for one in outcomes if one.touches_request), self.scenario.outcomes["ok"])
        if whole.http_text is not None:
            return Answer(whole.http_status, whole, text=whole.http_text)
        refusal = whole.refusal or self._refused_sender(submission.sender)
        if refusal or whole.refuses_request:
            return Answer(whole.http_status, whole, _answer_data(refusal or "", []))
        lines, total, parts = [], Decimal(0), measure(submission.text).segments
        for number, outcome in zip(submission.recipients, outcomes, strict=True):
            cost, line = self._recipient(submission, number, outcome, parts)
            total += cost
            lines.append(line)
        accepted = sum(line["messageId"] != "None" for line in lines)
        summary = (
            f"Sent to {accepted}/{len(lines)} Total Cost: {self._money(total)} "
            f"Message parts: {parts}"
        )
        return Answer(whole.http_status, whole, _answer_data(summary, lines))

    def _turn(self, number: str) -> int:
        """How many messages went to a number before; of too many numbers the oldest goes."""
        if not self.scenario.by_chance:
            return 0
        with self._lock:
            turn = self._turns.get(number, 0)
            if not turn and len(self._turns) >= self._config.keep:
                del self._turns[next(iter(self._turns))]
            self._turns[number] = turn + 1
            return turn

    def _refused_sender(self, sender: str | None) -> str | None:
        known = self._config.sender_ids
        return "InvalidSenderId" if sender and known and sender not in known else None

    def _recipient(
        self, submission: Submission, number: str, outcome: Outcome, parts: int
    ) -> tuple[Decimal, dict[str, Any]]:
        """One recipient's line, with what it was charged."""
        price = self._config.price * parts
        code = self._status_code(submission, number, outcome, price)
        if code not in ACCEPTED:
            return Decimal(0), _line(outcome, number, code, "None", "0")
        message_id = f"ATXid_{self.new_hex()}"
        entry = self.ledger.add(
            message_id=message_id,
            to=number,
            sender=submission.sender,
            text=submission.text,
            parts=parts,
            cost=self._money(price),
            outcome=outcome.name,
            accepted_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            username=submission.username,
        )
        self._play(entry, outcome)
        line = _line(outcome, number, code, message_id, entry.cost)
        if submission.username != "sandbox":
            line["messageParts"] = parts
        return price, line

    def _status_code(
        self, submission: Submission, number: str, outcome: Outcome, price: Decimal
    ) -> int:
        code = outcome.status_code or (102 if submission.enqueue else 101)
        if not _MSISDN.fullmatch(number):
            return 403
        if code not in ACCEPTED:
            return code
        with self._lock:
            if price > self.balance:
                return 405
            self.balance -= price
        return code

    def _money(self, amount: Decimal) -> str:
        return f"{self._config.currency} {amount:.4f}"

    def new_hex(self) -> str:
        """32 hexadecimal digits; with a seed, the same in every run."""
        if self._config.seed is None:
            return uuid.uuid4().hex
        with self._lock:
            return f"{self._random.getrandbits(128):032x}"

    # What follows: the handset rings, delivery reports go out

    def _play(self, entry: Entry, outcome: Outcome) -> None:
        delay = self._config.delivery_delay_s
        if outcome.arrives_after is not None:
            self._timer.after(delay * outcome.arrives_after, self._arrive, entry)
        for receipt in (one for one in outcome.receipts if one.before_answer):
            self._report(entry, receipt)
        later = tuple(one for one in outcome.receipts if not one.before_answer)
        if later:
            self._timer.after(delay * later[0].after, self._report_in_turn, entry, later)

    def _arrive(self, entry: Entry) -> None:
        sender = entry.sender or self._config.short_code
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        message = self._phones.put(entry.to, "in", sender, entry.text, entry.parts, now)
        self._feed.publish("message", message.as_json())

    def _report_in_turn(self, entry: Entry, receipts: tuple[Receipt, ...]) -> None:
        """Post the first report, then put off the next, so that their order is the table's."""
        first, *rest = receipts
        self._report(entry, first)
        if rest:
            pause = (rest[0].after - first.after) * self._config.delivery_delay_s
            self._timer.after(pause, self._report_in_turn, entry, tuple(rest))

    def _report(self, entry: Entry, receipt: Receipt) -> None:
        message_id = f"ATXid_{self.new_hex()}" if receipt.unknown_id else entry.message_id
        fields = delivery_report(
            phone=entry.to,
            message_id=message_id,
            status=receipt.status,
            reason=receipt.reason,
            network=self._phones.network(entry.to),
        )
        answer = self._callbacks.delivery_report(fields)
        entry.receipts.append(
            {"id": message_id, "status": receipt.status, "answered": answer.status}
        )

    # What a handset writes

    def write(
        self,
        phone: str,
        text: str,
        *,
        to: str | None = None,
        message_id: str | None = None,
        date: str | None = None,
    ) -> Message:
        """A subscriber sends `text`; an id and a date may be given to play a repetition."""
        now = datetime.now(UTC)
        to = to or self._config.short_code
        at = now.isoformat(timespec="milliseconds")
        message = self._phones.put(phone, "out", to, text, measure(text).segments, at)
        fields = incoming(
            date=date or stamp(now),
            sender=phone,
            message_id=message_id or str(uuid.UUID(hex=self.new_hex())),
            text=text,
            to=to,
            cost=self._money(Decimal(0)),
            network=self._phones.network(phone),
        )
        self._keep_incoming(fields, now)
        self._feed.publish("message", message.as_json())
        self._timer.after(0, self._callbacks.incoming, fields)
        return message

    def _keep_incoming(self, fields: dict[str, str], now: datetime) -> None:
        with self._lock:
            self._inbox_last += 1
            self._inbox.append(
                {
                    "linkId": None,
                    "text": fields["text"],
                    "to": fields["to"],
                    "id": self._inbox_last,
                    "date": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    "from": fields["from"],
                }
            )

    def inbox(self, after: int) -> list[dict[str, Any]]:
        """Incoming messages numbered above `after`, as the API's own inbox gives them."""
        with self._lock:
            return [message for message in self._inbox if message["id"] > after]

    def opt_out(self, phone: str, sender_id: str) -> None:
        """A subscriber opts out at the operator: only the callback tells."""
        fields = opt_out(sender_id=sender_id, phone=phone)
        self._timer.after(0, self._callbacks.opt_out, fields)

    def clear(self) -> None:
        """Forget messages, turns and charges; the scenario stays."""
        self.ledger.clear()
        with self._lock:
            self._turns.clear()
            self._inbox.clear()
            self.balance = self._config.balance


def _answer_data(summary: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"SMSMessageData": {"Message": summary, "Recipients": lines}}


def _line(outcome: Outcome, number: str, code: int, message_id: str, cost: str) -> dict[str, Any]:
    line: dict[str, Any] = {
        "cost": cost,
        "messageId": message_id,
        "number": number,
        "status": "Success" if code in ACCEPTED else STATUS_NAMES[code],
        "statusCode": str(code) if outcome.string_codes else code,
    }
    if not outcome.costs:
        del line["cost"]
    return line
