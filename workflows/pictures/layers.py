"""Which column each node of a graph stands in, and in which order, so that links go right and seldom cross."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 6
_FARTHEST = 50
"""Columns. A link across more of them runs straight, whatever is in its way: hostile diagrams stay small so."""


@dataclass(frozen=True, slots=True)
class Way:
    """A link across the columns `first` to `last`; `between` are the places kept free for it in the columns between.

    A `reversed` one leads back: it is laid out the other way round."""

    first: int
    last: int
    between: tuple[str, ...]
    reversed: bool


@dataclass(slots=True)
class Layers:
    """The columns from left to right, each from top to bottom: ids of nodes, and of places that ways pass.

    `before` and `after` are each one's neighbours in the next columns; `ways` are by link id. `depths` say of pairs of
    neighbours how far below the middle of the first one the link between them begins: 0 for most, then 1, 2, ...
    """

    columns: list[list[str]] = field(default_factory=list)
    before: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    after: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ways: dict[str, Way] = field(default_factory=dict)
    depths: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))


def into_layers(
    nodes: Sequence[str], links: Sequence[tuple[str, str, str]], depths: Mapping[str, int] | None = None
) -> Layers:
    """Order nodes by links, which are triples of id, source and target; `depths` are by link id (see `Layers`)."""
    backward = _backward(nodes, links)
    forward = [
        (link, target, source) if link in backward else (link, source, target)
        for link, source, target in links
        if source != target
    ]
    ranks = _ranks(nodes, forward)
    layers = Layers(columns=[[] for _ in range(max(ranks.values(), default=-1) + 1)])
    for node in nodes:
        layers.columns[ranks[node]].append(node)
    for link, source, target in links:
        if source == target:
            layers.ways[link] = Way(ranks[source], ranks[source], (), reversed=False)
    for link, source, target in forward:
        way = layers.ways[link] = _way(layers, link, (source, target), ranks, reversed_=link in backward)
        if depths and link in depths and not way.reversed:
            layers.depths[source, (*way.between, target)[0]] = depths[link]
    _uncross(layers)
    return layers


def _backward(nodes: Sequence[str], links: Sequence[tuple[str, str, str]]) -> set[str]:
    """The links that lead back to where one has come from, walking from the nodes that nothing leads to."""
    outgoing: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for link, source, target in links:
        outgoing[source].append((link, target))
    reached = {target for _, source, target in links if source != target}
    found: set[str] = set()
    seen: set[str] = set()
    open_: set[str] = set()
    for root in sorted(nodes, key=lambda node: node in reached):
        stack = [] if root in seen else [(root, iter(outgoing[root]))]
        seen.add(root)
        open_.update(node for node, _ in stack)
        while stack:
            node, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                open_.discard(node)
            elif step[1] in open_:
                found.add(step[0])
            elif step[1] not in seen:
                seen.add(step[1])
                open_.add(step[1])
                stack.append((step[1], iter(outgoing[step[1]])))
    return found


def _ranks(nodes: Sequence[str], links: Iterable[tuple[str, str, str]]) -> dict[str, int]:
    """The longest way to each node, over links without circles."""
    incoming: dict[str, int] = dict.fromkeys(nodes, 0)
    outgoing: dict[str, list[str]] = defaultdict(list)
    for _, source, target in links:
        outgoing[source].append(target)
        incoming[target] += 1
    ranks = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not incoming[node]]
    for node in ready:
        for target in outgoing[node]:
            ranks[target] = max(ranks[target], ranks[node] + 1)
            incoming[target] -= 1
            if not incoming[target]:
                ready.append(target)
    return ranks


def _way(layers: Layers, link: str, ends: tuple[str, str], ranks: dict[str, int], *, reversed_: bool) -> Way:
    first, last = ranks[ends[0]], ranks[ends[1]]
    kept_free = range(first + 1, last) if last - first <= _FARTHEST else ()
    between = tuple(f"{link}\0{column}" for column in kept_free)
    for column, place in enumerate(between, first + 1):
        layers.columns[column].append(place)
    stations = (ends[0], *between, ends[1])
    for one, next_ in pairwise(stations):
        layers.after[one].append(next_)
        layers.before[next_].append(one)
    return Way(first, last, between, reversed_)


def _uncross(layers: Layers) -> None:
    """Let everything stand at the average height of its neighbours, to and fro."""
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        neighbours = layers.before if forth else layers.after
        columns = layers.columns if forth else layers.columns[::-1]
        for reference, column in pairwise(columns):
            heights = {each: place for place, each in enumerate(reference)}
            own = {each: place for place, each in enumerate(column)}
            found = {each: _average(layers, heights, each, neighbours[each], own[each]) for each in column}
            column.sort(key=found.__getitem__)


def _average(layers: Layers, heights: dict[str, int], each: str, neighbours: list[str], otherwise: float) -> float:
    known = [heights[other] + layers.depths.get((other, each), 0) / 10 for other in neighbours if other in heights]
    return sum(known) / len(known) if known else otherwise
