"""Durable instances a second, worked on in a process of their own: `python -m tests.bench.bench_engine`.

Instances are started here by as many threads at a time as a small web service has, each waiting until its instance is
committed before it starts the next one; another process runs their jobs. The clock stops when the last instance has
ended. Every step is committed to a disk; those that come at the same time share a commit, as they do in a service.

The baseline is plain SpiffWorkflow in one thread of this process, before and after: each instance is run to its end at
once, written as JSON and read again at each wait. It commits nothing, and loses everything when it dies. So ours has
two processes and a database for what plain SpiffWorkflow does in one, and durability, queues and history on top.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.bench import drawing
from tests.bench.laboratory import databases, opened, say, wait_until_all_have_ended, working
from tests.bench.plain_spiff import PlainSpiff
from workflows.embedded import EmbeddedEngine

_CLIENTS = 16
"""How many threads start instances at the same time."""

_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class _Case:
    tasks: int
    instances: int


_CASES = (_Case(tasks=2, instances=2000), _Case(tasks=200, instances=40))


def plain(case: _Case) -> float:
    """Return how many instances a second plain SpiffWorkflow completes."""
    spiff = PlainSpiff(drawing.services(case.tasks), "services")
    begin, done = time.perf_counter(), 0
    while time.perf_counter() - begin < _SECONDS:
        assert spiff.run() == case.tasks
        done += 1
    return done / (time.perf_counter() - begin)


def durable(url: str, case: _Case) -> float:
    """Return how many instances a second are started here and completed with the help of another process."""
    with opened(url) as database, working(url):
        engine = EmbeddedEngine(database)
        engine.deploy([drawing.services(case.tasks)])
        begin = time.perf_counter()
        with ThreadPoolExecutor(_CLIENTS) as clients:
            list(clients.map(lambda _: engine.start("services", {"n": 0}), range(case.instances)))
        wait_until_all_have_ended(database)
        return case.instances / (time.perf_counter() - begin)


def main() -> None:
    """Measure and print, one line each."""
    with databases() as urls:
        for case in _CASES:
            for name, url in urls.items():
                before, ours, after = plain(case), durable(url, case), plain(case)
                theirs = (before + after) / 2
                say(
                    "engine",
                    f"{case.tasks} service tasks, durable on {name}",
                    f"{ours:7.1f} instances/s; plain SpiffWorkflow {theirs:7.2f}; {ours / theirs:6.2f} times as fast",
                )


if __name__ == "__main__":
    main()
