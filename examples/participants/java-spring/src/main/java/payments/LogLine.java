package payments;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.logging.structured.StructuredLogFormatter;

/** Each line is JSON, with the fields that every participant writes. */
class LogLine implements StructuredLogFormatter<ILoggingEvent> {
  private static final String[] OF_COMMANDS = {"sagaId", "step", "traceId"};

  @Override
  public String format(ILoggingEvent event) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", event.getInstant().toString());
    line.put("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
    line.put("service", Parts.SERVICE);
    for (String name : OF_COMMANDS) {
      String value = event.getMDCPropertyMap().get(name);
      if (value != null) line.put(name, value);
    }
    line.put("message", event.getFormattedMessage());
    if (event.getThrowableProxy() != null) line.put("error", textOf(event.getThrowableProxy()));
    return Json.write(line) + "\n";
  }

  private static String textOf(IThrowableProxy error) {
    String text = error.getClassName() + ": " + error.getMessage();
    return error.getCause() == null ? text : text + "; " + textOf(error.getCause());
  }
}
