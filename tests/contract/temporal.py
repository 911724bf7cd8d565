"""Temporal under contract: a server that all its tests share, and where days pass, the one that skips time."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tests.temporal.hosted import Hosted, hosted
from workflows.engine import Engine

from .subject import Handler, Subject

_LONGEST_WAIT = timedelta(seconds=5)


class TemporalSubject:
    """An engine on a server whose clock nobody can move, and its store, whose clock can be."""

    def __init__(self, service: Hosted, ahead: list[timedelta]) -> None:
        self._service = service
        self._ahead = ahead
        self.engine: Engine = service.engine

    def run_jobs(self, handlers: Mapping[str, Handler]) -> None:
        self._service.run_jobs(handlers)

    def pass_time(self, span: timedelta) -> None:
        time.sleep(min(span, _LONGEST_WAIT).total_seconds())
        self._ahead.append(max(span - _LONGEST_WAIT, timedelta(0)))
        self._service.store.background.run_once()


@contextmanager
def temporal(url: str, address: str) -> Iterator[Subject]:
    """The server with a new store."""
    ahead: list[timedelta] = []

    def clock() -> datetime:
        return datetime.now(UTC) + sum(ahead, timedelta(0))

    with hosted(url, address, clock=clock) as service:
        yield TemporalSubject(service, ahead)
