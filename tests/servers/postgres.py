"""A real PostgreSQL for tests: a throwaway cluster, reached through a socket in a folder of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.programs import ServerMissingError

_INSTALLATIONS = Path("/usr/lib/postgresql")
_START_SECONDS = 30
_OWNER = "postgres"
_ACCOUNT = _OWNER if os.geteuid() == 0 else None  # the server refuses to run as root
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(slots=True)
class _Server:
    """The server's process, which may end and start again on the same data."""

    program: Path
    folder: Path
    settings: Mapping[str, str]
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start, and return when it answers."""
        settings = {**_SETTINGS, **self.settings, "unix_socket_directories": str(self.folder)}
        options = ["-D", "data", *(f"--{name}={value}" for name, value in settings.items())]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.program, *options],
                cwd=self.folder,
                user=_ACCOUNT,
                group=_ACCOUNT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait_until_ready(self._process, self.folder)

    def stop_at_once(self) -> None:
        """End without tidying up, as after a loss of power."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=_START_SECONDS)


@dataclass(frozen=True, slots=True)
class PostgresCluster:
    """A running cluster, whose socket is in `folder`."""

    folder: Path
    _numbers: Iterator[int]
    _server: _Server

    def create_database(self, template: str = "template1") -> str:
        """Return the name of a new database, a copy of `template`, to which nobody may be connected."""
        name = f"test_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._administer(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database and end whatever is still connected to it."""
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://{_OWNER}@/{name}?host={self.folder}"

    def crash(self, pause: float = 0.0) -> None:
        """End the server at once, wait `pause` seconds, and start it again on what it left behind."""
        self._server.stop_at_once()
        time.sleep(pause)
        self._server.start()

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self.folder), user=_OWNER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresCluster]:
    """Run a new cluster until the end of the block; `ServerMissingError` if none is installed.

    What a `durable` one has committed survives its crash; any other is faster.
    """
    programs = _newest_programs()
    # Pytest's folder is closed to the server's account, and too long: a socket's path has 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="dams-pg-"))
    try:
        if _ACCOUNT:
            shutil.chown(folder, _ACCOUNT, _ACCOUNT)
        _create_cluster(programs / "initdb", folder)
        server = _Server(programs / "postgres", folder, {} if durable else _FORGETFUL)
        try:
            server.start()
            yield PostgresCluster(folder, count(1), server)
        finally:
            server.stop_at_once()  # its data is thrown away
    finally:
        shutil.rmtree(folder)


def _newest_programs() -> Path:
    versions = [path for path in _INSTALLATIONS.glob("*/bin") if (path / "initdb").exists()]
    if not versions:
        raise ServerMissingError(f"no PostgreSQL server in {_INSTALLATIONS}: apt-get install postgresql")
    return max(versions, key=lambda path: int(path.parent.name))


def _create_cluster(program: Path, folder: Path) -> None:
    options = ["-D", "data", "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(
        [program, *options], cwd=folder, user=_ACCOUNT, group=_ACCOUNT, check=True, stdout=subprocess.DEVNULL
    )


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user=_OWNER, dbname="postgres").close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
