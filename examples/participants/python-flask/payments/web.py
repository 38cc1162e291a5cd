"""The HTTP side: health for probes, and a payment by the id of its saga."""

import uuid

import psycopg
from flask import Flask, jsonify

from . import store


def create_app(config, worker):
    app = Flask(__name__)

    @app.get("/health/live")
    def live():
        return "", 200

    @app.get("/health/ready")
    def ready():
        return "", 503 if worker.problem() else 200

    @app.get("/payments/<saga_id>")
    def payment(saga_id):
        try:
            uuid.UUID(saga_id)
        except ValueError:
            return jsonify(code="PAYMENT_NOT_FOUND"), 404
        with psycopg.connect(config.database_url) as db:
            found = store.find_payment(db, saga_id)
        if found is None:
            return jsonify(code="PAYMENT_NOT_FOUND"), 404
        customer, amount, status = found
        return jsonify(paymentId=saga_id, customerId=customer, amount=amount, status=status)

    return app
