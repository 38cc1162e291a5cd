package payments;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;
import payments.Batch.Answered;

/**
 * Takes a batch, has it carried out, publishes what came of it and returns; only then the container
 * marks it as done. A crash anywhere makes the batch come again, and the fence answers what was done.
 */
@Component
class CommandListener {
  private static final long PUBLISH_SECONDS_MAX = 20;

  private final Handler handler;
  private final KafkaTemplate<String, String> kafka;
  /** Of the cell: begins the names of topics and groups on the wire. */
  private final String prefix;

  CommandListener(
      Handler handler,
      KafkaTemplate<String, String> kafka,
      @Value("${KAFKA_PREFIX:}") String prefix) {
    this.handler = handler;
    this.prefix = prefix;
    this.kafka = kafka;
  }

  @KafkaListener(
      topics = "${KAFKA_PREFIX:}" + Parts.COMMANDS,
      groupId = "${KAFKA_PREFIX:}" + Parts.SERVICE,
      batch = "true")
  void onCommands(List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
    List<Answered> answers = handler.handle(records);
    List<CompletableFuture<?>> sent = new ArrayList<>();
    for (Answered answered : answers) {
      for (var record : messagesOf(answered)) sent.add(kafka.send(record));
    }
    kafka.flush();
    CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new))
        .get(PUBLISH_SECONDS_MAX, TimeUnit.SECONDS);
    for (Answered answered : answers) {
      Command command = answered.command();
      String what = command.name() + " " + answered.answer().outcome();
      Log.about(command, () -> Log.line("command.answered " + what));
    }
  }

  /** Events before the reply: whoever hears of the end can have heard of the facts. */
  private List<ProducerRecord<String, String>> messagesOf(Answered answered) {
    Command command = answered.command();
    List<ProducerRecord<String, String>> messages = new ArrayList<>();
    for (Object stored : answered.answer().events()) {
      Map<?, ?> event = (Map<?, ?>) stored;
      Map<String, Object> headers = shared(command);
      headers.put("ce_id", event.get("id"));
      headers.put("ce_type", event.get("type"));
      headers.put("ce_time", event.get("time"));
      messages.add(message((String) event.get("topic"), (String) event.get("key"), event.get("data"), headers));
    }
    String outcome = answered.answer().outcome();
    Map<String, Object> headers = shared(command);
    headers.put("ce_id", command.id() + "/reply");
    headers.put("ce_type", command.name() + "." + outcome);
    headers.put("ce_time", Instant.now().truncatedTo(ChronoUnit.MILLIS));
    headers.put("ce_step", command.step());
    headers.put("ce_visit", command.visit());
    headers.put("ce_direction", command.isUndo() ? "undo" : "do");
    headers.put("ce_attempt", command.attempt());
    headers.put("ce_outcome", outcome);
    String key = command.sagaId().toString();
    messages.add(message(Parts.REPLIES, key, answered.answer().data(), headers));
    return messages;
  }

  private static Map<String, Object> shared(Command command) {
    Map<String, Object> headers = new LinkedHashMap<>();
    headers.put("ce_specversion", "1.0");
    headers.put("ce_source", Parts.SERVICE);
    headers.put("content-type", "application/json");
    headers.put("ce_sagaid", command.sagaId());
    headers.put("ce_causationid", command.id());
    if (command.traceparent() != null) headers.put("traceparent", command.traceparent());
    return headers;
  }

  private ProducerRecord<String, String> message(
      String topic, String key, Object data, Map<String, Object> headers) {
    ProducerRecord<String, String> record = new ProducerRecord<>(prefix + topic, key, Json.write(data));
    headers.forEach(
        (name, value) ->
            record.headers().add(name, String.valueOf(value).getBytes(StandardCharsets.UTF_8)));
    return record;
  }
}
