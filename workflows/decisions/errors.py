"""What can go wrong when a decision is evaluated."""

from dataclasses import dataclass

from workflows.errors import ExpressionError, WorkflowError


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of a decision was written: the decision or function it belongs to, its element, its line."""

    owner: str
    what: str
    element: str = ""
    line: int = 0

    def __str__(self) -> str:
        element = f" {self.element}" if self.element else ""
        line = f", line {self.line}" if self.line else ""
        return f"{self.what}{element} of {self.owner!r}{line}"


class DecisionError(WorkflowError):
    """A decision that can't be evaluated on these variables, or that is not there.

    `decision` is the id of the decision or business knowledge model, `reason` says what is wrong.
    """

    def __init__(self, decision: str, reason: str, place: str = "") -> None:
        self.decision = decision
        self.reason = reason
        super().__init__(f"{place or f'Decision {decision!r}'}: {reason}")


def error_at(origin: Origin, reason: str) -> DecisionError:
    """Return the error of one part of a decision, to be raised."""
    return DecisionError(origin.owner, reason, f"The {origin}")


def unevaluated(origin: Origin, error: ExpressionError) -> DecisionError:
    """Return the error of a part whose expression failed, to be raised."""
    return error_at(origin, str(error))
