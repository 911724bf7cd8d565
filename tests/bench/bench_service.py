"""The service as its users have it, among few and among many other instances: `python -m tests.bench.bench_service`.

Three services, each with a database of its own, are asked in turn, so that a busy machine is busy for all of them.
"""

import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import Table, text

from app.clinic.demo import PATIENTS
from tests.bench import drawing
from tests.bench.laboratory import opened, resident_megabytes, say, working
from tests.browser.served import Served
from tests.restart.conftest import Client, Page
from workflows.embedded import EmbeddedEngine
from workflows.embedded.schema import upgrade
from workflows.embedded.tables import activity, instance, user_task, variable_change
from workflows.engine import InstanceQuery, InstanceState, TaskQuery
from workflows.values import Variables

_OTHERS = (10, 10_000, 100_000)
_POSTS = 300
_INSTANCES = (100, 10_000)
_NAME = PATIENTS[0].username
_START: Variables = {"n": 0, "who": _NAME}


def multiply(database: Database, source: str, count: int) -> None:
    """Copy an instance, with its open task for somebody else, so many times."""
    with database.execution_options(begin="IMMEDIATE").begin() as connection:
        for table in (instance, activity, variable_change, user_task):
            connection.execute(text(_copies(table)), {"source": source, "count": count})
        connection.execute(text("ANALYZE"))


def _copies(table: Table) -> str:
    key = "id" if table is instance else "instance_id"
    values = {column.name: f'source."{column.name}"' for column in table.c if column.name == key or column.name != "id"}
    values[key] = "printf('%036x', copy)"
    if table is user_task:
        values["assignee"] = "'nobody-' || (copy % 1000)"
    names, expressions = ", ".join(f'"{name}"' for name in values), ", ".join(values.values())
    return (
        "WITH RECURSIVE copies(copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < :count) "  # noqa: S608
        f"INSERT INTO {table.name} ({names}) SELECT {expressions} "
        f"FROM {table.name} AS source, copies WHERE source.{key} = :source"
    )


def first_form(served: Served, others: int) -> tuple[Client, Page]:
    """Fill the database of a service that does not run yet, start it, and open the form that waits."""
    with opened(f"sqlite:///{served.folder / 'dams.db'}") as database:
        engine = EmbeddedEngine(database)
        engine.deploy([drawing.rounds()])
        multiply(database, engine.start("rounds", _START).id, others)
        (task,) = engine.tasks(TaskQuery(instance_id=engine.start("rounds", _START).id))
    served.start()
    client = Client(served.address)
    client.sign_in(_NAME, served.password)
    return client, client.open(f"/tasks/{task.id}")


def report_latency() -> None:
    """Print how long it takes from sending a form to having the next one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        prepared = Served(folder / "prepared")
        prepared.prepare()
        visits: dict[int, tuple[Client, Page]] = {}
        for others in _OTHERS:
            served = Served(Path(shutil.copytree(prepared.folder, folder / str(others))))
            stack.callback(served.stop)
            visits[others] = first_form(served, others)
        times: dict[int, list[float]] = {others: [] for others in _OTHERS}
        for _ in range(_POSTS):
            for others, (client, page) in visits.items():
                begin = time.perf_counter()
                following = client.submit(page, page.path, note="a line of text")
                times[others].append((time.perf_counter() - begin) * 1e3)
                assert following.path != page.path
                visits[others] = client, following
    figures = {others: (_quantile(found, 0.5), _quantile(found, 0.99)) for others, found in times.items()}
    for others, (half, most) in figures.items():
        say("service", f"form to next form, {others} other instances", f"p50 {half:6.1f} ms, p99 {most:6.1f} ms")
    first, last = figures[_OTHERS[0]], figures[_OTHERS[-1]]
    ratios = f"p50 {last[0] / first[0]:.2f}, p99 {last[1] / first[1]:.2f}"
    say("service", f"ratio of {_OTHERS[-1]} to {_OTHERS[0]} other instances", ratios)


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def report_memory() -> None:
    """Print what a process that works on jobs has in memory after some instances and after many."""
    found = []
    with tempfile.TemporaryDirectory() as folder, opened(f"sqlite:///{folder}/bench.db") as database:
        upgrade(database)
        engine = EmbeddedEngine(database)
        engine.deploy([drawing.open_at_the_end()])
        with working(f"sqlite:///{folder}/bench.db") as process:
            started = 0
            for count in _INSTANCES:
                while started < count:
                    last = engine.start("open", _START).id
                    started += 1
                while not engine.tasks(TaskQuery(instance_id=last)):
                    time.sleep(0.01)
                found.append(resident_megabytes(process.pid))
        active = engine.instances(InstanceQuery(states=(InstanceState.ACTIVE,), limit=2 * started))
        assert len(active) == started
    shown = ", ".join(f"{size:.1f} MB after {count}" for size, count in zip(found, _INSTANCES, strict=True))
    say("service", "resident memory of a worker process, instances open", f"{shown}; ratio {found[-1] / found[0]:.2f}")


def main() -> None:
    """Measure and print, one line each."""
    report_latency()
    report_memory()


if __name__ == "__main__":
    main()
