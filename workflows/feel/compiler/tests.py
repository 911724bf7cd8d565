"""Tests of an input value, ``?``: the entries of decision tables, and the right side of ``in``."""

from workflows.feel.comparison import compare, contained, equal
from workflows.feel.compiler.registry import Lexical, Run, compile_node
from workflows.feel.frames import Frame
from workflows.feel.tree import Node, UnaryComparison, reads
from workflows.feel.values import FeelValue

INPUT = "?"


def compile_tests(tests: tuple[Node, ...], lexical: Lexical) -> Run:
    """Return the disjunction of `tests`, to be run in a frame that binds ``?``."""
    compiled = [_compile_test(test, lexical) for test in tests]
    if len(compiled) == 1:
        return compiled[0]

    def run(frame: Frame) -> FeelValue:
        result: bool | None = False
        for test in compiled:
            passed = test(frame)
            if passed is True:
                return True
            if passed is None:
                result = None
        return result

    return run


def _compile_test(test: Node, lexical: Lexical) -> Run:
    if isinstance(test, UnaryComparison):
        return _comparison(test.operator, compile_node(test.operand, lexical))
    value = compile_node(test, lexical)
    return _condition(value) if reads(test, INPUT) else _value(value)


def _comparison(operator: str, operand: Run) -> Run:
    if operator not in ("=", "!="):
        return lambda frame: compare(operator, frame.names[INPUT], operand(frame))

    def run(frame: Frame) -> FeelValue:
        same = equal(frame.root, frame.names[INPUT], operand(frame))
        return same if same is None or operator == "=" else not same

    return run


def _condition(value: Run) -> Run:
    """Compile a test that asks about ``?`` itself: its boolean is the answer."""

    def run(frame: Frame) -> FeelValue:
        found = value(frame)
        return found if found is None or isinstance(found, bool) else _among(frame, found)

    return run


def _value(value: Run) -> Run:
    """Compile a test that gives a value, a list or a range; a boolean is an answer unless the input is one."""

    def run(frame: Frame) -> FeelValue:
        found = value(frame)
        if isinstance(found, bool) and not isinstance(frame.names[INPUT], bool | list | None):
            return found
        return _among(frame, found)

    return run


def _among(frame: Frame, found: FeelValue) -> bool | None:
    return contained(frame.root, frame.names[INPUT], found)
