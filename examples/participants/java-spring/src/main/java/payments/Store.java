package payments;

import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import payments.Command.FenceKey;

/** Every statement, each for many rows at once. The transaction is the caller's. */
@Component
class Store {
  private static final int REASON_MAX = 2_000;
  /** In one order, so that two instances with the same commands wait in no circle. */
  private static final Comparator<FenceKey> ORDER =
      Comparator.comparing((FenceKey key) -> key.sagaId().toString())
          .thenComparing(FenceKey::step)
          .thenComparing(FenceKey::visit);

  private final JdbcTemplate jdbc;

  Store(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  record Payment(UUID sagaId, String customerId, int amount, String status) {}

  record Letter(ConsumerRecord<byte[], byte[]> record, String code, String reason) {}

  Map<FenceKey, Fence.Row> lockFences(Collection<FenceKey> keys) {
    Map<FenceKey, Fence.Row> rows = new HashMap<>();
    if (keys.isEmpty()) return rows;
    List<FenceKey> sorted = keys.stream().sorted(ORDER).toList();
    jdbc.query(
        """
        select f.* from fence f
        join unnest(?::uuid[], ?::text[], ?::int[]) as k (saga_id, step, visit)
          using (saga_id, step, visit)
        order by f.saga_id, f.step, f.visit for update of f""",
        found -> {
          Fence.Row row = new Fence.Row(found.getString("state"));
          row.bodyHash = found.getBytes("body_hash");
          row.undoBodyHash = found.getBytes("undo_body_hash");
          row.reply = stored(found.getString("reply"));
          row.events = events(found.getString("events"));
          row.undoReply = stored(found.getString("undo_reply"));
          row.undoEvents = events(found.getString("undo_events"));
          row.isNew = false;
          row.isChanged = false;
          UUID sagaId = found.getObject("saga_id", UUID.class);
          rows.put(new FenceKey(sagaId, found.getString("step"), found.getInt("visit")), row);
        },
        column(sorted, key -> key.sagaId().toString(), String[]::new),
        column(sorted, FenceKey::step, String[]::new),
        column(sorted, FenceKey::visit, Integer[]::new));
    return rows;
  }

  /** A row that another instance wrote meanwhile fails the insert, and with it everything. */
  void writeFences(Map<FenceKey, Fence.Row> rows) {
    List<Object[]> fresh = new ArrayList<>();
    List<Object[]> known = new ArrayList<>();
    rows.keySet().stream()
        .sorted(ORDER)
        .forEach(
            key -> {
              Fence.Row row = rows.get(key);
              if (row.isNew) fresh.add(inserted(key, row));
              else if (row.isChanged) known.add(updated(key, row));
            });
    jdbc.batchUpdate(
        """
        insert into fence (saga_id, step, visit, state, body_hash, undo_body_hash, reply, events,
          undo_reply, undo_events, undone_at)
        values (?, ?, ?, ?, ?, ?, ?::json, ?::json, ?::json, ?::json,
          case when ? then clock_timestamp() end)""",
        fresh);
    jdbc.batchUpdate(
        """
        update fence set state = ?, undo_body_hash = ?, undo_reply = ?::json, undo_events = ?::json,
          undone_at = clock_timestamp()
        where saga_id = ? and step = ? and visit = ?""",
        known);
  }

  private static Object[] inserted(FenceKey key, Fence.Row row) {
    boolean isUndone = row.state.equals("undone");
    return new Object[] {
      key.sagaId(), key.step(), key.visit(), row.state, row.bodyHash, row.undoBodyHash,
      row.state.equals("blocked") ? null : Json.write(row.reply), eventsText(row.events),
      isUndone ? Json.write(row.undoReply) : null, eventsText(row.undoEvents), isUndone
    };
  }

  private static Object[] updated(FenceKey key, Fence.Row row) {
    return new Object[] {
      row.state, row.undoBodyHash, Json.write(row.undoReply), eventsText(row.undoEvents),
      key.sagaId(), key.step(), key.visit()
    };
  }

  void insertPayments(List<Payment> payments) {
    jdbc.batchUpdate(
        "insert into payments (saga_id, customer_id, amount, status) values (?, ?, ?, ?)",
        payments.stream()
            .map(one -> new Object[] {one.sagaId(), one.customerId(), one.amount(), one.status()})
            .toList());
  }

  /** How many of them were TAKEN, and are REFUNDED now. */
  int refundPayments(List<UUID> sagaIds) {
    return jdbc.update(
        """
        update payments set status = 'REFUNDED', updated_at = clock_timestamp()
        where saga_id = any(?::uuid[]) and status = 'TAKEN'""",
        (Object) sagaIds.stream().map(UUID::toString).toArray(String[]::new));
  }

  /** The same record parked again changes nothing. */
  void park(List<Letter> letters) {
    jdbc.batchUpdate(
        """
        insert into dead_letters (consumer, topic, partition, record_offset, recorded_at, key, value,
          headers, code, reason)
        values (?, ?, ?, ?, ?, ?, ?, ?::json, ?, ?) on conflict do nothing""",
        letters.stream().map(Store::parked).toList());
  }

  private static Object[] parked(Letter letter) {
    ConsumerRecord<byte[], byte[]> record = letter.record();
    List<List<String>> headers = new ArrayList<>();
    record.headers().forEach(header -> headers.add(List.of(clean(header.key()), base64(header.value()))));
    String reason = clean(letter.reason());
    return new Object[] {
      Parts.SERVICE, record.topic(), record.partition(), record.offset(),
      new Timestamp(record.timestamp()), record.key(), record.value(), Json.write(headers),
      letter.code(), reason.substring(0, Math.min(reason.length(), REASON_MAX))
    };
  }

  private static String clean(String text) {
    return text.replace('\0', '\ufffd');
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? "" : Base64.getEncoder().encodeToString(bytes);
  }

  private static String eventsText(List<?> events) {
    return events.isEmpty() ? null : Json.write(events);
  }

  private static List<?> events(String text) {
    return stored(text) instanceof List<?> list ? list : List.of();
  }

  /** What was stored was read or written here before. */
  private static Object stored(String text) {
    try {
      return text == null ? null : Json.read(text);
    } catch (Unusable error) {
      throw new IllegalStateException(error);
    }
  }

  private static <T> Object column(
      List<FenceKey> keys, Function<FenceKey, T> part, IntFunction<T[]> array) {
    return keys.stream().map(part).toArray(array);
  }
}
