package payments;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A command that can be handled. */
record Command(
    String id,
    String name,
    UUID sagaId,
    String step,
    int visit,
    boolean isUndo,
    int attempt,
    Instant issuedAt,
    String traceparent,
    Map<?, ?> payload,
    byte[] bodyHash,
    /** Why the payload does not fit the contract, or null. */
    String payloadProblem) {

  /** What the fence knows it by: shared by the do and its undo. */
  FenceKey fenceKey() {
    return new FenceKey(sagaId, step, visit);
  }

  record FenceKey(UUID sagaId, String step, int visit) {}
}
