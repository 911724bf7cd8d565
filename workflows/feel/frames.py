"""What a running expression sees: names in frames, and the evaluation with its variables, its time and its budget."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from workflows.errors import ExpressionError
from workflows.feel.values import FeelInput, FeelValue, to_feel

MAX_STEPS: Final = 500_000  # one to two seconds at most; what takes steps says so by `spend`
MAX_CALLS: Final = 100  # function definitions that call each other, or themselves
CHARACTERS_A_STEP: Final = 32

_MISSING: Final = object()


class Frame:
    """Names bound by a part of an expression, and the frame around it."""

    __slots__ = ("names", "parent", "root")

    names: Mapping[str, FeelValue]
    parent: "Frame | None"
    root: "Evaluation"

    def __init__(self, names: Mapping[str, FeelValue], parent: "Frame") -> None:
        self.names = names
        self.parent = parent
        self.root = parent.root


class Evaluation(Frame):
    """One evaluation of one expression. Variables are converted when they are first read."""

    __slots__ = ("calls", "converted", "now", "source", "steps", "variables")

    def __init__(self, source: str, variables: Mapping[str, FeelInput], now: datetime) -> None:
        self.converted: dict[str, FeelValue] = {}
        self.names = self.converted
        self.parent = None
        self.root = self
        self.source = source
        self.variables = variables
        self.now = now
        self.steps = MAX_STEPS
        self.calls = 0

    def read(self, name: str) -> FeelValue:
        """Return the value of a variable, null when there is none."""
        value = self.converted.get(name, _MISSING)
        if value is not _MISSING:
            return value  # type: ignore[return-value]  # what is not the marker is a value
        return self._convert(name)

    def _convert(self, name: str) -> FeelValue:
        raw = self.variables.get(name)
        try:
            value = to_feel(raw, self.spend)
        except TypeError as unfit:
            raise self.error(f"the variable {name!r} can't be used: {unfit}") from None
        self.converted[name] = value
        return value

    def spend(self, steps: int) -> None:
        """Take `steps` from the budget; raise `ExpressionError` when nothing is left."""
        self.steps -= steps
        if self.steps < 0:
            raise self.error(f"the evaluation takes more than {MAX_STEPS} steps; narrow its lists, ranges or texts")

    def spend_text(self, characters: int) -> None:
        """Take what a text of this length costs."""
        self.spend(1 + characters // CHARACTERS_A_STEP)

    def error(self, reason: str) -> ExpressionError:
        """Return the error of this expression with `reason`, to be raised."""
        return ExpressionError(self.source, reason)
