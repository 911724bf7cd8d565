"""List functions. Positions count from 1, from the end when negative; one outside the list gives null."""

from decimal import Decimal
from functools import cmp_to_key

from workflows.feel.builtins.registry import builtin
from workflows.feel.comparison import comparable, compare, same
from workflows.feel.frames import Evaluation
from workflows.feel.numbers import whole
from workflows.feel.values import FeelFunction, FeelValue

Items = list[FeelValue]


@builtin("list contains", "list: list", "element: any", evaluation=True)
def list_contains(evaluation: Evaluation, items: Items, element: FeelValue) -> FeelValue:
    return any(same(evaluation, item, element) for item in items)


@builtin("is empty", "list: list")
def is_empty(items: Items) -> FeelValue:
    return not items


@builtin("sublist", "list: list", "start position: number", "length?: number")
def sublist(items: Items, start: Decimal, length: Decimal | None) -> FeelValue:
    first = _index(items, start)
    if first is None:
        return None
    if length is None:
        return items[first:]
    size = whole(length)
    return None if size is None or size < 0 else items[first : first + size]


@builtin("append", "list: list", "item*: any")
def append(items: Items, further: Items) -> FeelValue:
    return items + further


@builtin("concatenate", "list*: list", evaluation=True)
def concatenate(evaluation: Evaluation, lists: Items) -> FeelValue:
    joined: Items = []
    for items in lists:
        if items is None:
            return None
        more = items if isinstance(items, list) else [items]
        evaluation.spend(len(more))
        joined += more
    return joined


@builtin("insert before", "list: list", "position: number", "newItem: any")
def insert_before(items: Items, position: Decimal, item: FeelValue) -> FeelValue:
    index = _index(items, position)
    return None if index is None else [*items[:index], item, *items[index:]]


@builtin("remove", "list: list", "position: number")
def remove(items: Items, position: Decimal) -> FeelValue:
    index = _index(items, position)
    return None if index is None else items[:index] + items[index + 1 :]


@builtin("list replace", "list: list", "position: number", "newItem: any")
def replace_at(items: Items, position: Decimal, item: FeelValue) -> FeelValue:
    index = _index(items, position)
    return None if index is None else [*items[:index], item, *items[index + 1 :]]


@builtin("list replace", "list: list", "match: function", "newItem: any", evaluation=True)
def replace_where(evaluation: Evaluation, items: Items, match: FeelFunction, item: FeelValue) -> FeelValue:
    """Replace each item for which ``match(item, newItem)`` is true; null when one gives no boolean."""
    answers = [match.call(evaluation, [old, item]) for old in items]
    if not all(isinstance(answer, bool) for answer in answers):
        return None
    return [item if answer else old for old, answer in zip(items, answers, strict=True)]


@builtin("reverse", "list: list")
def reverse(items: Items) -> FeelValue:
    return items[::-1]


@builtin("index of", "list: list", "match: any", evaluation=True)
def index_of(evaluation: Evaluation, items: Items, match: FeelValue) -> FeelValue:
    return [Decimal(index) for index, item in enumerate(items, 1) if same(evaluation, item, match)]


@builtin("union", "list*: list", evaluation=True)
def union(evaluation: Evaluation, lists: Items) -> FeelValue:
    joined = concatenate(evaluation, lists)
    return distinct_values(evaluation, joined) if isinstance(joined, list) else None


@builtin("distinct values", "list: list", evaluation=True)
def distinct_values(evaluation: Evaluation, items: Items) -> FeelValue:
    found: Items = []
    for item in items:
        evaluation.spend(len(found))
        if not any(same(evaluation, item, known) for known in found):
            found.append(item)
    return found


@builtin("duplicate values", "list: list", evaluation=True)
def duplicate_values(evaluation: Evaluation, items: Items) -> FeelValue:
    once: Items = []
    twice: Items = []
    for item in items:
        evaluation.spend(len(once))
        if not any(same(evaluation, item, known) for known in once):
            once.append(item)
        elif not any(same(evaluation, item, known) for known in twice):
            twice.append(item)
    return twice


@builtin("flatten", "list: list", evaluation=True)
def flatten(evaluation: Evaluation, items: Items) -> FeelValue:
    flat: Items = []
    pending = items[::-1]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            evaluation.spend(1 + len(item))
            pending += item[::-1]
        else:
            flat.append(item)
    return flat


@builtin("partition", "list: list", "size: number")
def partition(items: Items, size: Decimal) -> FeelValue:
    length = whole(size)
    if length is None or length < 1:
        return None
    return [items[start : start + length] for start in range(0, len(items), length)]


@builtin("sort", "list: list", "precedes: function", evaluation=True)
def sort(evaluation: Evaluation, items: Items, precedes: FeelFunction) -> FeelValue:
    """Sort by a function that says whether its first argument comes first; equal ones keep their order."""

    def order(left: FeelValue, right: FeelValue) -> int:
        if precedes.call(evaluation, [left, right]) is True:
            return -1
        return 1 if precedes.call(evaluation, [right, left]) is True else 0

    return sorted(items, key=cmp_to_key(order))


@builtin("sort", "list: list")
def sort_naturally(items: Items) -> FeelValue:
    """Sort values of one kind upwards."""
    if not all(comparable(items[0], item) for item in items):
        return None

    def order(left: FeelValue, right: FeelValue) -> int:
        return (compare(">", left, right) is True) - (compare("<", left, right) is True)

    return sorted(items, key=cmp_to_key(order))


def _index(items: Items, position: Decimal) -> int | None:
    """Return the Python index of a FEEL position in `items`."""
    number = whole(position)
    if not number or abs(number) > len(items):
        return None
    return number - 1 if number > 0 else len(items) + number
