"""JSON lines on standard output, with the fields that every participant writes."""

import json
import sys
import traceback
from datetime import datetime, timezone

SERVICE = "payments"


def log(level, message, command=None, error=None):
    """One line. A command gives the saga, the step and the trace; payloads are never logged."""
    line = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level,
        "service": SERVICE,
        "message": message,
    }
    if command is not None:
        line |= {"sagaId": command.saga_id, "step": command.step}
        if command.traceparent is not None:
            line["traceId"] = command.traceparent.split("-")[1] if "-" in command.traceparent else ""
    if error is not None:
        line["error"] = "".join(traceback.format_exception_only(error)).strip()
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
