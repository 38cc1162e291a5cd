package payments;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import payments.Command.FenceKey;
import payments.Fence.Answer;

/** What a batch adds up to before it is written. */
final class Batch {
  record Answered(Command command, Answer answer) {}

  /** A refund for what is not TAKEN: a person must look. */
  static final class NotTaken extends RuntimeException {
    NotTaken() {
      super("a payment that is to be refunded is not TAKEN");
    }
  }

  final List<Answered> answers = new ArrayList<>();
  final List<Store.Letter> letters = new ArrayList<>();
  private final List<Store.Payment> payments = new ArrayList<>();
  private final List<UUID> refunds = new ArrayList<>();
  private final Map<FenceKey, Fence.Row> rows;
  private final int limit;
  private final Instant now;

  Batch(Map<FenceKey, Fence.Row> rows, int limit, Instant now) {
    this.rows = rows;
    this.limit = limit;
    this.now = now;
  }

  void add(Command command, ConsumerRecord<byte[], byte[]> record) {
    Fence.Decision decision = Fence.decide(command, rows.get(command.fenceKey()), now);
    switch (decision.step()) {
      case ANSWER -> answers.add(new Answered(command, decision.answer()));
      case RUN -> answers.add(new Answered(command, run(command, record)));
      case BLOCK -> {
        Fence.Row row = new Fence.Row("blocked");
        row.undoBodyHash = command.bodyHash();
        rows.put(command.fenceKey(), row);
        answers.add(new Answered(command, Answer.of("succeeded", null)));
      }
      case MISMATCH -> {
        String why = "The command " + command.id() + " was handled before with another body.";
        letters.add(new Store.Letter(record, "BODY_MISMATCH", why));
      }
    }
  }

  void write(Store store) {
    store.insertPayments(payments);
    if (!refunds.isEmpty() && store.refundPayments(refunds) < refunds.size()) throw new NotTaken();
    store.writeFences(rows);
    store.park(letters);
  }

  private Answer run(Command command, ConsumerRecord<byte[], byte[]> record) {
    boolean isFit = command.payloadProblem() == null;
    if (command.isUndo() && isFit) return refund(command);
    Answer answer = isFit ? take(command) : misfit(command, record);
    // Not stored: the undo may come again as it should be.
    if (command.isUndo()) return answer;
    Fence.Row row = new Fence.Row(answer.outcome().equals("succeeded") ? "done" : "refused");
    row.bodyHash = command.bodyHash();
    row.reply = answer.data();
    row.events = answer.events();
    rows.put(command.fenceKey(), row);
    return answer;
  }

  private Answer misfit(Command command, ConsumerRecord<byte[], byte[]> record) {
    letters.add(new Store.Letter(record, "PAYLOAD_INVALID", command.payloadProblem()));
    return Answer.of("refused", Fence.reason("PAYLOAD_INVALID", command.payloadProblem()));
  }

  private Answer take(Command command) {
    int amount = (Integer) command.payload().get("amount");
    String refusal = null;
    if (Boolean.TRUE.equals(command.payload().get("decline"))) refusal = "declined-on-demand";
    else if (amount > limit) refusal = "amount-over-limit";
    String customer = (String) command.payload().get("customerId");
    String status = refusal == null ? "TAKEN" : "DECLINED";
    payments.add(new Store.Payment(command.sagaId(), customer, amount, status));
    Map<String, Object> fact = fact(command);
    if (refusal == null) {
      Map<String, Object> reply = Map.of("paymentId", command.sagaId().toString());
      return new Answer("succeeded", reply, List.of(event(command, "payment.taken", fact)));
    }
    fact.put("reason", refusal);
    return new Answer("refused", refusal, List.of(event(command, "payment.declined", fact)));
  }

  private Answer refund(Command command) {
    refunds.add(command.sagaId());
    Fence.Row row = rows.get(command.fenceKey());
    row.state = "undone";
    row.undoBodyHash = command.bodyHash();
    row.undoEvents = List.of(event(command, "payment.refunded", fact(command)));
    row.isChanged = true;
    return new Answer("succeeded", null, row.undoEvents);
  }

  private static Map<String, Object> fact(Command command) {
    Map<String, Object> fact = new LinkedHashMap<>();
    fact.put("paymentId", command.sagaId().toString());
    fact.put("amount", command.payload().get("amount"));
    return fact;
  }

  /** As the fence keeps it: a repeat publishes the same id. */
  private Map<String, Object> event(Command command, String type, Map<String, Object> data) {
    return Map.of(
        "id", command.id() + "/event/1",
        "type", type,
        "topic", Parts.EVENTS,
        "key", command.sagaId().toString(),
        "data", data,
        "time", now.truncatedTo(ChronoUnit.MILLIS).toString());
  }
}
