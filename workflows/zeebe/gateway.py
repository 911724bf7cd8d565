"""Talking to the broker's gateway from any thread: gRPC for almost everything, REST for user tasks.

One channel lives as long as the process that uses it, in an event loop with a thread of its own. It is made when it is
first needed, so that processes may fork before. What the broker answers becomes the errors of `workflows.errors`.
"""

import asyncio
import random
import threading
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar, cast

import grpc
import requests
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub

from workflows.errors import Conflict, EngineError, InvalidInput, NotFound, NotSupported, Unavailable
from workflows.values import JsonValue
from workflows.zeebe.connection import Connection

if TYPE_CHECKING:
    from pyzeebe.proto.gateway_pb2_grpc import GatewayAsyncStub

PATIENCE_SECONDS = 15.0
"""How long a command may take."""

_LONGEST_PAUSE_SECONDS = 1.0
_ERRORS: Mapping[grpc.StatusCode, type[EngineError]] = {
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInput,
    grpc.StatusCode.FAILED_PRECONDITION: Conflict,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.UNIMPLEMENTED: NotSupported,
}
_REST_ERRORS: Mapping[int, type[EngineError]] = {400: InvalidInput, 404: NotFound, 409: Conflict}
_R = TypeVar("_R")


class Gateway:
    """The gateway at the end of `connection`. Threads may share it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._making = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._channel: grpc.aio.Channel | None = None
        self._stub: GatewayAsyncStub | None = None
        self._rest = requests.Session()

    def call(self, rpc: str, request: object, *, patience: float = PATIENCE_SECONDS) -> Any:
        """Send a command, and return what the broker answers."""
        return self.submit(self.send(rpc, request, patience=patience)).result()

    async def send(self, rpc: str, request: object, *, patience: float = PATIENCE_SECONDS) -> Any:
        """Send a command from the gateway's own loop, and return what the broker answers.

        One that the broker refuses because it has too much to do is sent again for `patience` seconds, later each time.
        """
        give_up, failures = time.monotonic() + patience, 0
        while True:
            try:
                return await getattr(self.stub, rpc)(request, timeout=patience)
            except grpc.RpcError as error:
                failures += 1
                pause = pause_after(failures)
                busy = error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
                if not busy or time.monotonic() + pause > give_up:
                    raise as_engine_error(error) from error
            await asyncio.sleep(pause)

    def submit(self, work: Coroutine[Any, Any, _R]) -> "Future[_R]":
        """Have work done in the gateway's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._running_loop())

    @property
    def stub(self) -> "GatewayAsyncStub":
        """The generated stub, for use in the gateway's own loop."""
        if self._stub is None:
            self._channel = self._connection.open_channel()
            self._stub = cast("GatewayAsyncStub", GatewayStub(self._channel))
        return self._stub

    def post(self, path: str, content: Mapping[str, JsonValue]) -> None:
        """Send a command over REST; `path` begins with /v2."""
        try:
            answer = self._rest.post(
                self._connection.rest.rstrip("/") + path,
                json=content,
                headers=self._connection.headers(),
                verify=self._connection.verify,
                timeout=PATIENCE_SECONDS,
            )
        except requests.RequestException as error:
            raise Unavailable(f"Zeebe can't be reached at {self._connection.rest}: {error}") from error
        if not answer.ok:
            raise _REST_ERRORS.get(answer.status_code, Unavailable)(f"Zeebe: {_detail(answer)}")

    def close(self) -> None:
        """End the channel and its thread; there may be another one afterwards."""
        with self._making:
            loop, thread = self._loop, self._thread
            if loop is None or thread is None:
                return
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            self._loop = self._thread = None
            self._rest.close()

    async def _end(self) -> None:
        mine = asyncio.current_task()
        under_way = [task for task in asyncio.all_tasks() if task is not mine]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._channel is not None:
            await self._channel.close()
        self._channel = self._stub = None

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._making:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="zeebe", daemon=True)
                self._thread.start()
            return self._loop


def pause_after(failures: int, longest: float = _LONGEST_PAUSE_SECONDS) -> float:
    """Return how many seconds to wait after so many failures, varied so that not all come back at once."""
    return float(min(longest, 0.05 * 2 ** min(failures, 16)) * random.uniform(0.5, 1))  # noqa: S311 - spreads load


def as_engine_error(error: grpc.RpcError) -> EngineError:
    """Return what an error of gRPC means to callers of the port."""
    return _ERRORS.get(error.code(), Unavailable)(f"Zeebe: {error.details()}")


def _detail(answer: requests.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.reason}"
