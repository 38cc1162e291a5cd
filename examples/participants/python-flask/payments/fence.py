"""The rules of the fence, without a database: what to do with a command, given its row or none."""

from dataclasses import dataclass, field
from datetime import timedelta

REMEMBERED = timedelta(days=30)


@dataclass
class Row:
    """What is on record of a saga's step and visit, for the do and its undo together."""

    state: str
    body_hash: bytes | None = None
    undo_body_hash: bytes | None = None
    reply: object = None
    events: list = field(default_factory=list)
    undo_reply: object = None
    undo_events: list = field(default_factory=list)
    is_new: bool = True
    is_changed: bool = True


@dataclass(frozen=True)
class Answer:
    outcome: str
    data: object = None
    events: list = field(default_factory=list)


RUN, BLOCK, MISMATCH = "run", "block", "mismatch"


def decide(command, row, now):
    """An Answer, or what is to be done: RUN, BLOCK the do for ever, set aside as MISMATCH."""
    is_do = command.direction == "do"
    if row is None:
        if command.issued_at < now - REMEMBERED:
            return Answer("failed", reason("FENCE_EXPIRED", "it is older than what the fence remembers"))
        return RUN if is_do else BLOCK
    known = row.body_hash if is_do else row.undo_body_hash
    if known is not None and known != command.body_hash:
        return MISMATCH
    return decide_do(row) if is_do else decide_undo(row)


def decide_do(row):
    if row.state in ("done", "undone"):
        return Answer("succeeded", row.reply, row.events)
    if row.state == "refused":
        return Answer("refused", row.reply, row.events)
    return Answer("refused", reason("UNDONE_BEFORE_DONE", "it was undone before it arrived"))


def decide_undo(row):
    if row.state == "done":
        return RUN
    if row.state == "undone":
        return Answer("succeeded", row.undo_reply, row.undo_events)
    return Answer("succeeded")


def reason(code, message):
    return {"code": code, "message": message}
