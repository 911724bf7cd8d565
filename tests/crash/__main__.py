"""Kills many processes, and PostgreSQL under them, and prints what was found: `python -m tests.crash --kills 200`.

Half of the kills are on SQLite, half on PostgreSQL; for every 20 kills, the server crashes once. Exits with 1 if
something was lost or happened twice.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.crash.storm import Storm, memory
from tests.servers.postgres import running_postgres

_KILLS_OF_A_STORM = 50


def main() -> int:
    """Run storms one after the other, on a new database each."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill processes, and look.")
    parser.add_argument("--kills", type=int, default=200, help="how many processes to kill")
    parser.add_argument("--seed", type=int, default=1, help="what the random moments follow from")
    arguments = parser.parse_args()
    violations = 0
    for number in range(0, arguments.kills, 2 * _KILLS_OF_A_STORM):
        kills = min(_KILLS_OF_A_STORM, (arguments.kills - number + 1) // 2)
        seed = arguments.seed + number
        with tempfile.TemporaryDirectory(dir=memory()) as fast, tempfile.TemporaryDirectory() as slow:
            violations += _on_sqlite(Path(fast), seed, kills // 2)
            violations += _on_sqlite(Path(slow), seed + 1, kills - kills // 2)
            violations += _on_postgresql(Path(slow), seed + 2, kills * 4 // 5)
            violations += _on_crashing_server(Path(slow), seed + 3, kills - kills * 4 // 5, kills // 10)
    return 1 if violations else 0


def _on_sqlite(folder: Path, seed: int, kills: int) -> int:
    storm = Storm(f"sqlite:///{folder / f'{seed}.db'}", folder, seed)
    return _report(f"SQLite in {folder.parent}", storm, storm.summary(storm.rage(kills)))


def _on_postgresql(folder: Path, seed: int, kills: int) -> int:
    with running_postgres() as cluster:
        storm = Storm(cluster.url(cluster.create_database()), folder, seed, width=2)
        return _report("PostgreSQL", storm, storm.summary(storm.rage(kills)))


def _on_crashing_server(folder: Path, seed: int, kills: int, crashes: int) -> int:
    with running_postgres(durable=True) as cluster:
        storm = Storm(cluster.url(cluster.create_database()), folder, seed, width=2, server_dies=True)
        story = storm.rage(kills, cluster.crash, crashes)
        return _report("PostgreSQL that crashes", storm, storm.summary(story))


def _report(where: str, storm: Storm, summary: str) -> int:
    sys.stdout.write("\n".join([f"{where}, {summary}", *(f"  {found}" for found in storm.violations)]) + "\n")
    sys.stdout.flush()
    return len(storm.violations)


if __name__ == "__main__":
    sys.exit(main())
