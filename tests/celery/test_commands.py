"""The two ways to start a worker: `main.py`, and Celery's own command line; both make the same service."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click import ClickException

from app.service import Service
from app.settings import SettingsError, load
from tests.celery.running import eventually
from tests.servers.redis import RedisServer
from workers.celery.asking import Tasks
from workers.celery.outcomes import Stage

ROOT = Path(__file__).parents[2]
OURS = [sys.executable, "main.py", "worker", "--transport", "celery"]
THEIRS = [sys.executable, "-m", "celery", "-A", "app.celery_app", "worker", "--loglevel", "INFO"]


@pytest.mark.parametrize("command", [OURS, THEIRS], ids=["ours", "celery's"])
def test_a_worker_works_with_the_service_of_the_settings(
    command: list[str], redis_server: RedisServer, tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("DAMS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "dams.db").write_bytes(template.read_bytes())
    broker = redis_server.database(500 + (command is OURS))
    for name, value in {"DATA_DIR": str(tmp_path), "CELERY_BROKER": broker, "JOB_THREADS": "1"}.items():
        monkeypatch.setenv(f"DAMS_{name}", value)
    settings = load()
    service = Service(settings)
    tasks = Tasks(service.celery, settings.reports)
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        asked = tasks.count("HSP-200")
        eventually(lambda: tasks.outcome(asked).stage, Stage.DONE)
        assert tasks.outcome(asked).value["docid"] == "HSP-200"
        eventually(lambda: len(tasks.state().workers), 1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0, (tmp_path / "worker.log").read_text()
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        service.close()


def test_jobs_do_not_go_to_celery_without_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DAMS_")]:
        monkeypatch.delenv(name)
    with pytest.raises(ClickException, match="set DAMS_CELERY_BROKER to redis://HOST:PORT/NUMBER"):
        Service(load()).celery  # noqa: B018 -- made when it is first asked for
    monkeypatch.setenv("DAMS_JOB_TRANSPORT", "celery")
    with pytest.raises(SettingsError, match="set DAMS_CELERY_BROKER"):
        load()
    monkeypatch.setenv("DAMS_CELERY_BROKER", "amqp://guest@127.0.0.1")
    with pytest.raises(SettingsError, match="use redis://HOST:PORT/NUMBER"):
        load()
