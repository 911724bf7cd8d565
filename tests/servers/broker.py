"""A Zeebe broker and the endpoint that hears its records, for tests that share them one after the other.

Each test has a store of its own. What it leaves running on the broker is ended, and heard to end, before the next.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine as Database

from tests.servers.processes import free_port
from tests.servers.zeebe import Certificate, Records, ZeebeServer, running_zeebe
from workflows.embedded import EmbeddedEngine
from workflows.engine import Correlation, InstanceQuery, InstanceState
from workflows.errors import Conflict
from workflows.routing import RoutedEngine
from workflows.scripts import ScriptRunner
from workflows.spiff import PythonWorkflow
from workflows.values import JsonValue
from workflows.zeebe import Connection, Gateway, RecordsEndpoint, Translation, ZeebeEngine
from workflows.zeebe.records import Record

PATIENCE_SECONDS = 180
_USERNAME, _PASSWORD = "broker", "a secret between two"
_ALL = {"*": "zeebe"}


@dataclass(slots=True)
class Broker:
    """A running broker, the gateway to it, and whoever hears its records now."""

    server: ZeebeServer
    gateway: Gateway
    write: Callable[[Iterable[Record]], None] | None = None
    _offset: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """The broker's time."""
        return datetime.now(UTC) + self._offset

    def pass_time(self, span: timedelta) -> None:
        """Put the broker's clock forward, and with it that of its stores."""
        self.server.pass_time(span)
        self._offset += span

    @contextmanager
    def engine(
        self,
        database: Database,
        scripts: ScriptRunner | None = None,
        engines: Mapping[str, str] = _ALL,
        workflows: Iterable[PythonWorkflow] = (),
    ) -> Iterator[RoutedEngine]:
        """Give an engine on a database whose tables are there, with the broker as what moves `engines`; `workflows`
        in code are moved beside it."""
        movers = [lambda store: _Apart(self, store)]
        engine = RoutedEngine(
            database, movers=movers, engines=engines, clock=self.now, scripts=scripts, workflows=workflows
        )
        self.write = Translation(engine.mirror).write
        try:
            yield engine
            _end_all(engine)
        finally:
            self.write = None

    def hear(self, records: Iterable[Record]) -> None:
        """Hand records to whoever hears them now; between tests there is nobody."""
        if self.write is not None:
            self.write(records)


class _Apart(ZeebeEngine):
    """Ids of messages are unique on a broker for as long as those live: each test has its own."""

    def __init__(self, broker: Broker, store: EmbeddedEngine) -> None:
        super().__init__(broker.gateway, store, clock=broker.now)
        self._prefix = store.mirror.new_id()

    def publish_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta,
        message_id: str,
    ) -> Correlation:
        own = f"{self._prefix}-{message_id}"
        return super().publish_message(name, correlation_key, variables, time_to_live=time_to_live, message_id=own)


@contextmanager
def running_broker(folder: Path, *, batch: int = 1, certificate: Certificate | None = None) -> Iterator[Broker]:
    """Run a broker whose records are sent after `batch` of them, or a second, until the end of the block.

    With a certificate it is spoken with by TLS only.
    """
    port = free_port()
    records = Records(f"http://127.0.0.1:{port}", _USERNAME, _PASSWORD, batch)
    with running_zeebe(folder, records, certificate=certificate) as server:
        authorities = None if certificate is None else certificate.authorities
        gateway = Gateway(Connection(server.address, server.rest, tls=certificate is not None, authorities=authorities))
        broker = Broker(server, gateway)
        endpoint = RecordsEndpoint("127.0.0.1", port, username=_USERNAME, password=_PASSWORD, write=broker.hear)
        endpoint.start()
        try:
            yield broker
        finally:
            gateway.close()
            endpoint.stop()


def _end_all(engine: RoutedEngine) -> None:
    """Cancel what runs, and wait until all of it is heard to have ended: a called one ends with its caller."""
    running = InstanceQuery(states=(InstanceState.ACTIVE,), limit=1000)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while found := engine.instances(running):
        assert time.monotonic() < deadline, f"these did not end: {found}"
        for instance in found:
            with suppress(Conflict):
                engine.cancel(instance.id)
        time.sleep(0.02)
