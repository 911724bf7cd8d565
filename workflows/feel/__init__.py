"""FEEL, the expression language of DMN 1.5: parsed once, compiled to closures, evaluated under a budget.

    amount_due = compile_expression("amount >= charge")
    amount_due.evaluate({"amount": 50, "charge": 49.5}, now)  # True

See README.md beside this file for what is decided where the standard leaves room, and for the limits.
"""

from workflows.feel.expressions import (
    FeelExpression,
    FeelUnaryTests,
    compile_expression,
    compile_unary_tests,
)
from workflows.feel.values import FeelFunction, FeelInput, FeelValue, Range, YearsMonths, to_feel

__all__ = [
    "FeelExpression",
    "FeelFunction",
    "FeelInput",
    "FeelUnaryTests",
    "FeelValue",
    "Range",
    "YearsMonths",
    "compile_expression",
    "compile_unary_tests",
    "to_feel",
]
