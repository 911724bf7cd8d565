"""A worker for the workflows that host instances. Jobs have workers of their own (`jobs`)."""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Interceptor, Worker, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from workflows.embedded.definitions import Definition
from workflows.embedded.engine import utc_now
from workflows.embedded.mirror import Mirror
from workflows.errors import Unavailable
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
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 5.0
"""Between two questions whether a server is there."""

_CHORE_SECONDS = 30.0
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


Make: TypeAlias = Callable[[Client], Worker]
"""Makes a worker; it is called again if the worker has failed."""

Chore: TypeAlias = Callable[[Client], Awaitable[None]]
"""Something to be done now and then."""


class ProcessWorker:
    """Makes workers that run instances and tell the store of them."""

    def __init__(self, mirror: Mirror, hosting: Hosting, clock: Callable[[], datetime] = utc_now) -> None:
        self._mirror = mirror
        self._hosting = hosting
        self._clock = clock
        self._definitions = Definitions(mirror.definition)

    def __call__(self, client: Client) -> Worker:
        """Return a worker."""
        queue = self._hosting.task_queue
        return Worker(
            client,
            task_queue=queue,
            workflows=WORKFLOWS,
            activities=Activities(self._mirror, self._post(client)).all(),
            interceptors=[self._definitions],
            sticky_queue_schedule_to_start_timeout=_STICKY,
            build_id=queue,  # of no use without versions of workers; to make one up takes seconds
        )

    async def keep_house(self, client: Client) -> None:
        """Let the server know what instances are found by, and do what somebody who died has left undone."""
        await self._hosting.attributes.make(client)
        post = self._post(client)
        await post.set_start_timers()
        await post.keep_house()

    def _post(self, client: Client) -> Post:
        return Post(client, self._mirror, self._hosting, self._clock)


class Workers:
    """Keeps workers at work on the loop of a connection. One that fails is reported, and replaced after a pause.

    `chore` is done at the start and twice a minute. `metrics` is the address (HOST:PORT) at which Prometheus finds
    what the workers count, "" for none.
    """

    def __init__(
        self, connection: Connection, make: Sequence[Make], *, chore: Chore | None = None, metrics: str = ""
    ) -> None:
        self._connection = connection
        self._make = make
        self._chore = chore
        self._metrics = metrics
        self._running: dict[int, Worker] = {}
        self._begun: asyncio.Task[None] | None = None
        self._kept: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Begin to work as soon as the server answers; until then it is asked again, and the log says so."""
        self._connection.ask(partial(self._start, _runtime(self._metrics)))

    def stop(self) -> None:
        """Take nothing new, and return when what runs has finished."""
        if self._begun is not None:
            self._connection.ask(partial(self._stop, self._begun), patience=timedelta.max)
            self._begun = None

    async def _start(self, runtime: Runtime | None, _client: Client) -> None:
        self._begun = asyncio.create_task(self._begin(runtime))

    async def _begin(self, runtime: Runtime | None) -> None:
        client = await self._connected(runtime)
        self._kept = [asyncio.create_task(self._keep(client, number)) for number in range(len(self._make))]
        if self._chore is not None:
            self._kept.append(asyncio.create_task(self._repeat(self._chore, client)))

    async def _connected(self, runtime: Runtime | None) -> Client:
        """Return a client once the server answers."""
        target, pause = self._connection.target, 0.0
        while True:
            try:
                client = await target.connect(runtime=runtime)
            except Unavailable as error:
                _log.log(logging.DEBUG if pause else logging.WARNING, "%s Workers begin when it does.", error)
            except Exception:  # noqa: BLE001 - reported, and tried again: no worker ends silently
                _log.exception("The Temporal server at %s can't be asked; it is tried again", target.address)
            else:
                _log.log(logging.INFO if pause else logging.DEBUG, "The Temporal server at %s answers", target.address)
                return client
            pause = min(2 * pause or _FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    async def _stop(self, begun: asyncio.Task[None], _client: Client) -> None:
        self._stopping.set()
        begun.cancel()
        with suppress(asyncio.CancelledError):
            await begun
        await asyncio.gather(*(worker.shutdown() for worker in self._running.values()))
        await asyncio.gather(*self._kept)
        self._kept = []

    async def _keep(self, client: Client, number: int) -> None:
        while not self._stopping.is_set():
            try:
                worker = self._running[number] = self._make[number](client)
                await worker.run()
            except Exception:  # noqa: BLE001 - reported, and tried again: no worker ends silently
                _log.exception("A Temporal worker failed; another one begins soon")
                await self._pause(_PAUSE_SECONDS)
            finally:
                self._running.pop(number, None)

    async def _repeat(self, chore: Chore, client: Client) -> None:
        while not self._stopping.is_set():
            try:
                await chore(client)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("The housekeeping on Temporal failed; it is tried again later")
            await self._pause(_CHORE_SECONDS)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _runtime(metrics: str) -> Runtime | None:
    if not metrics:
        return None
    return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=metrics)))
