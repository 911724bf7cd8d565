"""One case: a diagram, what is done to it, and what has to happen. `NAME.bpmn` and `NAME.toml` stand side by side.

    about = "A parallel gateway waits for all of its branches."
    process = "booking"                  the process to start, where the file has several
    refused = "no activity"              the compiler refuses the diagram with this text; then there are no steps

    [[step]]
    complete = "review"                  the action, one of ACTIONS; `with` are its variables
    with = { approved = true }
    enter = ["fork", "left | right"]     the elements entered by it, in this order; between | in any order
    cancel = ["reminder"]                the elements cancelled by it, in any order
    running = ["left"]                   the activities that go on (compared where it is given)
    incidents = ["left"]                 the elements that have an incident now
    variables = { approved = true }      process variables now, these at least (compared where they are given)
    conflict = true                      the action is refused because the state does not allow it
    taken = false                        nobody takes this message

    [end]
    status = "completed"                 of the first instance; others = [...] of the further ones
    variables = { approved = true }      all process variables of the first instance

A loop or multi-instance activity counts once for itself, and once for each run. What is left out is empty.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
ACTIONS = frozenset({
    "start", "complete", "fail", "throw_error", "escalate", "message", "signal", "advance", "continue", "set",
    "resolve", "cancel_instance", "suspend", "resume", "modify", "migrate",
})  # fmt: skip
_DETAILS = frozenset({
    "with", "code", "key", "enter", "cancel", "running", "incidents", "variables", "conflict", "taken",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One action with what it brings about; see the module for the keys."""

    action: str
    value: Any
    details: dict[str, Any]

    def expected(self, key: str) -> Any:
        """Return what has to be seen, None where the case does not say."""
        return self.details.get(key)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its file says it."""

    diagram: Path
    about: str
    process: str | None = None
    refused: str | None = None
    steps: tuple[Step, ...] = ()
    status: str = "completed"
    others: tuple[str, ...] = ()
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The folder of the case."""
        return self.diagram.parent.relative_to(CASES).as_posix()

    @property
    def name(self) -> str:
        """Group and name."""
        return self.diagram.relative_to(CASES).with_suffix("").as_posix()


def all_cases() -> list[Case]:
    """Return every case, by group and name."""
    return [_read(path) for path in sorted(CASES.rglob("*.toml"))]


def _read(path: Path) -> Case:
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    end = values.pop("end", {})
    steps = tuple(_step(path, step) for step in values.pop("step", ()))
    if ("refused" in values) == bool(steps):
        raise ValueError(f"{path}: a case has steps, or is refused")
    return Case(
        path.with_suffix(".bpmn"),
        values.pop("about"),
        steps=steps,
        status=end.pop("status", "completed"),
        others=tuple(end.pop("others", ())),
        variables=end.pop("variables", {}),
        **values,
        **end,
    )


def _step(path: Path, values: dict[str, Any]) -> Step:
    actions = ACTIONS & values.keys()
    if len(actions) != 1 or values.keys() - actions - _DETAILS:
        raise ValueError(f"{path}: {values} is not one action of {', '.join(sorted(ACTIONS))} with its details")
    (action,) = actions
    return Step(action, values.pop(action), values)
