"""Temporal under contract: a server that all its tests share, and where days pass, the one that skips time."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.temporal.hosted import Hosted, hosted
from tests.temporal.skipping import skipping
from workflows.engine import Engine

from .subject import Handler, Subject

DAYS_PASS = frozenset({"test_a_reminder_does_not_end_the_task_it_reminds_of"})
"""The tests in which instances wait for days. A real server has no clock to move, so that Temporal's own double, which
skips time, runs these; all others run on a real one."""

_LONGEST_WAIT = timedelta(seconds=5)


class TemporalSubject:
    """An engine on a server, what lets time pass there, and the store, whose clock can be moved."""

    def __init__(self, service: Hosted, wait: Callable[[timedelta], None], ahead: list[timedelta]) -> None:
        self._service = service
        self._wait = wait
        self._ahead = ahead
        self.engine: Engine = service.engine

    def run_jobs(self, handlers: Mapping[str, Handler]) -> None:
        self._service.run_jobs(handlers)

    def pass_time(self, span: timedelta) -> None:
        self._wait(span)
        self._ahead.append(span)
        self._service.engine.background.run_once()


@contextmanager
def temporal(url: str, address: str) -> Iterator[Subject]:
    """A real server with a new store. Its timers are waited for; only what the store does by itself comes earlier."""

    def wait(span: timedelta) -> None:
        time.sleep(min(span, _LONGEST_WAIT).total_seconds())

    with _subject(url, address, wait) as found:
        yield found


@contextmanager
def skipping_temporal(url: str, program: Path) -> Iterator[Subject]:
    """The server that skips time with a new store."""
    with skipping(program) as server, _subject(url, server.address, server.skip) as found:
        yield found


@contextmanager
def _subject(url: str, address: str, wait: Callable[[timedelta], None]) -> Iterator[Subject]:
    ahead: list[timedelta] = []

    def clock() -> datetime:
        return datetime.now(UTC) + sum(ahead, timedelta(0))

    with hosted(url, address, clock=clock) as service:
        yield TemporalSubject(service, wait, ahead)
