"""Whether a step of a durable instance costs the same, however old or wide it is: `python -m tests.bench.bench_growth`.

What is compared takes turns, so that a busy machine is busy for all of it.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

from sqlalchemy import Engine as Database

from tests.bench import drawing
from tests.bench.laboratory import databases, opened, say, stored_size
from workflows.embedded import Answer, EmbeddedEngine, LockedJob, Wanted
from workflows.engine import TaskQuery

_MARKS = (10, 1_000, 10_000)
_TURNS = 40
_WIDTHS = (10, 1_000)
_WANTED = Wanted("bench", ["work"], 64, timedelta(minutes=10))
_NOTHING = Wanted("bench", ["work"], 0, timedelta(minutes=10))


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that it takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def answer_form(engine: EmbeddedEngine, instance_id: str) -> None:
    """Do one round of `rounds`: find the form that waits, and answer it."""
    (task,) = engine.tasks(TaskQuery(instance_id=instance_id))
    engine.complete(task.id, {"note": "a line of text"})


def report_rounds(name: str, engine: EmbeddedEngine, database: Database) -> None:
    """Print what a round costs, and how large the state is, early and late."""
    engine.deploy([drawing.rounds()])
    instances = {mark: engine.start("rounds", {"n": 0, "who": "ann"}).id for mark in _MARKS}
    for mark, instance_id in instances.items():
        for _ in range(mark):
            answer_form(engine, instance_id)
    sizes = {mark: stored_size(database, instance_id) for mark, instance_id in instances.items()}
    costs: dict[int, list[float]] = {mark: [] for mark in _MARKS}
    for _ in range(_TURNS):
        for mark, instance_id in instances.items():
            costs[mark].append(timed(lambda: answer_form(engine, instance_id)) * 1e3)  # noqa: B023 -- called at once
    first, _, last = (median(costs[mark]) for mark in _MARKS)
    shown = ", ".join(f"{median(cost):.2f} ms at {mark}" for mark, cost in costs.items())
    say("growth", f"a round of a loop on {name}", f"{shown}; last / first {last / first:.2f}")
    shown = ", ".join(f"{size} at {mark}" for mark, size in sizes.items())
    ratio = sizes[_MARKS[-1]] / sizes[_MARKS[0]]
    say("growth", f"bytes of state after rounds on {name}", f"{shown}; last / first {ratio:.2f}")


def report_width(name: str, engine: EmbeddedEngine, database: Database) -> None:
    """Print what an item of a parallel multi-instance costs among few and among a thousand."""
    engine.deploy([drawing.many()])
    jobs: dict[int, list[LockedJob]] = {}
    for width in _WIDTHS:
        began = time.perf_counter()
        wide = [engine.start("many", {"items": list(range(width))}) for _ in range(_TURNS if width < _TURNS else 1)]
        took = time.perf_counter() - began
        jobs[width] = []
        while leased := engine.exchange_jobs([], _WANTED).leased:
            jobs[width] += leased
    size = stored_size(database, wide[0].id)
    say("growth", f"opening {_WIDTHS[-1]} items at once on {name}", f"{took * 1e3:.0f} ms, {size} bytes of state")
    costs: dict[int, list[float]] = {width: [] for width in _WIDTHS}
    for _ in range(_TURNS):
        for width in _WIDTHS:
            job = jobs[width].pop()
            costs[width].append(timed(lambda: engine.complete_job(job, {"n": 1})) * 1e3)  # noqa: B023 -- called at once
    few, lots = (median(costs[width]) for width in _WIDTHS)
    figure = f"{few:.2f} ms of {_WIDTHS[0]}, {lots:.2f} ms of {_WIDTHS[-1]}; ratio {lots / few:.2f}"
    say("growth", f"completing an item alone on {name}", figure)
    rest = jobs[_WIDTHS[-1]]
    took = timed(lambda: complete_in_batches(engine, rest))
    figure = f"{took / len(rest) * 1e3:.2f} ms each, {took:.2f} s in all"
    say("growth", f"completing the others in batches on {name}", figure)


def complete_in_batches(engine: EmbeddedEngine, jobs: list[LockedJob]) -> None:
    """Complete jobs as a worker with quick handlers does."""
    for start in range(0, len(jobs), _WANTED.limit):
        answers = [Answer(job, {"n": 1}) for job in jobs[start : start + _WANTED.limit]]
        assert not any(engine.exchange_jobs(answers, _NOTHING).refusals)


def main() -> None:
    """Measure and print, one line each."""
    with databases() as urls:
        for name, url in urls.items():
            with opened(url) as database:
                engine = EmbeddedEngine(database)
                report_rounds(name, engine, database)
                report_width(name, engine, database)


if __name__ == "__main__":
    main()
