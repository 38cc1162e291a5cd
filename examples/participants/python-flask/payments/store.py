"""Every statement, each for many rows at once. The transaction is the caller's."""

import base64
import json

from .fence import Row


def lock_fences(tx, keys):
    """In one order, so that two instances with the same commands wait for each other in no circle."""
    if not keys:
        return {}
    found = tx.execute(
        """select f.saga_id::text, f.step, f.visit, state, body_hash, undo_body_hash, reply, events,
             undo_reply, undo_events
           from fence f
           join unnest(%s::uuid[], %s::text[], %s::int[]) as k (saga_id, step, visit)
             using (saga_id, step, visit)
           order by f.saga_id, f.step, f.visit for update of f""",
        columns(sorted(keys), 3),
    )
    return {
        (saga_id, step, visit): Row(
            state, body, undo_body, reply, events or [], undo_reply, undo_events or [], False, False
        )
        for saga_id, step, visit, state, body, undo_body, reply, events, undo_reply, undo_events in found
    }


def write_fences(tx, rows):
    """A row that another instance wrote meanwhile fails the insert, and with it everything."""
    fresh = sorted((key, row) for key, row in rows.items() if row.is_new)
    known = sorted((key, row) for key, row in rows.items() if row.is_changed and not row.is_new)
    values = lambda some: [(*key, *fields(row)) for key, row in some]
    if fresh:
        tx.execute(
            """insert into fence (saga_id, step, visit, state, body_hash, undo_body_hash, reply, events,
                 undo_reply, undo_events, undone_at)
               select *, case state when 'undone' then clock_timestamp() end
               from unnest(%s::uuid[], %s::text[], %s::int[], %s::text[], %s::bytea[], %s::bytea[],
                 %s::json[], %s::json[], %s::json[], %s::json[])
                 as new (saga_id, step, visit, state, a, b, c, d, e, f)""",
            columns(values(fresh), 10),
        )
    if known:
        tx.execute(
            """update fence f set state = new.state, undo_body_hash = new.b, undo_reply = new.e,
                 undo_events = new.f, undone_at = clock_timestamp()
               from unnest(%s::uuid[], %s::text[], %s::int[], %s::text[], %s::bytea[], %s::bytea[],
                 %s::json[], %s::json[], %s::json[], %s::json[])
                 as new (saga_id, step, visit, state, a, b, c, d, e, f)
               where (f.saga_id, f.step, f.visit) = (new.saga_id, new.step, new.visit)""",
            columns(values(known), 10),
        )


def fields(row):
    has_do = row.state != "blocked"
    is_undone = row.state == "undone"
    return (
        row.state,
        row.body_hash,
        row.undo_body_hash,
        json.dumps(row.reply) if has_do else None,
        json.dumps(row.events) if row.events else None,
        json.dumps(row.undo_reply) if is_undone else None,
        json.dumps(row.undo_events) if row.undo_events else None,
    )


def insert_payments(tx, payments):
    """Rows of (saga id, customer, amount, status)."""
    if payments:
        tx.execute(
            """insert into payments (saga_id, customer_id, amount, status)
               select * from unnest(%s::uuid[], %s::text[], %s::int[], %s::text[])""",
            columns(sorted(payments), 4),
        )


def refund_payments(tx, saga_ids):
    """How many of them were TAKEN, and are REFUNDED now."""
    return tx.execute(
        """update payments set status = 'REFUNDED', updated_at = clock_timestamp()
           where saga_id = any(%s::uuid[]) and status = 'TAKEN'""",
        (saga_ids,),
    ).rowcount


def park(tx, letters):
    """Records of (consumer, record, code, reason); the same record parked again changes nothing."""
    for consumer, record, code, why in letters:
        pairs = [[name, base64.b64encode(text or b"").decode()] for name, text in record.headers() or []]
        tx.execute(
            """insert into dead_letters (consumer, topic, partition, record_offset, recorded_at, key,
                 value, headers, code, reason)
               values (%s, %s, %s, %s, to_timestamp(%s / 1000.0), %s, %s, %s, %s, %s)
               on conflict do nothing""",
            (
                *(consumer, record.topic(), record.partition(), record.offset(), record.timestamp()[1]),
                *(record.key(), record.value(), json.dumps(pairs).replace("\\u0000", "\\ufffd")),
                *(code, why[:2000].replace("\0", "\ufffd")),
            ),
        )


def find_payment(tx, saga_id):
    return tx.execute(
        "select customer_id, amount, status from payments where saga_id = %s", (saga_id,)
    ).fetchone()


def columns(rows, count):
    return tuple(list(column) for column in zip(*rows)) if rows else ([],) * count
