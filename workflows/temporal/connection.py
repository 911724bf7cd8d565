"""One connection to a Temporal server for all threads of a process."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from temporalio.client import Client, TLSConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from workflows.errors import Unavailable

PATIENCE = timedelta(seconds=10)
"""How long a question may take, unless whoever asks has less time."""

_UNREACHABLE = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})
_CONNECTING = "Failed client connect"
"""How the message of a lazy client begins that could not connect."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Target:
    """A namespace of a Temporal server, HOST:PORT, and what it asks of its clients: PEM files, an API key."""

    address: str
    namespace: str = "default"
    tls: bool = False
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    api_key: str = field(default="", repr=False)

    async def connect(self, *, lazy: bool = False, runtime: Runtime | None = None) -> Client:
        """Return a client; a `lazy` one connects with the first question. Raise `Unavailable`."""
        own = TLSConfig(client_cert=self.certificate, client_private_key=self.key) if self.certificate else None
        try:
            return await Client.connect(
                self.address,
                namespace=self.namespace,
                tls=own or (True if self.tls else None),
                api_key=self.api_key or None,
                lazy=lazy,
                runtime=runtime,
            )
        except RuntimeError as error:
            raise self.silence() from error

    def silence(self) -> Unavailable:
        """Return the error of a server that does not answer."""
        return Unavailable(f"No Temporal server answers at {self.address}, which is the setting TEMPORAL_ADDRESS.")


class Connection:
    """A client of `target` on a loop of its own thread, which is started by the first question; for any thread.

    A server that can't be reached is asked again with the next question.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Client | None = None

    def ask(self, question: Callable[[Client], Awaitable[Result]], patience: timedelta = PATIENCE) -> Result:
        """Return what a question comes to; raise `Unavailable` if no server answers in time."""
        loop = self._running_loop()
        answer = asyncio.run_coroutine_threadsafe(self._answer(question, patience.total_seconds()), loop)
        try:
            return answer.result()
        except TimeoutError as error:
            raise self.target.silence() from error
        except RPCError as error:
            if error.status in _UNREACHABLE:
                raise self.target.silence() from error
            raise

    def close(self) -> None:
        """End the thread; a later question starts another one."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = self._client = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _answer(self, question: Callable[[Client], Awaitable[Result]], seconds: float) -> Result:
        if self._client is None:
            self._client = await self.target.connect(lazy=True)
        client = self._client
        async with asyncio.timeout(seconds):
            try:
                return await question(client)
            except RuntimeError as error:
                if str(error).startswith(_CONNECTING):
                    raise self.target.silence() from error
                raise

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="temporal", daemon=True)
                self._thread.start()
            return self._loop
