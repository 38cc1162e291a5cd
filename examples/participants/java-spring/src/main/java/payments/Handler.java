package payments;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import payments.Batch.Answered;
import payments.Command.FenceKey;

/**
 * Carries out a batch of commands in one transaction: fence, business rows and stored replies commit
 * together, or nothing does.
 */
@Component
class Handler {
  /** Another instance may have had the same command; then it is answered failed. */
  private static final int TRIES_ALONE = 2;

  private static final int PROBLEM_MAX = 500;

  private final Store store;
  private final TransactionTemplate transaction;
  private final int limit;
  private final String prefix;
  private final Clock clock = Clock.systemUTC();

  Handler(
      Store store,
      PlatformTransactionManager transactions,
      @Value("${PAYMENT_LIMIT:100000}") int limit,
      @Value("${KAFKA_PREFIX:}") String prefix) {
    this.store = store;
    this.transaction = new TransactionTemplate(transactions);
    this.limit = limit;
    this.prefix = prefix;
  }

  /**
   * The answers, committed. One bad command must not hold up the others: then each goes alone.
   * Throws when the database is away: all of it must come again.
   */
  List<Answered> handle(List<ConsumerRecord<byte[], byte[]>> records) {
    try {
      return handleTogether(records);
    } catch (DataIntegrityViolationException | Batch.NotTaken error) {
      if (records.size() == 1) return handleAlone(records, error);
      List<Answered> answers = new ArrayList<>();
      for (var record : records) answers.addAll(handle(List.of(record)));
      return answers;
    }
  }

  private List<Answered> handleAlone(
      List<ConsumerRecord<byte[], byte[]>> records, RuntimeException first) {
    RuntimeException error = first;
    for (int tries = 1; tries < TRIES_ALONE; tries += 1) {
      try {
        return handleTogether(records);
      } catch (DataIntegrityViolationException | Batch.NotTaken again) {
        error = again;
      }
    }
    Command command;
    try {
      command = CommandReader.read(records.get(0), prefix);
    } catch (Unusable unusable) {
      // It could not even be set aside: better that it comes again than that it is lost.
      throw error;
    }
    RuntimeException problem = error;
    Log.about(command, () -> Log.problem("participant.command.failed", problem));
    String text = String.valueOf(problem.getMessage());
    Object reason =
        Fence.reason("HANDLER_FAILED", text.substring(0, Math.min(text.length(), PROBLEM_MAX)));
    return List.of(new Answered(command, Fence.Answer.of("failed", reason)));
  }

  private record Taken(Command command, ConsumerRecord<byte[], byte[]> record) {}

  private List<Answered> handleTogether(List<ConsumerRecord<byte[], byte[]>> records) {
    List<Taken> taken = new ArrayList<>();
    List<Store.Letter> letters = new ArrayList<>();
    Set<FenceKey> keys = new HashSet<>();
    for (var record : records) {
      try {
        Command command = CommandReader.read(record, prefix);
        taken.add(new Taken(command, record));
        keys.add(command.fenceKey());
      } catch (Unusable unusable) {
        letters.add(new Store.Letter(record, unusable.code, unusable.getMessage()));
      }
    }
    Batch done =
        transaction.execute(
            status -> {
              Batch batch = new Batch(store.lockFences(keys), limit, clock.instant());
              batch.letters.addAll(letters);
              for (Taken one : taken) batch.add(one.command(), one.record());
              batch.write(store);
              return batch;
            });
    for (Store.Letter letter : done.letters) {
      Log.problem("participant.record.parked " + letter.code() + " " + place(letter.record()), null);
    }
    return done.answers;
  }

  private static String place(ConsumerRecord<?, ?> record) {
    return record.topic() + "[" + record.partition() + "]@" + record.offset();
  }
}
