"""A worker as a process of its own: `python -m tests.embedded.worker_process URL FOLDER LEASE_SECONDS`.

It notes in FOLDER/journal which attempt of which job begins and ends. An attempt at the element `one` lasts until
there is a file FOLDER/go. It ends with its standard input.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from workers.registry import Handler, Job, Registry
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine, open_engine


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt of a job, and the times at which it began and, unless it never did, ended."""

    key: str
    pid: int
    begun: float
    ended: float | None


def read_attempts(folder: Path) -> list[Attempt]:
    """Return the attempts noted so far, in the order in which they began."""
    journal = folder / "journal"
    found: dict[tuple[str, int], Attempt] = {}
    for line in journal.read_text().splitlines() if journal.exists() else ():
        event, key, pid, moment = line.split()
        if event == "begin":
            found[key, int(pid)] = Attempt(key, int(pid), float(moment), None)
        else:
            begun = found[key, int(pid)].begun
            found[key, int(pid)] = Attempt(key, int(pid), begun, float(moment))
    return sorted(found.values(), key=lambda attempt: attempt.begun)


def main() -> None:
    """Work."""
    url, folder, lease = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    journal = os.open(folder / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(event: str, job: Job) -> None:
        os.write(journal, f"{event} {job.key} {os.getpid()} {time.time()}\n".encode())

    def work(job: Job) -> dict[str, int]:
        note("begin", job)
        while job.element_id == "one" and not (folder / "go").exists():
            time.sleep(0.05)
        note("end", job)
        return {"by": os.getpid()}

    registry = Registry([Handler("work", work, {"job": (Job, None)})])
    database = open_engine(url)
    runner = EmbeddedRunner(EmbeddedEngine(database), registry, {}, name=str(os.getpid()), lease_seconds=lease)
    runner.start()
    sys.stdin.read()
    runner.stop()
    database.dispose()


if __name__ == "__main__":
    main()
