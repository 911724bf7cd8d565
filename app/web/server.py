"""The production server: gunicorn, in the service's own process, whose workers are uvicorn's."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from uvicorn import Server as UvicornServer
from uvicorn_worker import UvicornWorker  # type: ignore[import-untyped]

from app.web.asgi import Serving
from app.web.connections import Connection

_GRACEFUL_SECONDS = 20
_REQUESTS_END_SECONDS = 15
_KEEP_ALIVE_SECONDS = 65
"""Longer than proxies and clients keep a connection that is idle, so that it is they who close it."""

_MOST_CONNECTIONS = 4000


class _Ending(UvicornServer):
    """Lets go of requests that wait before it waits for those that run."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        serving: Serving = self.config.app  # type: ignore[assignment] # what `load` returned
        serving.end()
        await super().shutdown(sockets)


class Worker(UvicornWorker):  # type: ignore[misc] # gunicorn carries no types
    """A worker process that ends with gunicorn's own hooks, whichever signal it gets."""

    CONFIG_KWARGS = {  # noqa: RUF012 -- as uvicorn's worker declares it
        "loop": "asyncio",
        "http": Connection,
        "ws": "none",
        "lifespan": "off",
        "proxy_headers": False,  # `trusted_proxies` says which are believed
        "server_header": False,
        "access_log": False,
        "limit_concurrency": _MOST_CONNECTIONS,
        "timeout_graceful_shutdown": _REQUESTS_END_SECONDS,
    }

    def init_signals(self) -> None:
        """Have the signals that uvicorn raises again at its end end nothing more."""
        super().init_signals()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        server = _Ending(self.config)

        def end() -> None:
            server.should_exit = True

        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, end)
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)


class Server(BaseApplication):  # type: ignore[misc] # gunicorn carries no types
    """Serves the application that `make_app` returns, called once in each worker process, after the fork.

    Threads, database connections and child processes belong to one process, so each worker makes its own and
    `close` ends them when it stops. `ready` is called once the service listens.
    """

    def __init__(
        self,
        make_app: Callable[[], Serving],
        close: Callable[[], None],
        ready: Callable[[], None],
        *,
        address: str,
        processes: int,
    ) -> None:
        def listening(_arbiter: object) -> None:
            ready()

        def end_worker(_arbiter: object, _worker: object) -> None:
            close()

        self._make_app = make_app
        self._options = {
            "bind": address,
            "workers": processes,
            "worker_class": Worker,
            "keepalive": _KEEP_ALIVE_SECONDS,
            "graceful_timeout": _GRACEFUL_SECONDS,
            "when_ready": listening,
            "worker_exit": end_worker,
            "loglevel": logging.getLevelName(logging.getLogger().level).lower(),
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings; it reads none of its own from files or the environment."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the application of this worker process."""
        return self._make_app()
