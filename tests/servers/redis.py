"""A real Redis for tests, on a port of its own, which keeps what it has answered for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.servers.processes import ServerProcess, free_port, running
from tests.servers.programs import ServerMissingError

_DATABASES = 1000


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running Redis; `url` is that of its database 0."""

    port: int
    process: ServerProcess

    @property
    def url(self) -> str:
        """What Celery and the redis client take."""
        return self.database(0)

    def database(self, number: int) -> str:
        """Return the URL of one of its databases, of which it has a thousand: one for each test."""
        return f"redis://127.0.0.1:{self.port}/{number}"

    def crash(self, pause: float = 0.0) -> None:
        """Kill the server, wait `pause` seconds, and start it again on the same data."""
        self.process.crash(pause)


@contextmanager
def running_redis(folder: Path, port: int | None = None) -> Iterator[RedisServer]:
    """Run a Redis with its data in `folder` until the end of the block; `ServerMissingError` if none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServerMissingError("no redis-server: apt-get install redis-server")
    port = port or free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--databases", str(_DATABASES)]
    command += ["--dir", str(folder), "--appendonly", "yes", "--save", ""]
    with running(ServerProcess(command, folder / "redis.log", lambda: _answers(port))) as process:
        yield RedisServer(port, process)


def _answers(port: int) -> bool:
    try:
        with redis.Redis(port=port) as client:
            return client.ping() is True
    except redis.RedisError:  # it does not listen yet, or loads its data
        return False
