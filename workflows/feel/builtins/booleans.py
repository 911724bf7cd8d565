"""Boolean functions, and Camunda's functions about null."""

from workflows.feel.builtins.registry import builtin
from workflows.feel.frames import Evaluation
from workflows.feel.values import FeelValue


@builtin("not", "negand: boolean")
def negate(negand: bool) -> FeelValue:
    return not negand


@builtin("is defined", "value: any")
def is_defined(value: FeelValue) -> FeelValue:
    return value is not None


@builtin("get or else", "value: any", "default: any")
def get_or_else(value: FeelValue, default: FeelValue) -> FeelValue:
    return default if value is None else value


@builtin("assert", "value: any", "condition: any", "cause?: string", evaluation=True)
def assert_(evaluation: Evaluation, value: FeelValue, condition: FeelValue, cause: str | None) -> FeelValue:
    if condition is not True:
        raise evaluation.error(f"assertion failed: {cause or 'the condition is not true'}")
    return value
