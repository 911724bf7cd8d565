"""One instance under test: what is done to it, and what a test expects of it.

Each `assert_...` raises an `AssertionError` that tells what really happened: path, waits, incidents.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workflows.diagrams.outline import SUBPROCESSES
from workflows.engine import InstanceState, ProcessInstance, TaskQuery, UserTask
from workflows.values import JsonValue, Variables

if TYPE_CHECKING:
    from workflows.testing.process import ProcessTest


class Run:
    """A process instance, and the test it belongs to."""

    def __init__(self, test: "ProcessTest", instance_id: str) -> None:
        self._test = test
        self._engine = test.engine
        self.id = instance_id

    @property
    def instance(self) -> ProcessInstance:
        """The instance as it is now."""
        return self._engine.instance(self.id)

    @property
    def variables(self) -> Variables:
        """The process variables."""
        return self._engine.variables(self.id)

    @property
    def path(self) -> list[str]:
        """The ids of the elements that were entered, in this order."""
        return [entry.element_id for entry in self._engine.history(self.id)]

    @property
    def waiting(self) -> list[str]:
        """The ids of the elements in which it waits, each once, in the order in which they were entered."""
        running = [entry for entry in self._engine.history(self.id) if entry.outcome == "running"]
        return list(dict.fromkeys(entry.element_id for entry in running if entry.type not in SUBPROCESSES))

    def task(self, element_id: str) -> UserTask:
        """Return the open user task of an element, the oldest of several."""
        __tracebackhide__ = True
        found = [each for each in self._tasks() if each.element_id == element_id]
        if not found:
            raise self._unlike(f"an open user task {element_id!r}")
        return found[0]

    def complete(
        self, element_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete the open user task of an element."""
        __tracebackhide__ = True
        self._engine.complete(self.task(element_id).id, variables, by=by)
        self._test.settle()

    def assert_path(self, *element_ids: str) -> None:
        """Expect that exactly these elements were entered, in this order."""
        __tracebackhide__ = True
        if self.path != list(element_ids):
            raise self._unlike(f"the path {_arrows(element_ids)}")

    def assert_passed(self, *element_ids: str) -> None:
        """Expect that these elements were entered in this order, whatever was entered between them."""
        __tracebackhide__ = True
        rest = iter(self.path)
        missing = [element_id for element_id in element_ids if element_id not in rest]
        if missing:
            raise self._unlike(f"a path by {_arrows(element_ids)} (and there is no {missing[0]} in this place)")

    def assert_not_passed(self, *element_ids: str) -> None:
        """Expect that none of these elements was entered."""
        __tracebackhide__ = True
        if set(element_ids) & set(self.path):
            raise self._unlike(f"a path without {', '.join(element_ids)}")

    def assert_waiting(self, *element_ids: str) -> None:
        """Expect that the instance waits in exactly these elements, in any order."""
        __tracebackhide__ = True
        if set(self.waiting) != set(element_ids):
            raise self._unlike(f"that it waits in {', '.join(element_ids) or 'no element'}")

    def assert_completed(self) -> None:
        """Expect that the instance has come to its end."""
        __tracebackhide__ = True
        self.assert_state(InstanceState.COMPLETED)

    def assert_state(self, state: InstanceState) -> None:
        """Expect this state of the instance."""
        __tracebackhide__ = True
        if self.instance.state is not state:
            raise self._unlike(f"the state {state}")

    def assert_variables(self, **expected: JsonValue) -> None:
        """Expect these process variables, whatever others there are."""
        __tracebackhide__ = True
        variables = self.variables
        for name, value in expected.items():
            if name not in variables:
                raise self._unlike(f"the variable {name} = {value!r} (there are {', '.join(variables) or 'none'})")
            if variables[name] != value:
                raise self._unlike(f"the variable {name} = {value!r} (it is {variables[name]!r})")

    def assert_incidents(self, *element_ids: str) -> None:
        """Expect an incident in each of these elements and in no other; none at all without arguments."""
        __tracebackhide__ = True
        if sorted(incident.element_id for incident in self._engine.incidents(self.id)) != sorted(element_ids):
            raise self._unlike(f"incidents in {', '.join(element_ids)}" if element_ids else "no incident")

    def _tasks(self) -> list[UserTask]:
        return self._engine.tasks(TaskQuery(instance_id=self.id))

    def _unlike(self, expected: str) -> AssertionError:
        """What was expected, and what happened."""
        instance = self.instance
        lines = [
            f"Expected {expected}.",
            f"The instance of {instance.process_id} is {instance.state}.",
            f"  path: {_arrows(self.path)}",
            f"  waits in: {', '.join(self.waiting) or 'no element'}",
        ]
        lines += [
            f"  incident in {incident.element_id}: {incident.message}" for incident in self._engine.incidents(self.id)
        ]
        return AssertionError("\n".join(lines))


def _arrows(element_ids: "list[str] | tuple[str, ...]") -> str:
    return " > ".join(element_ids) or "(nothing)"
