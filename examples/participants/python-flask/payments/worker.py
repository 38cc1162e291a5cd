"""The loop: take a batch, carry it out, publish what came of it, mark it as done. A crash anywhere
makes the batch come again, and the fence answers what was done. Trouble with Kafka or Postgres ends
the process; whatever runs it starts a new one."""

import json
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from .handle import EVENTS, handle, messages_of
from .log import SERVICE, log

COMMANDS = "payments.commands"
BATCH_MAX = 500
POLL_SECONDS = 0.2
PUBLISH_SECONDS_MAX = 20
QUIET_SECONDS_MAX = 10
TOPIC_SECONDS_MAX = 30
# As docs/protocol.md asks of topics.
TOPIC_SETTINGS = {
    "compression.type": "uncompressed",
    "max.message.bytes": "262144",
    "retention.ms": str(14 * 24 * 3_600_000),
    "cleanup.policy": "delete",
    "unclean.leader.election.enable": "false",
}
# Read models can be rebuilt only from what is still there.
EVENT_SETTINGS = TOPIC_SETTINGS | {"retention.ms": "-1"}


class Worker:
    def __init__(self, config, db):
        self.config, self.db = config, db
        self.is_stopping = False
        self.turned_at = time.monotonic()
        brokers = {"bootstrap.servers": config.brokers}
        self.consumer = Consumer(
            brokers
            | {
                "group.id": config.prefix + SERVICE,
                "auto.offset.reset": "earliest",
                # Marked by hand, once everything that came of a batch is in Kafka.
                "enable.auto.commit": False,
                "session.timeout.ms": config.session_timeout_ms,
                "heartbeat.interval.ms": min(2000, config.session_timeout_ms // 5),
            }
        )
        # murmur2, as Kafka's Java clients and Sagaline choose partitions; librdkafka's own is another.
        self.producer = Producer(
            brokers | {"acks": "all", "enable.idempotence": True, "partitioner": "murmur2", "linger.ms": 1}
        )

    def run(self):
        ensure_topics(self.config)
        self.consumer.subscribe([self.config.prefix + COMMANDS])
        log("info", "service.ready")
        try:
            while not self.is_stopping:
                self.turn()
        finally:
            self.consumer.close()

    def turn(self):
        self.turned_at = time.monotonic()
        # consume() waits until the batch is full; so one is waited for, and the others are taken along.
        first = self.consumer.poll(POLL_SECONDS)
        records = [] if first is None else [first, *self.consumer.consume(BATCH_MAX - 1, 0)]
        for record in records:
            if record.error() is not None:
                raise KafkaException(record.error())
        if not records:
            return
        answers = handle(self.db, records, self.config)
        self.publish(answers)
        for command, answer in answers:
            log("info", f"command.answered {command.name} {answer.outcome}", command)
        self.consumer.commit(asynchronous=False)

    def publish(self, answers):
        """Returns when the broker has confirmed every record, else raises."""
        failures = []
        confirmed = lambda error, _: failures.append(error) if error is not None else None
        for command, answer in answers:
            for topic, key, data, headers in messages_of(command, answer):
                value = json.dumps(data, ensure_ascii=False)
                self.producer.produce(self.config.prefix + topic, value, key, headers=headers, on_delivery=confirmed)
                self.producer.poll(0)
        left = self.producer.flush(PUBLISH_SECONDS_MAX)
        if left or failures:
            raise RuntimeError(f"{left + len(failures)} records are not confirmed: {failures[:1]}")

    def problem(self):
        """Why commands are not being handled, or None."""
        quiet = time.monotonic() - self.turned_at
        return f"it has not turned for {quiet:.0f} s" if quiet > QUIET_SECONDS_MAX else None


def ensure_topics(config):
    """Creates what is missing; never changes a topic that exists."""
    admin = AdminClient({"bootstrap.servers": config.brokers})
    made = [
        NewTopic(
            config.prefix + name,
            config.topic_partitions,
            config.topic_replication_factor,
            config=settings,
        )
        for name, settings in ((COMMANDS, TOPIC_SETTINGS), (EVENTS, EVENT_SETTINGS))
    ]
    for future in admin.create_topics(made, operation_timeout=TOPIC_SECONDS_MAX).values():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
