"""The embedded engine as a host: a new engine object on the same SQLite database for each action."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import func, select

from tests.conformance.host import Seen
from workflows.embedded import EmbeddedEngine, LockedJob
from workflows.embedded.cores import DEFAULT_CORE
from workflows.embedded.effects import CONTINUATION
from workflows.embedded.tables import job, start_subscription, timer
from workflows.engine import HistoryEntry, InstanceQuery, Resource
from workflows.scripts import ScriptRunner
from workflows.values import Variables


class EmbeddedHost:
    """See `host.Host`."""

    def __init__(self, database: Database, scripts: ScriptRunner, core: str = DEFAULT_CORE) -> None:
        self._core = core
        self._database = database
        self._scripts = scripts
        self._now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._known: dict[str, list[HistoryEntry]] = {}

    def deploy(self, diagram: Path) -> str:
        """Deploy the files of a case; return the process to start if the case names none."""
        decisions = diagram.with_suffix(".dmn")
        files = [path for path in (diagram, decisions) if path.exists()]
        resources = [Resource(path.name, path.read_bytes()) for path in files]
        deployed = self._engine().deploy(resources, core=self._core)
        return deployed.definitions[0].process_id

    def start(self, process: str, variables: Variables, business_key: str | None) -> None:
        self._engine().start(process, variables, business_key=business_key)

    def complete(self, element: str, variables: Variables) -> None:
        engine = self._engine()
        task = next((task for task in engine.tasks() if task.element_id == element), None)
        if task is not None:
            engine.complete(task.id, variables)
        else:
            self._engine().complete_job(self._lock(element), variables)

    def fail(self, element: str) -> None:
        for _ in range(self._lock(element).retries):
            self._engine().fail_job(self._lock(element), "it failed", pause=timedelta(0))

    def throw_error(self, element: str, code: str, variables: Variables) -> None:
        self._engine().throw_error(self._lock(element), code, f"the error {code}", variables)

    def escalate(self, element: str, code: str, variables: Variables) -> None:
        found = [task.id for task in self._engine().tasks() if task.element_id == element]
        self._engine().escalate_task(found[0], code, variables)

    def message(self, name: str, key: str | None, variables: Variables) -> bool:
        return self._engine().publish_message(name, key, variables).instance_id is not None

    def signal(self, name: str, variables: Variables) -> None:
        self._engine().broadcast_signal(name, variables)

    def advance(self, span: timedelta) -> None:
        until = self._now + span
        while (due := self._next_due()) is not None and due <= until:
            self._now = max(self._now, due)
            self._engine().fire_due_timers()
        self._now = max(self._now, until)

    def run_continuations(self) -> None:
        for continuation in self._engine().lock_jobs("engine", [CONTINUATION], 100, timedelta(0)):
            self._engine().complete_job(continuation)

    def resolve(self, element: str) -> None:
        found = [incident.id for incident in self._engine().incidents() if incident.element_id == element]
        self._engine().resolve(found[0])

    def cancel(self) -> None:
        self._engine().cancel(self._instances()[0])

    def set_variables(self, variables: Variables) -> None:
        self._engine().set_variables(self._instances()[0], variables)

    def suspend(self) -> None:
        self._engine().suspend(self._instances()[0])

    def resume(self) -> None:
        self._engine().resume(self._instances()[0])

    def modify(self, cancel: list[str], start: list[str], variables: Variables) -> None:
        self._engine().modify(self._instances()[0], cancel=cancel, start=start, variables=variables)

    def migrate(self, diagram: Path, mapping: dict[str, str]) -> None:
        (new,) = self._engine().deploy([Resource(diagram.name, diagram.read_bytes())], core=self._core).definitions
        self._engine().migrate(self._instances()[0], new.id, mapping=mapping)

    def seen(self) -> Seen:
        engine, instances = self._engine(), self._instances()
        history = {instance: engine.history(instance) for instance in instances}
        entered: list[str] = []
        cancelled: list[str] = []
        for instance, entries in history.items():
            before = self._known.get(instance, [])
            entered += [entry.element_id for entry in entries[len(before) :]]
            cancelled += (_cancelled(entries) - _cancelled(before)).elements()
        self._known = history
        return Seen(
            tuple(entered),
            tuple(cancelled),
            tuple(e.element_id for entries in history.values() for e in entries if e.outcome == "running"),
            tuple(incident.element_id for incident in engine.incidents()),
            tuple(str(engine.instance(instance).state) for instance in instances),
            engine.variables(instances[0]) if instances else {},
        )

    def _tick(self) -> datetime:
        """The clock of the engine: it never shows the same time twice, so that instances have an order."""
        self._now += timedelta(milliseconds=1)
        return self._now

    def _engine(self) -> EmbeddedEngine:
        return EmbeddedEngine(self._database, clock=self._tick, scripts=self._scripts)

    def _instances(self) -> list[str]:
        return [instance.id for instance in reversed(self._engine().instances(InstanceQuery()))]

    def _next_due(self) -> datetime | None:
        with self._database.connect() as connection:
            dues = [connection.scalar(select(func.min(table.c.due_at))) for table in (timer, start_subscription)]
        return min((due for due in dues if due is not None), default=None)

    def _lock(self, element: str) -> LockedJob:
        """Lease every job there is for no time at all, and return the oldest of an element."""
        with self._database.connect() as connection:
            types = list(connection.scalars(select(job.c.type).where(job.c.type != CONTINUATION).distinct()))
        locked = self._engine().lock_jobs("worker", types, 100, timedelta(0))
        return next(found for found in locked if found.element_id == element)


def _cancelled(entries: list[HistoryEntry]) -> Counter[str]:
    return Counter(entry.element_id for entry in entries if entry.outcome == "cancelled")
