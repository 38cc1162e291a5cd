"""Starts the service and stops it in good order: `python -m payments`."""

import signal
import sys
import threading
from pathlib import Path

import psycopg
import waitress

from .config import read_config
from .log import SERVICE, log
from .web import create_app
from .worker import COMMANDS, Worker

SCHEMA = Path(__file__).parents[2] / "schema.sql"
# Any number that all instances share: one of them makes the tables, the others wait.
SCHEMA_LOCK = 7_032_518


def main():
    config = read_config()
    db = psycopg.connect(config.database_url, autocommit=True, application_name=SERVICE)
    with db.transaction():
        db.execute("select pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        db.execute(SCHEMA.read_text())
        db.execute(
            """insert into served_topics (topic, service) values (%s, %s) on conflict (topic)
               do update set service = excluded.service, served_at = clock_timestamp()""",
            (COMMANDS, SERVICE),
        )
    worker = Worker(config, db)

    def stop(*_):
        worker.is_stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if config.http_port:
        app = create_app(config, worker)
        server = waitress.create_server(app, host="127.0.0.1", port=config.http_port, threads=2)
        threading.Thread(target=server.run, daemon=True).start()
    worker.run()
    log("info", "service.stopped")


try:
    main()
except Exception as error:
    log("error", "service.fatal", error=error)
    sys.exit(1)
