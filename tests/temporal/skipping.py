"""Temporal's test server, which skips the time that its workflows sleep for."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from temporalio.testing import WorkflowEnvironment

_T = TypeVar("_T")
_START = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SkippingServer:
    """A running server; `address` is what clients take."""

    address: str
    environment: WorkflowEnvironment
    loop: asyncio.AbstractEventLoop

    def skip(self, span: timedelta) -> None:
        """Let a span pass there, with all that is due in it."""
        self.run(self.environment.sleep(span))

    def run(self, doing: Coroutine[Any, Any, _T]) -> _T:
        """Do something on the loop of the environment."""
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result()


@contextmanager
def skipping(program: Path) -> Iterator[SkippingServer]:
    """Run a server until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="skipping")
    thread.start()
    try:
        starting = WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(program), test_server_startup_timeout=_START
        )
        environment = asyncio.run_coroutine_threadsafe(starting, loop).result()
        server = SkippingServer(environment.client.service_client.config.target_host, environment, loop)
        try:
            yield server
        finally:
            server.run(environment.shutdown())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
