"""Processes are killed at random moments, and PostgreSQL under them: nothing is lost, nothing happens twice.

This is the short form; `python -m tests.crash --kills 200` is the long one.
"""

from pathlib import Path

import pytest

from tests.crash.storm import Storm
from tests.servers.postgres import running_postgres
from tests.servers.programs import ServerMissingError

KILLS = 24
SEED = 1


def check(storm: Storm, summary: str) -> None:
    """Fail with everything that was found."""
    assert storm.violations == [], "\n".join([summary, *storm.violations])


def test_processes_killed_on_sqlite_lose_nothing(fast_folder: Path) -> None:
    storm = Storm(f"sqlite:///{fast_folder / 'crash.db'}", fast_folder, SEED)
    story = storm.rage(KILLS)
    check(storm, storm.summary(story))
    assert len(story.acknowledged) > KILLS


def test_processes_killed_on_postgresql_lose_nothing(postgres_url: str, tmp_path: Path) -> None:
    storm = Storm(postgres_url, tmp_path, SEED, width=2)
    story = storm.rage(KILLS)
    check(storm, storm.summary(story))
    assert len(story.acknowledged) > KILLS


def test_processes_go_on_by_themselves_after_the_server_has_crashed(tmp_path: Path) -> None:
    try:
        with running_postgres(durable=True) as cluster:
            storm = Storm(cluster.url(cluster.create_database()), tmp_path, SEED, width=2, server_dies=True)
            story = storm.rage(4, cluster.crash, restarts=1)
            check(storm, storm.summary(story))
    except ServerMissingError as missing:
        pytest.skip(str(missing))
