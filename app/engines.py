"""The engines of a service, as its settings choose them, behind the one that everybody sees.

The clients of Zeebe and Temporal are imported where one is made: most services and commands need neither, and loading
them takes longer than much of the rest.
"""

import threading
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from sqlalchemy import Engine as Database

from app.settings import Settings
from workflows.embedded import EmbeddedEngine
from workflows.embedded.cores import TEMPORAL, ZEEBE
from workflows.mover import Mover
from workflows.routing import RoutedEngine
from workflows.scripts import ScriptRunner
from workflows.spiff import PythonWorkflow

if TYPE_CHECKING:
    from workflows.temporal.connection import Connection as TemporalConnection
    from workflows.temporal.connection import Target
    from workflows.zeebe import Connection, Gateway, RecordsEndpoint

RECORDS_USER = "zeebe"
"""Whom the broker's exporter signs in as."""

_SECRET_BYTES = 24


class Engines:
    """What moves processes, and the connections to it. Nothing connects before it is needed, so that a process may
    fork first."""

    def __init__(
        self, settings: Settings, database: Database, scripts: ScriptRunner, workflows: Iterable[PythonWorkflow]
    ) -> None:
        self._settings = settings
        self.zeebe: Gateway | None = None
        self._temporal: TemporalConnection | None = None
        self._lock = threading.Lock()
        self._records: RecordsEndpoint | None = None
        movers, cores = self._movers(settings.engines_elsewhere), settings.cores
        self.engine = (
            RoutedEngine(
                database,
                movers=movers,
                engines=settings.chosen_engines,
                scripts=scripts,
                cores=cores,
                workflows=workflows,
            )
            if movers
            else EmbeddedEngine(database, scripts=scripts, cores=cores, workflows=workflows)
        )

    def _movers(self, elsewhere: Collection[str]) -> list[Callable[[EmbeddedEngine], Mover]]:
        """Return what makes the engines beside the embedded one, which is given to each as its store."""
        movers: list[Callable[[EmbeddedEngine], Mover]] = []
        if ZEEBE in elsewhere:
            from workflows.zeebe import Gateway, ZeebeEngine

            self.zeebe = gateway = Gateway(zeebe_connection(self._settings))
            movers.append(lambda store: ZeebeEngine(gateway, store))
        if TEMPORAL in elsewhere:
            from workflows.temporal.engine import TemporalEngine

            movers.append(lambda store: TemporalEngine(store, self.temporal))
        return movers

    @property
    def temporal(self) -> "TemporalConnection":
        """The connection to the Temporal server, on which workflows written as code are even if no process is."""
        from workflows.temporal.connection import Connection

        with self._lock:
            if self._temporal is None:
                self._temporal = Connection(temporal_target(self._settings))
            return self._temporal

    def listen(self) -> None:
        """Begin to hear what instances elsewhere do, unless another process of the service does."""
        if self.zeebe is None or self._records is not None:
            return
        from workflows.zeebe import RecordsEndpoint, Translation

        settings = self._settings
        host, _, port = settings.zeebe_records_address.rpartition(":")
        self._records = RecordsEndpoint(
            host,
            int(port),
            username=RECORDS_USER,
            password=records_password(settings),
            write=Translation(self.engine.mirror).write,
        )
        self._records.start()

    def close(self) -> None:
        """End what listens, and the connections."""
        if self._records is not None:
            self._records.stop()
        if self.zeebe is not None:
            self.zeebe.close()
        if self._temporal is not None:
            self._temporal.close()


def zeebe_connection(settings: Settings) -> "Connection":
    """Return where the broker is, and how to be let in."""
    from workflows.zeebe import Connection, OAuth

    secret = settings.zeebe_client_secret.get_secret_value()
    if settings.zeebe_cluster_id:
        return Connection.to_cloud(
            settings.zeebe_cluster_id, settings.zeebe_cluster_region, settings.zeebe_client_id, secret
        )
    oauth = None
    if settings.zeebe_client_id:
        oauth = OAuth(settings.zeebe_client_id, secret, settings.zeebe_oauth_url, settings.zeebe_audience)
    return Connection(
        settings.zeebe_address,
        settings.zeebe_rest_url,
        tls=settings.zeebe_secure,
        authorities=settings.zeebe_authorities,
        oauth=oauth,
    )


def temporal_target(settings: Settings) -> "Target":
    """Return where the Temporal server is, and what it asks of its clients."""
    from workflows.temporal.connection import Target

    certificate, key = settings.temporal_tls_certificate, settings.temporal_tls_key
    return Target(
        settings.temporal_address,
        settings.temporal_namespace,
        tls=settings.temporal_tls,
        certificate=certificate.read_bytes() if certificate else None,
        key=key.read_bytes() if key else None,
        api_key=settings.temporal_api_key.get_secret_value(),
    )


def records_password(settings: Settings) -> str:
    """Return what the broker's exporter signs in with. In development it is made once and kept in `data_dir`."""
    return settings.zeebe_records_password.get_secret_value() or settings.kept_secret("records_password", _SECRET_BYTES)
