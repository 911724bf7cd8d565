"""The house with a Redis and a Celery worker beside it: once a module, each with a database of Redis of its own."""

import shutil
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.celery.running import SharedClock, Worker, running_worker
from tests.celery.worker import Setting
from tests.house import House, running_house
from tests.servers.redis import RedisServer
from tests.visitor import Visitor
from workers.clinic import Clinic
from workers.handlers import HANDLERS
from workers.registry import Registry
from workers.runners.celery import CeleryRunner
from workflows.embedded import EmbeddedEngine

_numbers = count(1)


@pytest.fixture(scope="module")
def broker(redis_server: RedisServer) -> str:
    """The URL of a database of Redis that nobody else uses."""
    return redis_server.database(next(_numbers))


@pytest.fixture(scope="module")
def setting(template: Path, tmp_path_factory: pytest.TempPathFactory, broker: str) -> Setting:
    """What the worker stands on: the demo clinic, at the time of a clock that tests move."""
    folder = tmp_path_factory.mktemp("celery")
    shutil.copyfile(template, folder / "dams.db")
    return Setting(str(folder), f"sqlite:///{folder / 'dams.db'}", broker, clock=True)


@pytest.fixture(scope="module")
def worker(setting: Setting, house: House) -> Iterator[Worker]:
    """The worker of the house."""
    with running_worker(setting) as worker:
        yield worker


@pytest.fixture(scope="module")
def house(setting: Setting) -> Iterator[House]:
    """A service whose jobs Celery workers do."""
    folder = Path(setting.folder)
    with running_house(
        folder / "dams.db", SharedClock(folder / "clock"), partial(by_celery, setting), setting.tasks
    ) as house:
        yield house


def by_celery(setting: Setting, engine: EmbeddedEngine, _: Clinic) -> CeleryRunner:
    """Return what sends the jobs of a house to Celery."""
    return CeleryRunner(engine, Registry.of(*HANDLERS).types, setting.app(), name="tests")


@pytest.fixture
def administrator(house: House) -> Visitor:
    """The administrator of the demo clinic, signed in."""
    return house.visitor("admin")
