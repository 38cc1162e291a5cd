"""The settings, from the environment. Read once, when the service starts."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    brokers: str
    database_url: str
    # Of the cell: begins the names of topics and groups on the wire.
    prefix: str
    http_port: int
    payment_limit: int
    session_timeout_ms: int
    topic_partitions: int
    topic_replication_factor: int


def read_config():
    """Raises KeyError, ValueError: the service does not start without them."""
    env = os.environ
    return Config(
        brokers=env["KAFKA_BROKERS"],
        database_url=env["DATABASE_URL"],
        prefix=env.get("KAFKA_PREFIX", ""),
        http_port=int(env.get("HTTP_PORT", "8080")),
        payment_limit=int(env.get("PAYMENT_LIMIT", "100000")),
        session_timeout_ms=int(env.get("KAFKA_SESSION_TIMEOUT_MS", "15000")),
        topic_partitions=int(env.get("TOPIC_PARTITIONS", "12")),
        topic_replication_factor=int(env.get("TOPIC_REPLICATION_FACTOR", "1")),
    )
