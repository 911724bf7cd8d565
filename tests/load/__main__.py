"""Lets many clients loose on PostgreSQL and prints what came of it: `python -m tests.load --clients 500 --seconds 60`.

Exits with 1 if a client got an error that is no conflict, or something was lost.
"""

import argparse
import sys

from tests.load.crowd import Crowd, lost, storm
from tests.servers.postgres import running_postgres


def main() -> int:
    """Run one storm on a new, durable database."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description="Many clients at once, and a look.")
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=4)
    arguments = parser.parse_args()
    with running_postgres(durable=True) as cluster:
        url = cluster.url(cluster.create_database())
        told = storm(Crowd(url, arguments.clients, arguments.processes, arguments.seconds))
        violations = lost(url, told)
    sys.stdout.write(
        f"{arguments.clients} clients in {arguments.processes} processes for {arguments.seconds:.0f} s on PostgreSQL: "
        f"{len(told.started)} instances started, {len(told.completed)} tasks completed, {told.conflicts} conflicts, "
        f"{len(told.errors)} errors, {len(violations)} lost updates; the longest answer took {told.longest:.1f} s\n"
    )
    for problem in [*told.errors[:20], *violations[:20]]:
        sys.stdout.write(f"  {problem}\n")
    return 1 if told.errors or violations else 0


if __name__ == "__main__":
    sys.exit(main())
