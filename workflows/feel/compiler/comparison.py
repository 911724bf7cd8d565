"""Comparisons, ``between`` and ``in``, with a short way for the commonest: two numbers."""

import operator
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Any

from workflows.feel.builtins import find_function
from workflows.feel.comparison import compare, equal
from workflows.feel.compiler.registry import Lexical, Run, compile_node, compiles
from workflows.feel.compiler.tests import compile_tests
from workflows.feel.frames import Frame
from workflows.feel.tree import Between, Comparison, Membership, Name, Node
from workflows.feel.values import FeelValue

_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@compiles(Comparison)
def comparison(node: Comparison, lexical: Lexical) -> Run:
    run = _values(node, lexical)
    names = [_variable_name(side, lexical) for side in (node.left, node.right)]
    left, right = names
    return _variables(node.operator, left, right, run) if left and right else run


def _values(node: Comparison, lexical: Lexical) -> Run:
    left, right = compile_node(node.left, lexical), compile_node(node.right, lexical)
    numeric, sign = _NUMERIC[node.operator], node.operator

    def run(frame: Frame) -> FeelValue:
        first, second = left(frame), right(frame)
        if type(first) is Decimal and type(second) is Decimal:
            return numeric(first, second)
        if sign == "=":
            return equal(frame.root, first, second)
        if sign == "!=":
            same = equal(frame.root, first, second)
            return None if same is None else not same
        return compare(sign, first, second)

    return run


def _variable_name(node: Node, lexical: Lexical) -> str | None:
    """Return the name of the variable that `node` surely reads."""
    if not isinstance(node, Name) or lexical.dynamic or node.name in lexical.bound:
        return None
    return None if find_function(node.name) else node.name


def _variables(sign: str, left: str, right: str, otherwise: Run) -> Run:
    """Compare two variables as they came, without conversion: equal types compare as their decimals do."""
    numeric = _NUMERIC[sign]

    def run(frame: Frame) -> FeelValue:
        variables = frame.root.variables
        first, second = variables.get(left), variables.get(right)
        if type(first) is int and type(second) is int:
            return numeric(first, second)
        if type(first) is float and type(second) is float and isfinite(first) and isfinite(second):
            return numeric(first, second)
        return otherwise(frame)

    return run


@compiles(Between)
def between(node: Between, lexical: Lexical) -> Run:
    operand, low, high = (compile_node(part, lexical) for part in (node.operand, node.low, node.high))

    def run(frame: Frame) -> FeelValue:
        value = operand(frame)
        above, below = compare(">=", value, low(frame)), compare("<=", value, high(frame))
        if above is False or below is False:
            return False
        return None if above is None or below is None else True

    return run


@compiles(Membership)
def membership(node: Membership, lexical: Lexical) -> Run:
    operand = compile_node(node.operand, lexical)
    tests = compile_tests(node.tests, lexical.binding("?"))
    return lambda frame: tests(Frame({"?": operand(frame)}, frame))
