package payments;

import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.util.backoff.ExponentialBackOff;

/** What the service is made of beside its own code: database, topics, and what follows an error. */
@Configuration
class Parts {
  static final String SERVICE = "payments";
  static final String COMMANDS = "payments.commands";
  static final String EVENTS = "payments.events";
  static final String REPLIES = "sagaline.replies";

  private static final int CONNECTIONS_MAX = 4;
  private static final long PAUSE_MS = 200;
  private static final long PAUSE_MS_MAX = 5_000;

  /** As docs/protocol.md asks of topics. */
  private static final Map<String, String> TOPIC_SETTINGS =
      Map.of(
          "compression.type", "uncompressed",
          "max.message.bytes", "262144",
          "retention.ms", String.valueOf(14L * 24 * 3_600_000),
          "cleanup.policy", "delete",
          "unclean.leader.election.enable", "false");

  /** Read models can be rebuilt only from what is still there. */
  private static final String FOR_EVER = "-1";

  /** DATABASE_URL is like that of every other service, postgres://user:password@host:port/name. */
  @Bean
  DataSource dataSource(@Value("${DATABASE_URL}") URI url) {
    HikariDataSource source = new HikariDataSource();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    int port = url.getPort() == -1 ? 5432 : url.getPort();
    source.setJdbcUrl("jdbc:postgresql://" + url.getHost() + ":" + port + url.getPath() + query);
    String[] login = (url.getUserInfo() == null ? "" : url.getUserInfo()).split(":", 2);
    source.setUsername(login[0]);
    source.setPassword(login.length > 1 ? login[1] : "");
    source.setMaximumPoolSize(CONNECTIONS_MAX);
    return source;
  }

  /** Created when the service starts, where they are missing. */
  @Bean
  KafkaAdmin.NewTopics topics(
      @Value("${KAFKA_PREFIX:}") String prefix,
      @Value("${TOPIC_PARTITIONS:12}") int partitions,
      @Value("${TOPIC_REPLICATION_FACTOR:1}") short replicas) {
    Map<String, String> ofEvents = new HashMap<>(TOPIC_SETTINGS);
    ofEvents.put("retention.ms", FOR_EVER);
    return new KafkaAdmin.NewTopics(
        new NewTopic(prefix + COMMANDS, partitions, replicas).configs(TOPIC_SETTINGS),
        new NewTopic(prefix + EVENTS, partitions, replicas).configs(ofEvents));
  }

  /** Only trouble with Kafka or Postgres gets here: the batch comes again until that is over. */
  @Bean
  DefaultErrorHandler errorHandler() {
    ExponentialBackOff pauses = new ExponentialBackOff(PAUSE_MS, 2);
    pauses.setMaxInterval(PAUSE_MS_MAX);
    DefaultErrorHandler handler = new DefaultErrorHandler(pauses);
    // By default some kinds of exceptions would be given up, and their records lost.
    handler.setClassifications(Map.of(), true);
    return handler;
  }

  @EventListener
  void onReady(ApplicationReadyEvent event) {
    event
        .getApplicationContext()
        .getBean(JdbcTemplate.class)
        .update(
            """
            insert into served_topics (topic, service) values (?, ?) on conflict (topic)
            do update set service = excluded.service, served_at = clock_timestamp()""",
            COMMANDS,
            SERVICE);
    Log.line("service.ready");
  }
}
