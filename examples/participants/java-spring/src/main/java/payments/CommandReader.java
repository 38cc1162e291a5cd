package payments;

import static payments.Unusable.malformed;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Reads records: a command that can be handled, or the reason why it is none. */
final class CommandReader {
  static final String TAKE = "payments.take-payment";
  static final String REFUND = "payments.refund-payment";

  private static final int BYTES_MAX = 200 * 1024;
  /** It is part of a key, and an index of Postgres takes no entry beyond some 2,700 bytes. */
  private static final int STEP_MAX = 200;
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)");
  private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,9}");

  private CommandReader() {}

  /** The prefix is that of the cell. */
  static Command read(ConsumerRecord<byte[], byte[]> record, String prefix) throws Unusable {
    if (sizeOf(record) > BYTES_MAX) throw malformed("it is too large");
    if (!needed(record, "ce_specversion").equals("1.0")) throw malformed("ce_specversion is not 1.0");
    if (!needed(record, "content-type").startsWith("application/json")) {
      throw malformed("content-type is not application/json");
    }
    String id = needed(record, "ce_id");
    String name = needed(record, "ce_type");
    needed(record, "ce_source");
    text(record.key(), "key");
    Object payload = Json.read(text(record.value(), "value"));
    if (!name.equals(TAKE) && !name.equals(REFUND)) {
      throw new Unusable("COMMAND_UNKNOWN", "payments handles no command " + name);
    }
    String sagaId = needed(record, "ce_sagaid");
    if (!UUID_TEXT.matcher(sagaId).matches()) throw malformed("ce_sagaid is not a UUID");
    String replies = prefix + Parts.REPLIES;
    if (!optional(record, "ce_replyto", replies).equals(replies)) {
      throw malformed("ce_replyto is not " + replies);
    }
    String step = needed(record, "ce_step");
    if (step.codePointCount(0, step.length()) > STEP_MAX) {
      throw malformed("ce_step is longer than " + STEP_MAX + " characters");
    }
    String issuedAt = optional(record, "ce_issuedat", null);
    return new Command(
        id,
        name,
        UUID.fromString(sagaId),
        step,
        count(needed(record, "ce_visit"), "ce_visit"),
        isUndo(needed(record, "ce_direction"), name),
        count(optional(record, "ce_attempt", "1"), "ce_attempt"),
        issuedAt == null ? Instant.ofEpochMilli(record.timestamp()) : time(issuedAt),
        optional(record, "traceparent", null),
        payload instanceof Map<?, ?> map ? map : Map.of(),
        sha256(name + "\n" + Json.canonical(payload)),
        PaymentPayload.problem(payload));
  }

  /** An undo by the name of the do would have the effect a second time. */
  private static boolean isUndo(String direction, String name) throws Unusable {
    boolean isUndo = direction.equals("undo");
    if ((isUndo || direction.equals("do")) && isUndo == name.equals(REFUND)) return isUndo;
    throw malformed("ce_direction " + direction + " does not go with " + name);
  }

  private static int sizeOf(ConsumerRecord<byte[], byte[]> record) {
    int bytes = Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    for (Header header : record.headers()) {
      bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }

  private static String needed(ConsumerRecord<?, ?> record, String name) throws Unusable {
    Header header = record.headers().lastHeader(name);
    return text(header == null ? null : header.value(), name);
  }

  private static String optional(ConsumerRecord<?, ?> record, String name, String otherwise)
      throws Unusable {
    return record.headers().lastHeader(name) == null ? otherwise : needed(record, name);
  }

  private static String text(byte[] bytes, String name) throws Unusable {
    if (bytes == null || bytes.length == 0) throw malformed(name + " is missing");
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.indexOf('\0') == -1) return text;
    } catch (CharacterCodingException error) {
      throw malformed(name + " is not UTF-8");
    }
    throw malformed(name + " contains NUL");
  }

  private static int count(String text, String name) throws Unusable {
    if (COUNT.matcher(text).matches()) {
      long count = Long.parseLong(text);
      if (count <= Integer.MAX_VALUE) return (int) count;
    }
    throw malformed(name + " is not a count from 1");
  }

  private static Instant time(String text) throws Unusable {
    try {
      if (TIME.matcher(text).matches()) return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException error) {
      throw malformed("ce_issuedat is not a time");
    }
    throw malformed("ce_issuedat is not a time");
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }
}
