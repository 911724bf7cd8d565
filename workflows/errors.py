"""The errors of this package, as one tree. Callers catch `WorkflowError`, or the branch that they can mend.

WorkflowError
├── ExpressionError          an expression or script that cannot be read or evaluated
├── InvalidDiagram           a file that is refused at deployment; carries every problem found
├── EngineError
│   ├── NotFound             no such definition, instance, task, job, incident
│   ├── Conflict             somebody else was first, or the state does not allow it
│   ├── InvalidInput         a command with values that it does not accept
│   ├── NotSupported         a command that makes no sense on this engine
│   └── Unavailable          the engine, or what it stands on, can't be reached now
└── BpmnError                a business error with a code, for the boundary event that catches it
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workflows.values import variables as as_variables

if TYPE_CHECKING:
    from workflows.diagrams.problems import Problem


class WorkflowError(Exception):
    """The root of every error this package raises on purpose."""


class ExpressionError(WorkflowError):
    """An expression or script that can't be read or evaluated.

    `source` is its text, `reason` one sentence, `position` the offset in `source` (characters, from 0) or None.
    """

    def __init__(self, source: str, reason: str, position: int | None = None) -> None:
        self.source = source
        self.reason = reason
        self.position = position
        place = "" if position is None else f" at character {position + 1}"
        shown = source if len(source) <= 80 else source[:77] + "..."  # noqa: PLR2004
        super().__init__(f"{reason}{place} in {shown!r}")


class InvalidDiagram(WorkflowError):
    """A diagram, decision or form that is refused; `problems` names each place and how to mend it."""

    def __init__(self, problems: "Sequence[Problem]") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class EngineError(WorkflowError):
    """A command that an engine did not carry out. Nothing has changed."""


class NotFound(EngineError):
    """What the command names does not exist, or not any more."""


class Conflict(EngineError):
    """The state does not allow the command, or another command was first."""


class InvalidInput(EngineError):
    """The command carries values that it does not accept."""


class NotSupported(EngineError):
    """The engine named in the text can't do this."""


class Unavailable(EngineError):
    """The engine can't be reached now; the command may be tried again."""


class BpmnError(WorkflowError):
    """A business error with a `code`, for the boundary event or event sub-process that catches it.

    `variables` are set in the process when it is caught; a value that none can hold is `NotJson`.
    """

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.variables = as_variables(variables or {})
        super().__init__(f"{code}: {message}" if message else code)
