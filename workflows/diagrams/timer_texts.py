"""Times that a diagram says as constants, tried when it is deployed."""

from workflows.diagrams.compilation import Compilation
from workflows.diagrams.elements import Element
from workflows.diagrams.graph import TimerKind
from workflows.errors import ExpressionError
from workflows.timers import parse_duration, parse_timer


def check_timer(compilation: Compilation, element: Element, kind: TimerKind, text: str) -> None:
    """Note a timer text that says no time."""
    try:
        parse_timer(kind.value, text)
    except ExpressionError as error:
        compilation.problem(
            element, f"The timer's {kind.value} {text!r} can't be read.", f"Correct it: {error.reason}."
        )


def check_retry_cycle(compilation: Compilation, element: Element, text: str) -> None:
    """Note a retry cycle that is neither a repeating interval (R3/PT10M) nor a list of durations (PT1M,PT5M)."""
    try:
        if text.startswith("R"):
            parse_timer(TimerKind.CYCLE.value, text)
        else:
            for part in text.split(","):
                parse_duration(part.strip())
    except ExpressionError as error:
        mend = f"Write one such as R3/PT10M or PT1M,PT5M: {error.reason}."
        compilation.problem(element, f"The retry cycle {text!r} can't be read.", mend)
