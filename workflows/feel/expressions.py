"""Compiled expressions: what callers hold."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Literal

from workflows.errors import ExpressionError
from workflows.feel.compiler import Lexical, Run, compile_node, compile_tests
from workflows.feel.frames import Evaluation, Frame
from workflows.feel.parser import parse_expression, parse_unary_tests
from workflows.feel.text import to_plain
from workflows.feel.tree import Node
from workflows.feel.values import FeelInput, FeelValue, to_feel
from workflows.values import JsonValue

_INPUT = "?"


class FeelExpression:
    """An expression, parsed and compiled; safe to share between threads."""

    language: ClassVar[Literal["feel"]] = "feel"
    __slots__ = ("_run", "names", "source")

    source: str
    names: frozenset[str]

    def __init__(self, source: str, names: frozenset[str], run: Run) -> None:
        self.source = source
        self.names = names
        self._run = run

    def evaluate(self, variables: Mapping[str, FeelInput], now: datetime) -> FeelValue:
        """Return the value over `variables`; `now` is the aware time that now() and today() give.

        Raises `ExpressionError` when the budget is used up, or `assert` or a variable of no FEEL type fails.
        """
        try:
            return self._run(Evaluation(self.source, variables, now))
        except RecursionError:
            raise too_deep(self.source) from None

    def json(self, variables: Mapping[str, FeelInput], now: datetime) -> JsonValue:
        """Return the value as JSON: dates, times and durations as ISO 8601 text, ranges as FEEL text.

        Raises `ExpressionError` as `evaluate` does, and for functions and numbers that JSON can't carry.
        """
        evaluation = Evaluation(self.source, variables, now)
        try:
            return to_plain(evaluation, self._run(evaluation))
        except RecursionError:
            raise too_deep(self.source) from None

    def __repr__(self) -> str:
        return f"FeelExpression({self.source!r})"


class FeelUnaryTests:
    """The tests of a decision table's input entry, parsed and compiled; safe to share between threads."""

    language: ClassVar[Literal["feel"]] = "feel"
    __slots__ = ("_negated", "_run", "names", "source")

    source: str
    names: frozenset[str]

    def __init__(self, source: str, names: frozenset[str], run: Run | None, *, negated: bool) -> None:
        self.source = source
        self.names = names
        self._run = run
        self._negated = negated

    def matches(self, value: FeelInput, variables: Mapping[str, FeelInput], now: datetime) -> bool:
        """Say whether an input `value` passes; a test that gives null does not. Raises as `evaluate` does."""
        if self._run is None:
            return True
        evaluation = Evaluation(self.source, variables, now)
        try:
            passed = self._run(Frame({_INPUT: to_feel(value, evaluation.spend)}, evaluation))
        except RecursionError:
            raise too_deep(self.source) from None
        except TypeError as unfit:
            raise evaluation.error(f"the input can't be used: {unfit}") from None
        return passed is (not self._negated)

    def __repr__(self) -> str:
        return f"FeelUnaryTests({self.source!r})"


def compile_expression(source: str, names: Iterable[str] = ()) -> FeelExpression:
    """Return `source` compiled. `names` are variables whose names have operator characters or keywords inside.

    Raises `ExpressionError` with the position of the first mistake.
    """
    tree = parse_expression(source, names)
    lexical = Lexical(source)
    run = _compile(tree, lexical)
    return FeelExpression(source, frozenset(lexical.free), run)


def compile_unary_tests(source: str, names: Iterable[str] = ()) -> FeelUnaryTests:
    """Return the unary tests `source` compiled; the input is ``?``, and ``-`` or nothing accepts all.

    Raises `ExpressionError` with the position of the first mistake.
    """
    tree = parse_unary_tests(source, names)
    if not tree.tests:
        return FeelUnaryTests(source, frozenset(), None, negated=False)
    lexical = Lexical(source, bound=frozenset([_INPUT]))
    try:
        run = compile_tests(tree.tests, lexical)
    except RecursionError:
        raise too_deep(source) from None
    return FeelUnaryTests(source, frozenset(lexical.free), run, negated=tree.negated)


def too_deep(source: str) -> ExpressionError:
    """Return the error of an expression whose parts or values are nested beyond what Python can follow."""
    return ExpressionError(source, "the expression, or a value it uses, is nested too deeply")


def _compile(tree: Node, lexical: Lexical) -> Run:
    try:
        return compile_node(tree, lexical)
    except RecursionError:
        raise too_deep(lexical.source) from None
