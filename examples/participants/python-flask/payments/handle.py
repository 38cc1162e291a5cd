"""Carries out a batch of commands in one transaction: fence, business rows and stored replies
commit together, or nothing does."""

from datetime import datetime, timezone

import psycopg

from . import store
from .command import REPLIES, Unusable, read_command
from .fence import BLOCK, MISMATCH, RUN, Answer, Row, decide, reason
from .log import SERVICE, log

EVENTS = "payments.events"
# A second try, since another instance may have had the same command; then it is answered failed.
TRIES_ALONE = 2


class NotTaken(Exception):
    """A refund for what is not TAKEN: a person must look."""


class Batch:
    """What a batch adds up to before it is written."""

    def __init__(self, rows, limit, now):
        self.rows, self.limit, self.now = rows, limit, now
        self.answers, self.letters, self.payments, self.refunds = [], [], [], []

    def add(self, command, record):
        row = self.rows.get(command.fence_key)
        decision = decide(command, row, self.now)
        if decision == MISMATCH:
            why = f"The command {command.id} was handled before with another body."
            self.letters.append((SERVICE, record, "BODY_MISMATCH", why))
            return
        if decision == BLOCK:
            self.rows[command.fence_key] = Row("blocked", undo_body_hash=command.body_hash)
            decision = Answer("succeeded")
        elif decision == RUN:
            decision = self.run(command, record, row)
        self.answers.append((command, decision))

    def run(self, command, record, row):
        is_undo = command.direction == "undo"
        if command.payload_problem is not None:
            self.letters.append((SERVICE, record, "PAYLOAD_INVALID", command.payload_problem))
            answer = Answer("refused", reason("PAYLOAD_INVALID", command.payload_problem))
            # Not stored: the undo may come again as it should be.
            if is_undo:
                return answer
        elif is_undo:
            return self.refund(command, row)
        else:
            answer = self.take_payment(command)
        state = "done" if answer.outcome == "succeeded" else "refused"
        self.rows[command.fence_key] = Row(
            state, body_hash=command.body_hash, reply=answer.data, events=answer.events
        )
        return answer

    def take_payment(self, command):
        saga_id, payload = command.saga_id, command.payload
        amount, refusal = payload["amount"], None
        if payload.get("decline") is True:
            refusal = "declined-on-demand"
        elif amount > self.limit:
            refusal = "amount-over-limit"
        status = "TAKEN" if refusal is None else "DECLINED"
        self.payments.append((saga_id, payload["customerId"], amount, status))
        fact = {"paymentId": saga_id, "amount": amount}
        if refusal is None:
            taken = self.event(command, "payment.taken", fact)
            return Answer("succeeded", {"paymentId": saga_id}, [taken])
        declined = self.event(command, "payment.declined", fact | {"reason": refusal})
        return Answer("refused", refusal, [declined])

    def refund(self, command, row):
        self.refunds.append(command.saga_id)
        fact = {"paymentId": command.saga_id, "amount": command.payload["amount"]}
        row.undo_events = [self.event(command, "payment.refunded", fact)]
        row.state, row.undo_body_hash, row.undo_reply = "undone", command.body_hash, None
        row.is_changed = True
        return Answer("succeeded", None, row.undo_events)

    def event(self, command, name, data):
        """As the fence keeps it: a repeat publishes the same id."""
        return {
            "id": f"{command.id}/event/1",
            "type": name,
            "topic": EVENTS,
            "key": command.saga_id,
            "data": data,
            "time": iso(self.now),
        }

    def write(self, tx):
        store.insert_payments(tx, self.payments)
        if self.refunds and store.refund_payments(tx, self.refunds) < len(self.refunds):
            raise NotTaken("a payment that is to be refunded is not TAKEN")
        store.write_fences(tx, self.rows)
        store.park(tx, self.letters)


def handle(db, records, config):
    """The answers, committed. One bad command must not hold up the others: then each goes alone.
    Raises psycopg.OperationalError when the database is away: all of it must come again."""
    try:
        return handle_together(db, records, config)
    except (psycopg.DataError, psycopg.IntegrityError, NotTaken) as error:
        if len(records) > 1:
            return [answer for record in records for answer in handle(db, [record], config)]
        return handle_alone(db, records, config, error)


def handle_alone(db, records, config, error):
    for _ in range(TRIES_ALONE - 1):
        try:
            return handle_together(db, records, config)
        except (psycopg.DataError, psycopg.IntegrityError, NotTaken) as again:
            error = again
    read_all = (read(record, config.prefix)[0] for record in records)
    commands = [command for command in read_all if command]
    if not commands:
        # It could not even be set aside: better that it comes again than that it is lost.
        raise error
    for command in commands:
        log("warn", "participant.command.failed", command, error)
    return [(one, Answer("failed", reason("HANDLER_FAILED", str(error)[:500]))) for one in commands]


def handle_together(db, records, config):
    now = datetime.now(timezone.utc)
    taken = [(record, *read(record, config.prefix)) for record in records]
    commands = [(command, record) for record, command, _ in taken if command is not None]
    with db.transaction():
        rows = store.lock_fences(db, {command.fence_key for command, _ in commands})
        batch = Batch(rows, config.payment_limit, now)
        batch.letters += [
            (SERVICE, record, unusable.code, str(unusable))
            for record, _, unusable in taken
            if unusable is not None
        ]
        for command, record in commands:
            batch.add(command, record)
        batch.write(db)
    for _, record, code, why in batch.letters:
        log("warn", f"participant.record.parked {code} {record.topic()}[{record.partition()}]@{record.offset()}")
    return batch.answers


def read(record, prefix):
    """The command, or why it is none."""
    headers = dict(record.headers() or [])
    try:
        time_ms = record.timestamp()[1]
        return read_command(headers, record.key(), record.value(), time_ms, prefix), None
    except Unusable as unusable:
        return None, unusable


def messages_of(command, answer):
    """Events before the reply: (topic, key, data, headers)."""
    shared = {"ce_specversion": "1.0", "ce_source": SERVICE, "content-type": "application/json"}
    shared |= {"ce_sagaid": command.saga_id, "ce_causationid": command.id}
    if command.traceparent is not None:
        shared["traceparent"] = command.traceparent
    for event in answer.events:
        about = {"ce_id": event["id"], "ce_type": event["type"], "ce_time": event["time"]}
        yield event["topic"], event["key"], event["data"], shared | about
    reply = {
        "ce_id": f"{command.id}/reply",
        "ce_type": f"{command.name}.{answer.outcome}",
        "ce_time": iso(datetime.now(timezone.utc)),
        "ce_step": command.step,
        "ce_visit": str(command.visit),
        "ce_direction": command.direction,
        "ce_attempt": str(command.attempt),
        "ce_outcome": answer.outcome,
    }
    yield REPLIES, command.saga_id, answer.data, shared | reply


def iso(time):
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
