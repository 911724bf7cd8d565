"""Functions over the values of a list, which also take the values as arguments: ``sum([1, 2])``, ``sum(1, 2)``."""

from collections.abc import Callable
from decimal import Decimal
from functools import reduce

from workflows.feel.builtins.registry import builtin
from workflows.feel.comparison import comparable, compare
from workflows.feel.numbers import CONTEXT, ONE, ZERO, finite
from workflows.feel.values import FeelValue

Numbers = list[Decimal]


def _aggregate(name: str, function: Callable[[list[FeelValue]], FeelValue]) -> None:
    builtin(name, "list: list")(function)
    builtin(name, "n*: any")(function)


def _of_numbers(function: Callable[[Numbers], FeelValue]) -> Callable[[list[FeelValue]], FeelValue]:
    def checked(items: list[FeelValue]) -> FeelValue:
        numbers = [item for item in items if isinstance(item, Decimal)]
        return function(numbers) if len(numbers) == len(items) else None

    return checked


def count(items: list[FeelValue]) -> FeelValue:
    return Decimal(len(items))


def _extreme(operator: str) -> Callable[[list[FeelValue]], FeelValue]:
    def find(items: list[FeelValue]) -> FeelValue:
        if not items or not all(comparable(items[0], item) for item in items):
            return None
        return reduce(lambda best, item: item if compare(operator, item, best) else best, items)

    return find


def total(numbers: Numbers) -> FeelValue:
    return finite(_sum(numbers)) if numbers else None


def product(numbers: Numbers) -> FeelValue:
    return finite(reduce(CONTEXT.multiply, numbers, ONE)) if numbers else None


def mean(numbers: Numbers) -> FeelValue:
    return finite(_mean(numbers)) if numbers else None


def median(numbers: Numbers) -> FeelValue:
    if not numbers:
        return None
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return finite(_mean(ordered[middle - 1 : middle + 1]))


def stddev(numbers: Numbers) -> FeelValue:
    """Return the standard deviation of a sample; of a single number there is none."""
    if len(numbers) < 2:  # noqa: PLR2004  # a sample
        return None
    average = _mean(numbers)
    squares = [CONTEXT.power(CONTEXT.subtract(number, average), Decimal(2)) for number in numbers]
    return finite(CONTEXT.sqrt(CONTEXT.divide(_sum(squares), Decimal(len(numbers) - 1))))


def mode(numbers: Numbers) -> FeelValue:
    """Return the numbers that occur most often, in ascending order."""
    occurrences: dict[Decimal, int] = {}
    for number in numbers:
        occurrences[number] = occurrences.get(number, 0) + 1
    most = max(occurrences.values(), default=0)
    return [*sorted(number for number, times in occurrences.items() if times == most)]


def conjunction(items: list[FeelValue]) -> FeelValue:
    return _logic(items, decisive=False)


def disjunction(items: list[FeelValue]) -> FeelValue:
    return _logic(items, decisive=True)


def _logic(items: list[FeelValue], *, decisive: bool) -> bool | None:
    if any(item is decisive for item in items):
        return decisive
    return (not decisive) if all(item is (not decisive) for item in items) else None


def _sum(numbers: Numbers) -> Decimal:
    return reduce(CONTEXT.add, numbers, ZERO)


def _mean(numbers: Numbers) -> Decimal:
    return CONTEXT.divide(_sum(numbers), Decimal(len(numbers)))


builtin("count", "list: list")(count)
for _name, _function in (
    ("min", _extreme("<")),
    ("max", _extreme(">")),
    ("sum", _of_numbers(total)),
    ("product", _of_numbers(product)),
    ("mean", _of_numbers(mean)),
    ("median", _of_numbers(median)),
    ("stddev", _of_numbers(stddev)),
    ("mode", _of_numbers(mode)),
    ("all", conjunction),
    ("any", disjunction),
    ("and", conjunction),  # Camunda's older names of all and any
    ("or", disjunction),
):
    _aggregate(_name, _function)
