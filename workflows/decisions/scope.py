"""What the parts of a decision see while it is evaluated, and how much they may take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final

from workflows.decisions.errors import DecisionError, Origin, error_at
from workflows.feel import FeelInput

MAX_DEPTH: Final = 20  # business knowledge models inside each other
MAX_CALLS: Final = 10_000  # of business knowledge models in one evaluation
MAX_SECONDS: Final = 10.0  # for one evaluation; FEEL has its own limit for each expression


@dataclass(slots=True)
class Limits:
    """What one evaluation has used up. Each expression has its budget in FEEL; this bounds all of them together."""

    started: float = field(default_factory=monotonic)
    calls: int = 0
    depth: int = 0

    def check(self, origin: Origin) -> None:
        """Raise `DecisionError` at `origin` when the evaluation has taken too long."""
        if monotonic() - self.started > MAX_SECONDS:
            raise error_at(origin, f"the decision takes more than {MAX_SECONDS:g} seconds; simplify its expressions")

    def enter(self, model: str) -> None:
        """Count a call of a model that begins; raise `DecisionError` when there are too many."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise DecisionError(model, f"it is called more than {MAX_CALLS} times; narrow the lists it is called for")
        if self.depth >= MAX_DEPTH:
            raise DecisionError(model, f"business knowledge models call each other more than {MAX_DEPTH} deep")
        self.depth += 1

    def leave(self) -> None:
        """Count a call that ends."""
        self.depth -= 1


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that are visible at one place, the time, and the limits of the evaluation it belongs to."""

    variables: Mapping[str, FeelInput]
    now: datetime
    limits: Limits = field(default_factory=Limits)

    def binding(self, names: Mapping[str, FeelInput]) -> "Scope":
        """Return the scope below, with further names; they hide those around."""
        return Scope({**self.variables, **names}, self.now, self.limits) if names else self
