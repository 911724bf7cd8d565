"""A worker that Celery itself ends when its broker goes away."""

import shutil
from contextlib import suppress
from pathlib import Path

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as LostConnection

from tests.celery.running import eventually, running_worker
from tests.celery.worker import Setting
from tests.servers.redis import running_redis


def test_a_worker_that_its_lost_broker_ends_begins_anew_as_the_same_process(template: Path, tmp_path: Path) -> None:
    database = shutil.copyfile(template, tmp_path / "dams.db")
    with running_redis(tmp_path) as redis:
        setting = Setting(str(tmp_path), f"sqlite:///{database}", redis.url, breaks=True)
        with running_worker(setting) as worker:
            process = worker.process.id
            redis.crash()
            eventually((tmp_path / "broken").exists)
            eventually(lambda: answers(setting.app()))
            assert worker.process.id == process
            assert "Unrecoverable error" in worker.process.log.read_text()


def answers(app: Celery) -> bool:
    """Whether a worker answers; connections that were open before tell that they are lost."""
    with suppress(OperationalError, LostConnection):
        return bool(app.control.ping(timeout=0.5))
    return False
