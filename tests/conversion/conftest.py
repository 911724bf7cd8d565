"""The hosts of cases: the embedded engine, and a broker."""

from collections.abc import Iterator

import pytest

from tests.conformance.conftest import empty_database, new_embedded_host, scripts
from tests.conversion.zeebe_host import ZeebeHost
from tests.servers.broker import Broker
from workflows.scripts import ScriptRunner

__all__ = ["empty_database", "new_embedded_host", "scripts"]


@pytest.fixture
def zeebe_host(zeebe_broker: Broker, scripts: ScriptRunner) -> Iterator[ZeebeHost]:
    """The broker with nothing of another case on it."""
    host = ZeebeHost(zeebe_broker, scripts)
    yield host
    host.clear()
