"""Reads records: a command that can be handled, or the reason why it is none."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone

REPLIES = "sagaline.replies"
TAKE = "payments.take-payment"
REFUND = "payments.refund-payment"
BYTES_MAX = 200 * 1024
DEPTH_MAX = 100
COUNT_MAX = 2**31 - 1
AMOUNT_MAX = 100_000_000
# It is part of a key, and an index of Postgres takes no entry beyond some 2,700 bytes.
STEP_MAX = 200

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Unusable(Exception):
    """The record is set aside, with a code and a reason."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class Command:
    id: str
    name: str
    saga_id: str
    step: str
    visit: int
    direction: str
    attempt: int
    issued_at: datetime
    traceparent: str | None
    payload: object
    body_hash: bytes
    payload_problem: str | None

    @property
    def fence_key(self):
        return (self.saga_id, self.step, self.visit)


def read_command(headers, key, value, timestamp_ms, prefix):
    """Raises Unusable for whatever is no command of this service."""
    size = sum(len(name) + len(text or b"") for name, text in headers.items())
    if size + len(key or b"") + len(value or b"") > BYTES_MAX:
        raise malformed("it is too large")
    if header(headers, "ce_specversion") != "1.0":
        raise malformed("ce_specversion is not 1.0")
    if not header(headers, "content-type").startswith("application/json"):
        raise malformed("content-type is not application/json")
    message_id, name = header(headers, "ce_id"), header(headers, "ce_type")
    header(headers, "ce_source")
    text_of(key, "key")
    payload = read_json(value)
    if name not in (TAKE, REFUND):
        raise Unusable("COMMAND_UNKNOWN", f"payments handles no command {name}")
    saga_id = header(headers, "ce_sagaid").lower()
    if not UUID.fullmatch(saga_id):
        raise malformed("ce_sagaid is not a UUID")
    direction = header(headers, "ce_direction")
    # A do by the name of the undo is carried out as what it is called; an undo by the name of the
    # do would have the effect a second time.
    if direction not in ("do", "undo") or (direction == "undo") != (name == REFUND):
        raise malformed(f"ce_direction {direction} does not go with {name}")
    replies = prefix + REPLIES
    if header(headers, "ce_replyto", replies) != replies:
        raise malformed(f"ce_replyto is not {replies}")
    step = header(headers, "ce_step")
    if len(step) > STEP_MAX:
        raise malformed(f"ce_step is longer than {STEP_MAX} characters")
    issued_at = header(headers, "ce_issuedat", None)
    return Command(
        id=message_id,
        name=name,
        saga_id=saga_id,
        step=step,
        visit=count(header(headers, "ce_visit"), "ce_visit"),
        direction=direction,
        attempt=count(header(headers, "ce_attempt", "1"), "ce_attempt"),
        issued_at=read_time(issued_at) if issued_at else from_ms(timestamp_ms),
        traceparent=header(headers, "traceparent", None),
        payload=payload,
        body_hash=hashlib.sha256(f"{name}\n{canonical(payload)}".encode()).digest(),
        payload_problem=payload_problem(payload),
    )


def malformed(problem):
    return Unusable("COMMAND_MALFORMED", f"The message is not a command: {problem}.")


REQUIRED = object()


def header(headers, name, default=REQUIRED):
    if name not in headers and default is not REQUIRED:
        return default
    return text_of(headers.get(name), name)


def text_of(data, name):
    if not data:
        raise malformed(f"{name} is missing")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise malformed(f"{name} is not UTF-8") from None
    if "\0" in text:
        raise malformed(f"{name} contains NUL")
    return text


def count(text, name):
    # The length first: int() raises ValueError for thousands of digits.
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text, re.ASCII) or int(text) > COUNT_MAX:
        raise malformed(f"{name} is not a count from 1")
    return int(text)


def read_time(text):
    try:
        if TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise malformed("ce_issuedat is not a time")


def from_ms(timestamp_ms):
    return datetime.fromtimestamp(timestamp_ms / 1000, timezone.utc)


def read_json(value):
    if not value:
        raise malformed("it has no value")
    try:
        payload = json.loads(value.decode(), parse_constant=refuse_constant)
        # Postgres keeps neither NUL nor half a surrogate pair in a text.
        if "\\u0000" in canonical(payload).encode().decode() or depth(payload) > DEPTH_MAX:
            raise malformed("its value holds NUL, or nests too deep")
        return payload
    except (ValueError, RecursionError):
        raise malformed("its value is not JSON") from None


def refuse_constant(name):
    raise ValueError(name)


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def canonical(value):
    """Keys sorted: a sender that keeps its commands as jsonb sends them again in another order."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def payload_problem(payload):
    """The contract of both commands, as services/contracts/payments.ts has it."""
    if not isinstance(payload, dict):
        return "/ must be an object"
    customer, amount = payload.get("customerId"), payload.get("amount")
    if not isinstance(customer, str) or not 1 <= len(customer) <= 100:
        return "/customerId must be a text of 1 to 100 characters"
    if type(amount) is not int or not 1 <= amount <= AMOUNT_MAX:
        return f"/amount must be an integer from 1 to {AMOUNT_MAX}"
    if type(payload.get("decline", False)) is not bool:
        return "/decline must be true or false"
    strange = payload.keys() - {"customerId", "amount", "decline"}
    return f"/ must not have the property {min(strange)}" if strange else None
