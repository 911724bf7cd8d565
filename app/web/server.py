"""The production server: gunicorn, in the service's own process, with threads for requests."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.web.connections import GuardedWorker

_GRACEFUL_SECONDS = 20


class Server(BaseApplication):  # type: ignore[misc] # gunicorn carries no types
    """Serves the application that `make_app` returns, called once in each worker process, after the fork.

    Threads, database connections and child processes belong to one process, so each worker makes its own and
    `close` ends them when it stops. `ready` is called once the service listens.
    """

    def __init__(
        self,
        make_app: Callable[[], Flask],
        close: Callable[[], None],
        ready: Callable[[], None],
        *,
        address: str,
        processes: int,
        threads: int,
    ) -> None:
        def listening(_arbiter: object) -> None:
            ready()

        def end_worker(_arbiter: object, _worker: object) -> None:
            close()

        self._make_app = make_app
        self._options = {
            "bind": address,
            "workers": processes,
            "worker_class": GuardedWorker,
            "threads": threads,
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
        """Return the WSGI application of this worker process."""
        return self._make_app()
