"""Laying out nodes and links that nobody has drawn: from left to right, in layers.

The method is Sugiyama's, in its plainest form: `layers` says which column each node stands in and in which order;
here they get their places, and the links their ways between the columns.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from workflows.pictures.layers import Layers, Way, into_layers
from workflows.pictures.model import Bounds, Edge, Link, Node, Picture, Point, Shape

_COLUMN_GAP, _ROW_GAP = 60.0, 40.0
_PADDING, _HEADING = 30.0, 24.0
_TASK, _EVENT, _GATEWAY = (100.0, 80.0), (36.0, 36.0), (50.0, 50.0)
_LABEL_ROOM = 52.0
_SWEEPS = 8
_BORDER_STEP = 48.0
_DROP = 90.0
"""How far below its activity the way of a boundary event goes."""

_BACK = 18.0
"""How far below the middle of a side a link leads back."""

_LANE = 9.0
"""Between two links that turn in the same gap."""


def lay_out(nodes: Sequence[Node], links: Sequence[Link]) -> Picture:
    """Give nodes their places and links their ways. A link with an end that is no node is left out."""
    levels: dict[str | None, list[Node]] = defaultdict(list)
    known = {node.id for node in nodes}
    for node in nodes:
        levels[node.parent if node.parent in known else None].append(node)
    return _level(levels, None, list(links))


def _level(levels: dict[str | None, list[Node]], parent: str | None, links: list[Link]) -> Picture:
    """The nodes of one process or sub-process, and what is inside them, from the point (0, 0) on."""
    inside = {node.id: _level(levels, node.id, links) for node in levels[parent] if node.id in levels}
    shapes: list[Shape] = []
    edges: list[Edge] = []
    down = 0.0
    for nodes, own in _connected(levels[parent], links):
        piece = _moved(_piece(nodes, own, inside), 0.0, down)
        shapes += piece.shapes
        edges += piece.edges
        down = max(shape.bounds.bottom for shape in piece.shapes) + _ROW_GAP + _LABEL_ROOM / 2
    return Picture(tuple(shapes), tuple(edges))


def _connected(nodes: list[Node], links: list[Link]) -> Iterator[tuple[list[Node], list[Link]]]:
    """The pieces of a level that no link connects: they stand one below the other."""
    leaders = {node.id: node.id for node in nodes}
    own = [link for link in links if link.source in leaders and link.target in leaders]
    for node in nodes:
        if node.attached_to in leaders:
            leaders[_leader(leaders, node.id)] = _leader(leaders, node.attached_to)
    for link in own:
        leaders[_leader(leaders, link.target)] = _leader(leaders, link.source)
    pieces: dict[str, tuple[list[Node], list[Link]]] = defaultdict(lambda: ([], []))
    for node in nodes:
        pieces[_leader(leaders, node.id)][0].append(node)
    for link in own:
        pieces[_leader(leaders, link.source)][1].append(link)
    yield from pieces.values()


def _leader(leaders: dict[str, str], node: str) -> str:
    """The node that stands for all that are connected with this one."""
    while leaders[node] != node:
        leaders[node] = node = leaders[leaders[node]]
    return node


def _piece(nodes: list[Node], own: list[Link], inside: dict[str, Picture]) -> Picture:
    activities = {node.id for node in nodes if node.attached_to is None}
    attached = [node for node in nodes if node.attached_to in activities]
    hosts = {node.id: str(node.attached_to) for node in attached}
    free = [node for node in nodes if node.id not in hosts]
    layers = into_layers(
        [node.id for node in free],
        [(link.id, hosts.get(link.source, link.source), hosts.get(link.target, link.target)) for link in own],
        {link.id: place for place, node in enumerate(attached, 1) for link in own if link.source == node.id},
    )
    placing = _Placing(layers, {node.id: _size(node, inside.get(node.id)) for node in free})
    placing.place()
    bounds = placing.bounds | _on_borders(attached, placing.bounds)
    shapes = [_shape(node, bounds[node.id]) for node in (*free, *attached) if node.id in bounds]
    edges = [placing.edge(link, bounds, hosts) for link in own]
    for node in free:
        if node.id in inside:
            corner = bounds[node.id]
            moved = _moved(inside[node.id], corner.x + _PADDING, corner.y + _PADDING + _HEADING)
            shapes += moved.shapes
            edges += moved.edges
    return Picture(tuple(shapes), tuple(edges))


@dataclass(slots=True)
class _Placing:
    """The columns of one level. `middles` are the heights of the middles of nodes and of the ways between them."""

    layers: Layers
    sizes: dict[str, tuple[float, float]]
    middles: dict[str, float] = field(default_factory=dict)
    bounds: dict[str, Bounds] = field(default_factory=dict)
    _lefts: list[float] = field(default_factory=list)
    _rights: list[float] = field(default_factory=list)
    _turns: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def place(self) -> None:
        """Give each node its bounds."""
        self._set_columns()
        for column in self.layers.columns:
            self._stack(column, dict.fromkeys(column, 0.0))
        for sweep in range(_SWEEPS):
            columns = self.layers.columns if sweep % 2 == 0 else self.layers.columns[::-1]
            for column in columns:
                self._stack(column, {each: self._wanted(each, before=sweep % 2 == 0) for each in column})
        top = min((self.middles[each] - self._height(each) / 2 for each in self.middles), default=0.0)
        for number, column in enumerate(self.layers.columns):
            for each in column:
                self.middles[each] -= top
                if each in self.sizes:
                    self._bound(each, number)

    def edge(self, link: Link, bounds: dict[str, Bounds], hosts: dict[str, str]) -> Edge:
        """Return the way of a link: across the columns at the heights that were kept free for it."""
        way = self.layers.ways[link.id]
        source, target = bounds[link.source], bounds[link.target]
        if way.first == way.last:
            return Edge(link.id, link.name, "sequenceFlow", _loop(source, target), link.traits)
        if way.reversed:
            points = self._points(way, _lower(target), _lower(source))[::-1]
        else:
            points = self._points(way, source, target)
        if link.source in hosts:
            points = _from_border(source, bounds[hosts[link.source]], points)
        return Edge(link.id, link.name, "sequenceFlow", points, link.traits)

    def _set_columns(self) -> None:
        left = 0.0
        begun = Counter(way.first for way in self.layers.ways.values())
        begun.subtract(way.last for way in self.layers.ways.values())
        crossing = list(accumulate(begun[number] for number in range(len(self.layers.columns))))
        for number, column in enumerate(self.layers.columns):
            width = max((self.sizes[each][0] for each in column if each in self.sizes), default=0.0)
            self._lefts.append(left)
            self._rights.append(left + width)
            left += width + _COLUMN_GAP + _LANE * max(0, crossing[number] - 2)

    def _bound(self, node: str, column: int) -> None:
        width, height = self.sizes[node]
        left = (self._lefts[column] + self._rights[column] - width) / 2
        self.bounds[node] = Bounds(left, self.middles[node] - height / 2, width, height)

    def _height(self, each: str) -> float:
        return self.sizes[each][1] if each in self.sizes else 0.0

    def _wanted(self, each: str, *, before: bool) -> float:
        neighbours = self.layers.before[each] if before else self.layers.after[each]
        if not neighbours:
            return self.middles[each]
        depths = self.layers.depths
        wanted = [self.middles[other] + (_DROP if depths.get((other, each)) else 0.0) for other in neighbours]
        return sum(wanted) / len(neighbours)

    def _stack(self, column: list[str], wanted: dict[str, float]) -> None:
        """Put a column where it wants to be, in its order and without overlaps: from above, then balanced."""
        low: list[float] = []
        for place, each in enumerate(column):
            least = low[-1] + self._distance(column[place - 1], each) if place else wanted[each]
            low.append(max(wanted[each], least))
        high = [wanted[each] for each in column]
        for place in range(len(column) - 2, -1, -1):
            high[place] = min(high[place], high[place + 1] - self._distance(column[place], column[place + 1]))
        for each, down, up in zip(column, low, high, strict=True):
            self.middles[each] = (down + up) / 2

    def _distance(self, upper: str, lower: str) -> float:
        label = _LABEL_ROOM if upper in self.sizes and self._height(upper) < _TASK[1] else 0.0
        return (self._height(upper) + self._height(lower)) / 2 + max(_ROW_GAP, label)

    def _points(self, way: Way, source: Bounds, target: Bounds) -> tuple[Point, ...]:
        """From left to right; a way turns once in each gap between columns."""
        points = [(source.right, source.center[1])]
        heights = [*(self.middles[each] for each in way.between), target.center[1]]
        for column, height in zip(range(way.last - len(heights), way.last), heights, strict=True):
            if abs(height - points[-1][1]) > 0.5:  # noqa: PLR2004 -- else it goes straight on
                turn = self._rights[column] + _COLUMN_GAP / 3 + _LANE * self._turns[column]
                self._turns[column] += 1
                points += [(turn, points[-1][1]), (turn, height)]
        return (*points, (target.x, target.center[1]))


def _size(node: Node, inside: Picture | None) -> tuple[float, float]:
    if inside is not None and inside.shapes:
        right = max(shape.bounds.right for shape in inside.shapes)
        bottom = max(shape.bounds.bottom for shape in inside.shapes)
        return max(right + 2 * _PADDING, _TASK[0]), bottom + 2 * _PADDING + _HEADING
    if node.kind.endswith("Event"):
        return _EVENT
    return _GATEWAY if node.kind.endswith("Gateway") else _TASK


def _shape(node: Node, bounds: Bounds) -> Shape:
    return Shape(node.id, node.name, node.kind, bounds, node.event, node.traits)


def _on_borders(attached: list[Node], bounds: dict[str, Bounds]) -> dict[str, Bounds]:
    """Boundary events stand side by side on the lower border of their activities, from the right."""
    places: dict[str, int] = defaultdict(int)
    found = {}
    for node in attached:
        host = bounds.get(str(node.attached_to))
        if host is not None:
            width, height = _EVENT
            left = host.right - 8 - width - places[str(node.attached_to)] * _BORDER_STEP
            found[node.id] = Bounds(left, host.bottom - height / 2, width, height)
            places[str(node.attached_to)] += 1
    return found


def _from_border(event: Bounds, host: Bounds, points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Let the way of a boundary event begin below it, those of several on one activity one below the other."""
    x = event.center[0]
    below = event.bottom + 14 + _LANE * round((host.right - event.right) / _BORDER_STEP)
    end = points[-1]
    turn, rest = (points[1][0], points[2:]) if len(points) > 2 else (end[0] - 20, ((end[0] - 20, end[1]), end))  # noqa: PLR2004
    return ((x, event.bottom), (x, below), (turn, below), *rest)


def _lower(bounds: Bounds) -> Bounds:
    return replace(bounds, y=bounds.y + min(_BACK, bounds.height / 4))


def _loop(source: Bounds, target: Bounds) -> tuple[Point, ...]:
    """From an activity back into it over the top, or from its boundary event around its left side."""
    if source == target:
        right, top, (x, y) = source.right + 18, source.y - 18, source.center
        return ((source.right, y), (right, y), (right, top), (x, top), (x, source.y))
    left, below, y = target.x - 18, source.bottom + 14, target.center[1]
    return ((source.center[0], source.bottom), (source.center[0], below), (left, below), (left, y), (target.x, y))


def _moved(picture: Picture, right: float, down: float) -> Picture:
    return Picture(
        tuple(
            replace(shape, bounds=replace(shape.bounds, x=shape.bounds.x + right, y=shape.bounds.y + down))
            for shape in picture.shapes
        ),
        tuple(replace(edge, points=tuple((x + right, y + down) for x, y in edge.points)) for edge in picture.edges),
    )
