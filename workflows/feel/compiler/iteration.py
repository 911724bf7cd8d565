"""``for``, ``some`` and ``every``."""

from collections.abc import Callable, Iterable
from collections.abc import Iterator as Frames
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from workflows.feel.compiler.registry import Lexical, Run, compile_node, compiles
from workflows.feel.frames import Frame
from workflows.feel.numbers import whole
from workflows.feel.tree import For, Iterator, Quantified, price, reads
from workflows.feel.values import FeelValue, Range, is_date

PARTIAL = "partial"

# The values of one iterator, asked for in the frame of those before it.
Domain: TypeAlias = Callable[[Frame], Iterable[FeelValue]]


class _NoDomain(Exception):
    """An iterator has neither a list nor a range to go through, so the whole loop is null."""


@compiles(For)
def for_loop(node: For, lexical: Lexical) -> Run:
    inner, iterators = _iterators(node.iterators, lexical)
    body = compile_node(node.body, inner.binding(PARTIAL))
    cost = price(node.body)
    collect = _collect_partial if reads(node.body, PARTIAL) else _collect

    def run(frame: Frame) -> FeelValue:
        try:
            return collect(_combinations(frame, iterators, cost), body)
        except _NoDomain:
            return None

    return run


def _collect(frames: Frames[Frame], body: Run) -> list[FeelValue]:
    return [body(frame) for frame in frames]


def _collect_partial(frames: Frames[Frame], body: Run) -> list[FeelValue]:
    results: list[FeelValue] = []
    for frame in frames:
        frame.root.spend(len(results))
        # The body may keep what it sees, so it sees a copy, which grows no more.
        results.append(body(Frame({PARTIAL: list(results)}, frame)))
    return results


@compiles(Quantified)
def quantified(node: Quantified, lexical: Lexical) -> Run:
    """Compile `some` and `every`: `or` and `and` over the conditions."""
    inner, iterators = _iterators(node.iterators, lexical)
    condition, decisive = compile_node(node.condition, inner), node.decisive
    cost = price(node.condition)

    def run(frame: Frame) -> FeelValue:
        result: bool | None = not decisive
        try:
            for bound in _combinations(frame, iterators, cost):
                value = condition(bound)
                if value is decisive:
                    return decisive
                if value is not result:
                    result = None
        except _NoDomain:
            return None
        return result

    return run


def _iterators(iterators: tuple[Iterator, ...], lexical: Lexical) -> tuple[Lexical, tuple[tuple[str, Domain], ...]]:
    """Return what is known inside all `iterators`, and each one's name and domain."""
    compiled = []
    for iterator in iterators:
        compiled.append((iterator.name, _domain(iterator, lexical)))
        lexical = lexical.binding(iterator.name)
    return lexical, tuple(compiled)


def _combinations(frame: Frame, iterators: tuple[tuple[str, Domain], ...], cost: int) -> Frames[Frame]:
    """Yield a frame for each combination of values, the last iterator turning fastest; each takes `cost` steps."""
    (name, domain), rest = iterators[0], iterators[1:]
    for value in domain(frame):
        frame.root.spend(cost)
        bound = Frame({name: value}, frame)
        if rest:
            yield from _combinations(bound, rest, cost)
        else:
            yield bound


def _domain(iterator: Iterator, lexical: Lexical) -> Domain:
    start = compile_node(iterator.domain, lexical)
    if iterator.end is None:
        return lambda frame: _values_of(start(frame))
    end = compile_node(iterator.end, lexical)
    return lambda frame: _count(start(frame), end(frame))


def _values_of(value: FeelValue) -> Iterable[FeelValue]:
    if value is None:
        raise _NoDomain
    if isinstance(value, Range):
        return _values_in(value)
    return value if isinstance(value, list) else [value]


def _values_in(range_: Range) -> Iterable[FeelValue]:
    """Return the whole numbers or the days inside a range, upwards."""
    if range_.start_unbounded or range_.end_unbounded:
        raise _NoDomain
    low, high = _step(range_.start, range_.end)
    first = low if range_.start_included else low + 1
    return map(_maker(range_.start), range(first, high + 1 if range_.end_included else high))


def _count(start: FeelValue, end: FeelValue) -> Iterable[FeelValue]:
    """Return the whole numbers or the days from `start` to `end`, downwards where `end` is less."""
    low, high = _step(start, end)
    return map(_maker(start), range(low, high + 1) if low <= high else range(low, high - 1, -1))


def _step(start: FeelValue, end: FeelValue) -> tuple[int, int]:
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        low, high = whole(start), whole(end)
        if low is not None and high is not None:
            return low, high
    if isinstance(start, date) and isinstance(end, date) and is_date(start) and is_date(end):
        return start.toordinal(), end.toordinal()
    raise _NoDomain


def _maker(like: FeelValue) -> Callable[[int], FeelValue]:
    return Decimal if isinstance(like, Decimal) else date.fromordinal
