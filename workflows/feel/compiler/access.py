"""Paths and filters."""

from collections.abc import Callable
from decimal import Decimal

from workflows.feel.access import read_path
from workflows.feel.compiler.registry import Lexical, Run, compile_node, compiles
from workflows.feel.frames import Frame
from workflows.feel.numbers import whole
from workflows.feel.tree import Filter, Literal, Negation, Node, Path, price
from workflows.feel.values import FeelValue


@compiles(Path)
def path(node: Path, lexical: Lexical) -> Run:
    operand, name = compile_node(node.operand, lexical), node.name
    return lambda frame: read_path(frame.root, operand(frame), name)


@compiles(Filter)
def filter_(node: Filter, lexical: Lexical) -> Run:
    """Compile ``list[condition]``: a number picks one item, anything else keeps the items for which it is true.

    What is no list counts as a list of one; null stays null.
    """
    operand = compile_node(node.operand, lexical)
    if _is_index(node.condition):
        index = compile_node(node.condition, lexical)
        return lambda frame: _pick(_items(operand(frame)), index(frame))
    condition, cost = compile_node(node.condition, lexical.filtering()), price(node.condition)

    def run(frame: Frame) -> FeelValue:
        items = _items(operand(frame))
        return None if items is None else _select(frame, items, condition, cost)

    return run


def _is_index(node: Node) -> bool:
    literal = node.operand if isinstance(node, Negation) else node
    return isinstance(literal, Literal) and isinstance(literal.value, Decimal)


def _items(value: FeelValue) -> list[FeelValue] | None:
    return value if isinstance(value, list) or value is None else [value]


def _pick(items: list[FeelValue] | None, index: FeelValue) -> FeelValue:
    position = whole(index) if isinstance(index, Decimal) else None
    if not items or not position or abs(position) > len(items):
        return None
    return items[position - 1 if position > 0 else position]


def _select(frame: Frame, items: list[FeelValue], condition: Callable[[Frame], FeelValue], cost: int) -> FeelValue:
    frame.root.spend(cost * (1 + len(items)))
    if not items:
        return None if isinstance(condition(frame), Decimal) else []
    kept: list[FeelValue] = []
    for position, item in enumerate(items):
        inner = Frame({"item": item}, frame)
        answer = condition(Frame(item, inner) if isinstance(item, dict) else inner)
        if position == 0 and isinstance(answer, Decimal):
            return _pick(items, answer)
        if answer is True:
            kept.append(item)
    return kept
