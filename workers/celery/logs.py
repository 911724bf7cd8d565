"""Logs of workers as lines of JSON, each with the task, job and process instance that it is about."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_told: ContextVar[dict[str, str | int]] = ContextVar("told", default={})  # noqa: B039 -- never changed in place


@contextmanager
def telling(**facts: str | int) -> Iterator[None]:
    """Add facts to every line that is logged inside of the block."""
    token = _told.set({**_told.get(), **facts})
    try:
        yield
    finally:
        _told.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, the facts of `telling`, and the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_told.get(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(loglevel: int | str | None = None, **_: object) -> None:
    """Let a worker write its log to the standard error; for Celery's signal `setup_logging`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=loglevel or logging.INFO, handlers=[handler], force=True)
