package payments;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The rules of the fence, without a database: what to do with a command, given its row or none. */
final class Fence {
  private static final Duration REMEMBERED = Duration.ofDays(30);

  private Fence() {}

  /** What is on record of a saga's step and visit, for the do and its undo together. */
  static final class Row {
    String state;
    byte[] bodyHash;
    byte[] undoBodyHash;
    Object reply;
    List<?> events = List.of();
    Object undoReply;
    List<?> undoEvents = List.of();
    boolean isNew = true;
    boolean isChanged = true;

    Row(String state) {
      this.state = state;
    }
  }

  record Answer(String outcome, Object data, List<?> events) {
    static Answer of(String outcome, Object data) {
      return new Answer(outcome, data, List.of());
    }
  }

  enum Step {
    ANSWER,
    RUN,
    BLOCK,
    MISMATCH
  }

  /** The answer is there with ANSWER only. */
  record Decision(Step step, Answer answer) {}

  static Decision decide(Command command, Row row, Instant now) {
    if (row == null) {
      if (command.issuedAt().isBefore(now.minus(REMEMBERED))) {
        return answer("failed", reason("FENCE_EXPIRED", "it is older than what the fence remembers"));
      }
      return new Decision(command.isUndo() ? Step.BLOCK : Step.RUN, null);
    }
    byte[] known = command.isUndo() ? row.undoBodyHash : row.bodyHash;
    if (known != null && !Arrays.equals(known, command.bodyHash())) {
      return new Decision(Step.MISMATCH, null);
    }
    return command.isUndo() ? decideUndo(row) : decideDo(row);
  }

  private static Decision decideDo(Row row) {
    return switch (row.state) {
      case "done", "undone" -> new Decision(Step.ANSWER, new Answer("succeeded", row.reply, row.events));
      case "refused" -> new Decision(Step.ANSWER, new Answer("refused", row.reply, row.events));
      default -> answer("refused", reason("UNDONE_BEFORE_DONE", "it was undone before it arrived"));
    };
  }

  private static Decision decideUndo(Row row) {
    return switch (row.state) {
      case "done" -> new Decision(Step.RUN, null);
      case "undone" ->
          new Decision(Step.ANSWER, new Answer("succeeded", row.undoReply, row.undoEvents));
      default -> answer("succeeded", null);
    };
  }

  private static Decision answer(String outcome, Object data) {
    return new Decision(Step.ANSWER, Answer.of(outcome, data));
  }

  static Map<String, String> reason(String code, String message) {
    return Map.of("code", code, "message", message);
  }
}
