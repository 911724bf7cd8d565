"""A worker for the workflows that host instances. Jobs have workers of their own (`jobs`)."""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeAlias

from temporalio.client import Client
from temporalio.worker import Interceptor, Worker, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from workflows.embedded.definitions import Definition
from workflows.embedded.mirror import Mirror
from workflows.temporal import names
from workflows.temporal.activities import Activities
from workflows.temporal.connection import Connection
from workflows.temporal.post import Hosting, Post
from workflows.temporal.process import ProcessWorkflow
from workflows.temporal.start_timer import StartTimerWorkflow

_log = logging.getLogger(__name__)

WORKFLOWS = (ProcessWorkflow, StartTimerWorkflow)

_PATIENCE_SECONDS = 1.5
"""A workflow that computes for two seconds is taken for a deadlock."""

_PAUSE_SECONDS = 1.0
_STICKY = timedelta(seconds=2)
"""How long a task waits for the worker that has its workflow in memory, which may have died."""


class Definitions(Interceptor):
    """Gives workflows their definitions: `load` is asked once for each, in a thread outside of the sandbox."""

    def __init__(self, load: Callable[[str], Definition]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._known: dict[str, Future[Definition]] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="definitions")

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - the name is the base class's
    ) -> type[WorkflowInboundInterceptor] | None:
        """Add what `hosting.definition` asks."""
        input.unsafe_extern_functions[names.DEFINITION] = self.get
        return None

    def get(self, definition_id: str) -> Definition:
        """Return a definition. One that can't be read now fails the task of the workflow, which is tried again."""
        with self._lock:
            known = self._known.get(definition_id)
            if known is None or (known.done() and known.exception() is not None):
                known = self._known[definition_id] = self._threads.submit(self._load, definition_id)
        try:
            return known.result(_PATIENCE_SECONDS)
        except concurrent.futures.TimeoutError as error:
            raise RuntimeError(f"the definition {definition_id} is still being compiled") from error


def process_worker(client: Client, mirror: Mirror, post: Post, hosting: Hosting, **more: Any) -> Worker:
    """Return a worker that runs instances, and tells the store of them; `more` are further options of `Worker`."""
    return Worker(
        client,
        task_queue=hosting.task_queue,
        workflows=WORKFLOWS,
        activities=Activities(mirror, post).all(),
        interceptors=[Definitions(mirror.definition)],
        sticky_queue_schedule_to_start_timeout=_STICKY,
        **more,
    )


Make: TypeAlias = Callable[[Client], Worker]
"""Makes a worker; it is called again if the worker has failed."""


class Workers:
    """Keeps workers at work on the loop of a connection. One that fails is reported, and replaced after a pause."""

    def __init__(self, connection: Connection, make: Sequence[Make]) -> None:
        self._connection = connection
        self._make = make
        self._running: dict[int, Worker] = {}
        self._kept: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self) -> None:
        """Begin to work; raise `Unavailable` if the server does not answer."""
        self._connection.ask(self._start)

    def stop(self) -> None:
        """Take nothing new, and return when what runs has finished."""
        if self._kept:
            self._connection.ask(self._stop, patience=timedelta.max)

    async def _start(self, _client: Client) -> None:
        client = await self._connection.target.connect()
        self._kept = [asyncio.create_task(self._keep(client, number)) for number in range(len(self._make))]

    async def _stop(self, _client: Client) -> None:
        self._stopping = True
        await asyncio.gather(*(worker.shutdown() for worker in self._running.values()))
        await asyncio.gather(*self._kept)
        self._kept = []

    async def _keep(self, client: Client, number: int) -> None:
        while not self._stopping:
            try:
                worker = self._running[number] = self._make[number](client)
                await worker.run()
            except Exception:  # noqa: BLE001 - reported, and tried again: no worker ends silently
                _log.exception("A Temporal worker failed; another one begins soon")
                await asyncio.sleep(_PAUSE_SECONDS)
            finally:
                self._running.pop(number, None)
