package payments;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Log lines with the fields that every participant writes; payloads are never logged. */
final class Log {
  private static final Logger LOGGER = LoggerFactory.getLogger("payments");

  private Log() {}

  static void line(String message) {
    LOGGER.info(message);
  }

  static void problem(String message, Throwable error) {
    LOGGER.warn(message, error);
  }

  /** The saga, the step and the trace are those of the command. */
  static void about(Command command, Runnable line) {
    MDC.put("sagaId", command.sagaId().toString());
    MDC.put("step", command.step());
    String[] trace = command.traceparent() == null ? new String[0] : command.traceparent().split("-");
    if (trace.length > 1) MDC.put("traceId", trace[1]);
    try {
      line.run();
    } finally {
      MDC.clear();
    }
  }
}
