"""What a contract test needs of an engine beside the port: somebody who runs jobs, and time that passes.

An engine joins the suite with a `Subject` in `conftest.py`. Some engines answer before everything that follows has
happened; so tests ask through `eventually`, and an engine that is never behind answers at the first try.
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from workflows.engine import (
    Engine,
    HistoryEntry,
    Incident,
    InstanceState,
    ProcessInstance,
    Resource,
    TaskQuery,
    UserTask,
)
from workflows.values import Variables

Handler: TypeAlias = Callable[[Variables], Variables]
"""Does a job with its variables and returns what it sets. `BpmnError` is for the diagram, other errors are failures."""

_T = TypeVar("_T")
DIAGRAMS = Path(__file__).with_name("diagrams")
PATIENCE_SECONDS = 60


class Subject(Protocol):
    """An engine under test."""

    engine: Engine

    def run_jobs(self, handlers: Mapping[str, Handler]) -> None:
        """Run all jobs of these types until none is left, those that failed at once again."""
        ...

    def pass_time(self, span: timedelta) -> None:
        """Let time pass, and let everything happen that is due then."""
        ...


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail if it does not in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


class Scenario:
    """A subject with one dialect's diagrams, and questions that wait for their answers."""

    def __init__(self, subject: Subject, dialect: str) -> None:
        self.subject = subject
        self.engine = subject.engine
        self._folder = DIAGRAMS / dialect

    def resource(self, name: str) -> Resource:
        """Return a diagram of the dialect under test."""
        path = self._folder / f"{name}.bpmn"
        return Resource(path.name, path.read_bytes())

    def deploy(self, *names: str) -> None:
        """Deploy diagrams together."""
        self.engine.deploy([self.resource(name) for name in names])

    def task(self, instance: ProcessInstance, element_id: str) -> UserTask:
        """Return the open task of an element, once it is there."""
        return _one(lambda: [task for task in self.tasks(instance) if task.element_id == element_id])

    def tasks(self, instance: ProcessInstance) -> list[UserTask]:
        """Return the open tasks of an instance now."""
        return self.engine.tasks(TaskQuery(instance_id=instance.id))

    def ends(self, instance: ProcessInstance, state: InstanceState = InstanceState.COMPLETED) -> ProcessInstance:
        """Wait for an instance to end, and return it."""
        eventually(lambda: self.engine.instance(instance.id).ended_at is not None)
        ended = self.engine.instance(instance.id)
        assert ended.state is state
        return ended

    def incident(self, instance: ProcessInstance) -> Incident:
        """Return the one incident of an instance, once it is there."""
        return _one(lambda: self.engine.incidents(instance.id))

    def path(self, instance: ProcessInstance) -> list[str]:
        """Return the elements that an instance has entered, in order."""
        return [entry.element_id for entry in self.history(instance)]

    def history(self, instance: ProcessInstance) -> list[HistoryEntry]:
        """Return the history of an instance."""
        return self.engine.history(instance.id)


def _one(find: Callable[[], list[_T]]) -> _T:
    eventually(lambda: len(find()) == 1)
    return find()[0]
