"""Numeric functions."""

from collections.abc import Callable
from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

from workflows.feel.arithmetic import POWER_STEPS
from workflows.feel.builtins.registry import builtin
from workflows.feel.frames import Evaluation
from workflows.feel.numbers import CONTEXT, ZERO, finite
from workflows.feel.values import FeelValue, YearsMonths

# Wide enough for the whole quotient of the largest and the smallest number, so that a remainder is exact.
_WIDE = Context(prec=13_000, Emin=-20_000, Emax=20_000, traps=[])
_MIN_SCALE, _MAX_SCALE = -6111, 6176
_MODES = {
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "ceiling": ROUND_CEILING,
    "floor": ROUND_FLOOR,
    "half_up": ROUND_HALF_UP,
    "half_down": ROUND_HALF_DOWN,
    "half_even": ROUND_HALF_EVEN,
}


def round_to(number: Decimal, scale: Decimal | None, rounding: str) -> FeelValue:
    """Return `number` with at most `scale` digits behind the point; a negative scale rounds to tens, hundreds."""
    digits = ZERO if scale is None else scale.to_integral_value(ROUND_DOWN)
    if not _MIN_SCALE <= digits <= _MAX_SCALE:
        return None
    exponent = -int(digits)
    if int(number.as_tuple().exponent) >= exponent:
        return number
    return finite(number.quantize(Decimal((0, (1,), exponent)), rounding, CONTEXT))


def _rounding(name: str, rounding: str) -> None:
    def function(number: Decimal, scale: Decimal | None) -> FeelValue:
        return round_to(number, scale, rounding)

    builtin(name, "n: number", "scale?: number")(function)


for _name, _mode in (
    ("floor", ROUND_FLOOR),
    ("ceiling", ROUND_CEILING),
    ("round up", ROUND_UP),
    ("round down", ROUND_DOWN),
    ("round half up", ROUND_HALF_UP),
    ("round half down", ROUND_HALF_DOWN),
):
    _rounding(_name, _mode)


@builtin("decimal", "n: number", "scale: number", "mode?: string")
def decimal(number: Decimal, scale: Decimal, mode: str | None) -> FeelValue:
    rounding = _MODES.get((mode or "half_even").lower())
    return round_to(number, scale, rounding) if rounding else None


@builtin("abs", "n: number | days and time duration | years and months duration")
def absolute(value: Decimal | timedelta | YearsMonths) -> FeelValue:
    if isinstance(value, YearsMonths):
        return YearsMonths(abs(value.months))
    return abs(value) if isinstance(value, timedelta) else value.copy_abs()


@builtin("modulo", "dividend: number", "divisor: number", evaluation=True)
def modulo(evaluation: Evaluation, dividend: Decimal, divisor: Decimal) -> FeelValue:
    """Return what is left of the dividend; its sign is the divisor's, as the standard's floor makes it."""
    if not divisor:
        return None
    evaluation.spend(POWER_STEPS)
    left = _WIDE.remainder(dividend, divisor)
    if left and (left < 0) != (divisor < 0):
        left = CONTEXT.add(left, divisor)
    return finite(left)


def _real_function(name: str, operation: Callable[[Decimal], Decimal]) -> None:
    def function(evaluation: Evaluation, number: Decimal) -> FeelValue:
        evaluation.spend(POWER_STEPS)
        return finite(operation(number))

    builtin(name, "number: number", evaluation=True)(function)


_real_function("sqrt", CONTEXT.sqrt)
_real_function("exp", CONTEXT.exp)
_real_function("log", CONTEXT.ln)


@builtin("odd", "number: number")
def odd(number: Decimal) -> FeelValue:
    return abs(_WIDE.remainder(number, Decimal(2))) == 1


@builtin("even", "number: number")
def even(number: Decimal) -> FeelValue:
    return not _WIDE.remainder(number, Decimal(2))
