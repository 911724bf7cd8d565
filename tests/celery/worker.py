"""A real Celery worker, of the same parts as that of the service, with a clock that tests move, and gates.

`python -m tests.celery.worker FOLDER` reads what it stands on from FOLDER/worker.json. A task that finds the file
`hold TASK` in the folder says so in `held TASK PID`, and waits until it is gone or the process is killed.
"""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

from celery import Celery, current_task
from celery.worker.consumer import Consumer

from app.clinic.details import ClinicDetails
from app.database import Database
from workers.celery.application import CeleryConfig, make_app, run_worker
from workers.celery.asking import Tasks
from workers.celery.workplace import Workplace
from workers.clinic import Clinic
from workers.handlers import HANDLERS
from workers.registry import Registry
from workers.runners.attempts import Attempts
from workflows.embedded import EmbeddedEngine
from workflows.payment import PAYMENT
from workflows.scripts import ScriptRunner


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker stands on. `clock` says whether its time is that of the file `clock`, else it is the true one;
    `handlers` is a module of some beside the clinic's; `breaks` whether it ends by an error, once, when it loses its
    broker, as kombu lets it do now and then."""

    folder: str
    database: str
    broker: str
    time_limit: int = 60
    lease: int = 30
    concurrency: int = 1
    clock: bool = False
    handlers: str = "tests.celery.handlers"
    breaks: bool = False

    def write(self) -> None:
        """Leave this for the worker to read."""
        (Path(self.folder) / "worker.json").write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> "Setting":
        """Return what was left for the worker."""
        return cls(**json.loads((folder / "worker.json").read_text()))

    def app(self) -> Celery:
        """Return the application of the worker, and of those who send it tasks."""
        config = CeleryConfig(self.broker, timedelta(seconds=self.time_limit), self.concurrency)
        return make_app(config, partial(workplace, self), lambda: None)

    @property
    def tasks(self) -> Tasks:
        """What asks the worker for something."""
        return Tasks(self.app(), Path(self.folder) / "reports")


def workplace(setting: Setting) -> Workplace:
    """Return what a task stands on, once it may begin."""
    folder, task = Path(setting.folder), current_task.name
    if (folder / f"hold {task}").exists():
        (folder / f"held {task} {os.getpid()}").touch()
        while (folder / f"hold {task}").exists():
            time.sleep(0.01)
    return _made(setting)


@cache
def _made(setting: Setting) -> Workplace:
    folder = Path(setting.folder)

    def now() -> datetime:
        return datetime.fromisoformat((folder / "clock").read_text()) if setting.clock else datetime.now(UTC)

    database = Database.open(setting.database)
    engine = EmbeddedEngine(database.engine, clock=now, scripts=ScriptRunner(), workflows=[PAYMENT])
    clinic = Clinic(ClinicDetails("Riverside Clinic", ZoneInfo("Europe/Berlin")), now)
    attempts = Attempts(engine, Registry.of(*HANDLERS, import_module(setting.handlers)), {Clinic: clinic, Path: folder})
    lease = timedelta(seconds=setting.lease)
    return Workplace(database, clinic, engine, attempts, folder / "reports", f"worker-{os.getpid()}", lease)


def _break(marker: Path) -> None:
    def lose(*_: object) -> None:
        marker.touch()
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    if not marker.exists():
        Consumer.on_connection_error_after_connected = lose


if __name__ == "__main__":
    _setting = Setting.read(Path(sys.argv[1]))
    if _setting.breaks:
        _break(Path(_setting.folder) / "broken")
    run_worker(_setting.app(), "INFO")
