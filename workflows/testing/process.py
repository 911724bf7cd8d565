"""A test of processes: an engine in memory, doubles for its handlers, and time that passes when the test says so."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from workflows.engine import Correlation, Deployment, InstanceQuery, Resource
from workflows.testing.clock import Clock
from workflows.testing.coverage import Coverage
from workflows.testing.doubles import Answer, JobDouble, run_jobs
from workflows.testing.memory import InMemoryEngine
from workflows.testing.run import Run
from workflows.values import JsonValue

_MOST_JOBS = 10_000
"""How many jobs may follow from one command: more is a process that goes round in circles."""

File: TypeAlias = str | Path | Resource
"""A file to deploy, by its path or with its bytes."""


class ProcessTest:
    """Runs deployed files. After each command here everything follows that can follow at this time.

    Jobs are answered by the doubles of `on_job`, and by each of `workers`, which runs the jobs that wait for it and
    returns how many there were, as `EmbeddedRunner.run_waiting` does; jobs that nobody answers wait. `coverage`
    collects which parts of the diagrams were passed. `engine` is one's own engine to run on; without it there is a
    new one, which is closed with the test.
    """

    def __init__(self, *files: File, engine: InMemoryEngine | None = None, coverage: Coverage | None = None) -> None:
        self.engine = engine or InMemoryEngine()
        self._own_engine = engine is None
        self._doubles: dict[str, JobDouble] = {}
        self.workers: list[Callable[[], int]] = []
        self.most_jobs = _MOST_JOBS
        self._coverage = coverage
        if coverage is not None:
            coverage.watch(self.engine)
        if files:
            self._begin(files)

    @property
    def clock(self) -> Clock:
        """The clock of the engine."""
        return self.engine.clock

    def _begin(self, files: tuple[File, ...]) -> None:
        try:
            self.deploy(*files)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Forget everything."""
        if self._own_engine:
            self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def deploy(self, *files: File) -> Deployment:
        """Deploy diagrams, decisions and forms together; `InvalidDiagram` names every problem in them."""
        deployment = self.engine.deploy([_resource(file) for file in files])
        if self._coverage is not None:
            for definition in deployment.definitions:
                self._coverage.add(self.engine.diagram(definition.id), self.engine.graph(definition.id))
        return deployment

    def on_job(self, job_type: str, *answers: Answer) -> JobDouble:
        """Answer the jobs of a type from now on, as `JobDouble` says; return the double, which counts its calls."""
        double = self._doubles[job_type] = JobDouble(*answers)
        return double

    def start(
        self,
        process_id: str,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        business_key: str | None = None,
        by: str | None = None,
    ) -> Run:
        """Start an instance."""
        instance = self.engine.start(process_id, variables, business_key=business_key, by=by)
        self.settle()
        return Run(self, instance.id)

    def runs(self, process_id: str) -> list[Run]:
        """Return all instances of a process, oldest first: also those that events, timers and calls started.

        Those that were started at the same time of the clock are in no order.
        """
        found = self.engine.instances(InstanceQuery(process_id=process_id, limit=1000))
        return [Run(self, instance.id) for instance in reversed(found)]

    def send_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta = timedelta(0),
    ) -> Correlation:
        """Publish a message."""
        sent = self.engine.publish_message(name, correlation_key, variables, time_to_live=time_to_live)
        self.settle()
        return sent

    def send_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Broadcast a signal."""
        self.engine.broadcast_signal(name, variables)
        self.settle()

    def advance(self, span: timedelta) -> None:
        """Let time pass; see `advance_to`."""
        self.advance_to(self.clock() + span)

    def advance_to(self, moment: datetime) -> None:
        """Let time pass until a moment. Timers fire and failed jobs are tried again on the way, each at its time."""
        end = self.clock.later(moment)
        while (due := self.engine.next_due()) is not None and due <= end:
            self.clock.set(due)
            self.settle()
        self.clock.set(end)
        self.settle()

    def settle(self) -> None:
        """Let everything happen that can happen at this time; the commands of the test have done so already."""
        done = 0
        self.engine.background.run_once()
        while jobs := self._run_jobs():
            self.engine.background.run_once()
            done += jobs
            if done > self.most_jobs:
                raise RuntimeError(f"{done} jobs followed from one command: do the answers lead round in a circle?")

    def _run_jobs(self) -> int:
        return run_jobs(self.engine, self._doubles, self.most_jobs) + sum(run() for run in self.workers)


def _resource(file: File) -> Resource:
    if isinstance(file, Resource):
        return file
    path = Path(file)
    return Resource(path.name, path.read_bytes())
