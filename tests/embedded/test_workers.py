"""Workers as processes: no two have a job at once, and a killed one's job is taken over once its lease is over."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select

from tests.embedded.worker_process import read_attempts
from workflows.embedded import EmbeddedEngine
from workflows.embedded.tables import job as job_table
from workflows.engine import InstanceState

from .conftest import LEASE, TWO_JOBS
from .test_background import eventually

ROOT = Path(__file__).parents[2]
SECONDS = 120
INSTANCES = 25

HOLDER = """
import sys
from datetime import timedelta
from workflows.embedded import EmbeddedEngine, open_engine
from workflows.errors import Conflict

engine = EmbeddedEngine(open_engine(sys.argv[1]))
(job,) = engine.lock_jobs("holder", ["work"], 1, timedelta(seconds=1))
print(job.id, flush=True)
sys.stdin.readline()
try:
    engine.complete_job(job, {"by": "holder"})
except Conflict as refused:
    print(refused)
"""


@contextmanager
def worker(url: str, folder: Path, lease_seconds: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker until the end of the block."""
    command = [sys.executable, "-m", "tests.embedded.worker_process", url, str(folder), str(lease_seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as process:
        yield process


@pytest.fixture
def live(database: Database) -> EmbeddedEngine:
    """An engine with the real clock, which other processes share."""
    engine = EmbeddedEngine(database)
    engine.deploy([TWO_JOBS])
    return engine


def all_completed(engine: EmbeddedEngine) -> bool:
    return all(found.state is InstanceState.COMPLETED for found in engine.instances())


def test_two_worker_processes_never_run_one_job_at_once(
    live: EmbeddedEngine, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    for _ in range(INSTANCES):
        live.start("two_jobs")
    with worker(database_url, tmp_path, 60), worker(database_url, tmp_path, 60):
        for _ in range(INSTANCES):
            live.start("two_jobs")
        assert eventually(lambda: all_completed(live), SECONDS)
    attempts = read_attempts(tmp_path)
    assert len(attempts) == len({attempt.key for attempt in attempts}) == 4 * INSTANCES


def test_the_job_of_a_killed_worker_is_run_again_once_its_lease_is_over(
    live: EmbeddedEngine, database: Database, database_url: str, tmp_path: Path
) -> None:
    started = live.start("two_jobs")
    with worker(database_url, tmp_path, 3) as first:
        assert eventually(lambda: len(read_attempts(tmp_path)) == 1, SECONDS)
        first.send_signal(signal.SIGKILL)
        first.wait(SECONDS)
    with database.connect() as connection:
        lease_ends = connection.execute(select(job_table.c.available_at)).scalar_one()
    (tmp_path / "go").touch()
    with worker(database_url, tmp_path, 60):
        assert eventually(lambda: all_completed(live), SECONDS)
    killed, again, second = read_attempts(tmp_path)
    assert (killed.key, killed.ended) == (again.key, None)
    assert again.pid == second.pid != killed.pid
    assert again.begun >= lease_ends.timestamp()
    assert live.variables(started.id) == {"by": again.pid}
    assert [entry.outcome for entry in live.history(started.id)] == ["completed"] * 4


def test_a_worker_process_whose_lease_is_old_is_refused(live: EmbeddedEngine, database_url: str) -> None:
    started = live.start("two_jobs")
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, database_url], cwd=ROOT, stdin=pipe, stdout=pipe, text=True
    ) as holder:
        assert holder.stdout is not None
        held = holder.stdout.readline().strip()
        deadline = time.monotonic() + SECONDS
        while not (jobs := live.lock_jobs("other", ["work"], 1, LEASE)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        live.complete_job(jobs[0], {"by": "other"})
        said, _ = holder.communicate("go\n", SECONDS)
    assert jobs[0].id == held
    assert "not leased to you any more" in said
    assert live.variables(started.id) == {"by": "other"}
