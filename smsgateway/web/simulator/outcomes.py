"""What may become of a request or a message: one table, chosen from by number or by scenario.

Sources: the list of status codes and of delivery reports that Africa's Talking publishes, and
recorded answers of its API (an answer with no recipients and a reason; `401` as plain text; a
status code as a string; costs that are missing).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STATUS_NAMES = {
    100: "Processed",
    101: "Sent",
    102: "Queued",
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    405: "InsufficientBalance",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
    499: "Unlisted",
}
"""Status code of a recipient -> its name. 100 to 102 are accepted, the others refused. 499 stands
for what is on no list: a code that the vendor adds tomorrow."""

ACCEPTED = frozenset({100, 101, 102})

JSON = "application/json"
BAD_CREDENTIALS = "The supplied authentication is invalid"


class Cut(StrEnum):
    """When the connection breaks instead of an answer."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Receipt:
    """A delivery report to come.

    `after` counts in delivery delays: 1 is one `--delivery-delay` after acceptance. With
    `before_answer` it is posted before the request that sent the message is answered; with
    `unknown_id` it names a message that was never sent.
    """

    status: str
    after: float = 1.0
    reason: str | None = None
    before_answer: bool = False
    unknown_id: bool = False


DELIVERED = (Receipt("Success"),)


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message to one number, or of the whole request that names it.

    `http_text` refuses the whole request with `http_status` and this text; `refusal` answers 201
    with no recipients and this word as the reason. Otherwise each number gets a line with
    `status_code` (None: 102 when the request says `enqueue`, else 101).
    """

    name: str
    meaning: str
    ending: str | None = None
    status_code: int | None = None
    http_status: int = 201
    http_text: str | None = None
    refusal: str | None = None
    delay_s: float = 0.0
    cut: Cut | None = None
    content_type: str = JSON
    string_codes: bool = False
    costs: bool = True
    arrives: bool = True
    receipts: tuple[Receipt, ...] = DELIVERED

    @property
    def refuses_request(self) -> bool:
        """Nothing in the request is accepted, whoever else it names."""
        return self.http_text is not None or self.refusal is not None or self.cut is Cut.BEFORE

    @property
    def touches_request(self) -> bool:
        """The outcome shows in the answer as a whole, not in one recipient's line alone."""
        plain = (201, 0.0, None, JSON)
        mine = (self.http_status, self.delay_s, self.cut, self.content_type)
        return self.refuses_request or mine != plain

    @property
    def arrives_after(self) -> float | None:
        """When the handset shows the message, in delivery delays; None when it never does."""
        if not self.arrives:
            return None
        if not self.receipts:
            return 1.0
        successes = [r.after for r in self.receipts if r.status in {"Success", "Delivered"}]
        return min(successes, default=None)


def _codes() -> list[Outcome]:
    """A recipient's line with each status code. 409 comes as an HTTP status too."""
    return [
        Outcome(
            f"code-{code}",
            f"the recipient's line says {code} {name}",
            ending=f"99900{code}",
            status_code=code,
            http_status=409 if code == 409 else 201,
        )
        for code, name in STATUS_NAMES.items()
    ]


def _http(status: int, text: str, meaning: str) -> Outcome:
    return Outcome(f"http-{status}", meaning, f"99901{status}", http_status=status, http_text=text)


_ALL = [
    Outcome("ok", "accepted, then delivered"),
    *_codes(),
    _http(400, "The request content was malformed.", "400 as plain text"),
    _http(401, BAD_CREDENTIALS, "401 as plain text"),
    _http(429, "Too many requests", "429 as plain text, with Retry-After"),
    _http(500, "There was an internal server error.", "500 as plain text"),
    _http(502, "Bad Gateway", "502, from something in between"),
    _http(503, "Service Unavailable", "503, with Retry-After"),
    _http(504, "Gateway Timeout", "504, from something in between"),
    Outcome("slow", "accepted, answered after 12 s", "99902001", delay_s=12.0),
    Outcome("cut-before", "not accepted, the connection breaks", "99902002", cut=Cut.BEFORE),
    Outcome("cut-after", "accepted, the connection breaks", "99902003", cut=Cut.AFTER),
    Outcome(
        "charset",
        "accepted, the content type names a charset (the Python SDK then gives a string)",
        "99902004",
        content_type="application/json; charset=utf-8",
    ),
    Outcome("wrong-type", "accepted, answered as text/html", "99902005", content_type="text/html"),
    Outcome("string-codes", "accepted, the status code is a string", "99902006", string_codes=True),
    Outcome("no-cost", "accepted, the cost is missing", "99902007", costs=False),
    Outcome("empty", "201, no recipients, InvalidSenderId", "99902008", refusal="InvalidSenderId"),
    Outcome(
        "lost",
        "accepted, and never heard of again: no handset, no report",
        "99902009",
        arrives=False,
        receipts=(),
    ),
    Outcome(
        "receipts-in-order",
        "Sent, Submitted, Buffered, Success",
        "99903001",
        receipts=(
            Receipt("Sent", 0.25),
            Receipt("Submitted", 0.5),
            Receipt("Buffered", 0.75),
            Receipt("Success", 1.0),
        ),
    ),
    Outcome(
        "receipts-out-of-order",
        "Success, then Submitted, then Sent",
        "99903002",
        receipts=(Receipt("Success", 0.5), Receipt("Submitted", 0.75), Receipt("Sent", 1.0)),
    ),
    Outcome(
        "receipts-twice",
        "Success, and the same again",
        "99903003",
        receipts=(Receipt("Success", 1.0), Receipt("Success", 1.5)),
    ),
    Outcome(
        "receipt-early",
        "Success before the send is answered",
        "99903004",
        receipts=(Receipt("Success", 0.0, before_answer=True),),
    ),
    Outcome("receipt-never", "delivered, but no report ever comes", "99903005", receipts=()),
    Outcome(
        "receipt-failed",
        "Failed, DeliveryFailure",
        "99903006",
        receipts=(Receipt("Failed", reason="DeliveryFailure"),),
    ),
    Outcome(
        "receipt-rejected",
        "Rejected, UserInBlackList",
        "99903007",
        receipts=(Receipt("Rejected", reason="UserInBlackList"),),
    ),
    Outcome(
        "receipt-absent", "AbsentSubscriber", "99903008", receipts=(Receipt("AbsentSubscriber"),)
    ),
    Outcome("receipt-expired", "Expired", "99903009", receipts=(Receipt("Expired"),)),
    Outcome(
        "receipt-failed-then-success",
        "Failed, and Success after all",
        "99903010",
        receipts=(Receipt("Failed", 0.5, "DeliveryFailure"), Receipt("Success", 1.0)),
    ),
    Outcome(
        "receipt-unknown-word", "a status in no list", "99903011", receipts=(Receipt("Parked"),)
    ),
    Outcome(
        "receipt-unknown-id",
        "Success for a message that nobody sent",
        "99903012",
        receipts=(Receipt("Success", unknown_id=True),),
    ),
]

OUTCOMES = {outcome.name: outcome for outcome in _ALL}
"""Every outcome that ships, by name."""

BY_ENDING = {outcome.ending: outcome for outcome in _ALL if outcome.ending}
"""The outcome of the numbers that end in these eight digits, in any country."""

ENDING_DIGITS = 8
