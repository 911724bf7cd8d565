"""What of a workflow in Python can't be run, found before it is."""

from collections.abc import Iterator

from SpiffWorkflow.specs import Join, MultiChoice, WorkflowSpec
from SpiffWorkflow.specs.base import TaskSpec

from workflows.spiff.outline import KINDS, tasks_of

_MOST_TASKS = 300
"""The library predicts what follows by recursion."""


def faults(spec: WorkflowSpec) -> Iterator[str]:
    """Say what is wrong with a spec, and how to mend it."""
    if spec.start is None:
        yield "it has no start: make its spec with addstart=True"
    unknown = [f"{task.name} ({type(task).__name__})" for task in tasks_of(spec) if type(task) not in KINDS]
    if unknown:  # they start programs, evaluate code, or count threads in a variable of the program
        known = ", ".join(sorted(kind.__name__ for kind in KINDS))
        yield f"{', '.join(unknown)} can't be run here: use {known}"
    if len(spec.task_specs) > _MOST_TASKS:
        yield f"it has more than {_MOST_TASKS} tasks: split it"
    joins = [task.name for task in tasks_of(spec) if isinstance(task, Join) and task.name in _behind(task)]
    if joins:
        yield f"the joins {', '.join(joins)} stand in a circle, where the library ends the branch in silence"
    endless = _circle(spec)
    if endless:
        yield f"there is no way out of {', '.join(endless)}: put a choice there"


def _behind(task: TaskSpec) -> set[str]:
    """The tasks that can follow."""
    found: set[str] = set()
    todo = list(task.outputs)
    while todo:
        following = todo.pop()
        if following.name not in found:
            found.add(following.name)
            todo += following.outputs
    return found


def _circle(spec: WorkflowSpec) -> list[str]:
    """Find a circle without a choice in it: the library would predict its tasks without end."""
    done: set[str] = set()
    for task in tasks_of(spec):
        path: dict[str, Iterator[TaskSpec]] = {task.name: iter(_certain(task))}
        while path:
            here = next(reversed(path))
            following = next(path[here], None)
            if following is None:
                path.popitem()
                done.add(here)
            elif following.name in path:
                names = list(path)
                return names[names.index(following.name) :]
            elif following.name not in done:
                path[following.name] = iter(_certain(following))
    return []


def _certain(task: TaskSpec) -> list[TaskSpec]:
    """The tasks that always follow."""
    return [] if isinstance(task, MultiChoice) else list(task.outputs)
