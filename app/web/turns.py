"""Whose turn it is: requests that wait for topics to ring look again one after the other, the oldest first.

Everything here happens in the thread of one event loop, but `Turns.ring`.
"""

import asyncio
from bisect import insort
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count

EVERYTHING = "*"
"""The topic that everybody waits for beside their own: it rings when it is not known what happened."""

_MOST_REMEMBERED = 20_000


class Turn(Enum):
    """What a place was called for: to look again, because its time is over, or because its client is gone."""

    LOOK = auto()
    OVER = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a request waits for: one of `topics`, for `seconds` at most.

    Requests with the same `alike`, if it is not None, and the same topics would all find the same: when one of them
    finds nothing, the others need not look. Somebody of them looks every so many seconds even if nothing rings.
    """

    topics: frozenset[str]
    seconds: float
    alike: Hashable = None
    every: float | None = None


@dataclass(eq=False, slots=True)
class _Group:
    """Places that would find the same; of most requests there is one for each."""

    key: Hashable
    topics: frozenset[str]
    every: float | None
    waiting: list["Place"] = field(default_factory=list)
    members: int = 0
    looking: bool = False
    rung: int = 0
    clock: asyncio.TimerHandle | None = None

    def age(self) -> int:
        """The number of the oldest place: the smaller, the older."""
        return self.waiting[0].number if self.waiting else 0


class Place:
    """The place of one request in the queue, from when it is parked until it leaves."""

    def __init__(self, turns: "Turns", group: _Group, number: int, seconds: float) -> None:
        self._turns, self._group, self.number = turns, group, number
        self._loop = asyncio.get_running_loop()
        self._called: asyncio.Future[Turn] = self._loop.create_future()
        self._end = self._loop.call_later(seconds, self.call, Turn.OVER)
        self.since = 0
        self.looking = False

    def __lt__(self, other: "Place") -> bool:
        return self.number < other.number

    def call(self, turn: Turn) -> None:
        """Say what it is to do next; only the first word counts."""
        if not self._called.done():
            self._called.set_result(turn)

    async def turn(self, patience: float | None = None) -> Turn | None:
        """Wait until it is called; None if it was not within so many seconds."""
        done, _ = await asyncio.wait({self._called}, timeout=patience)
        return self._called.result() if done else None

    def found_nothing(self) -> None:
        """Go back to its place, after having looked."""
        self._called = self._loop.create_future()
        if self._end.when() <= self._loop.time():
            self.call(Turn.OVER)
        self._turns.looked(self._group, self, found=False)

    def leave(self) -> None:
        """Leave the queue; if it was looking, the next one looks."""
        self._end.cancel()
        self._turns.left(self._group, self)


class Turns:
    """The queue of one process, in which `at_once` requests look at a time."""

    def __init__(self, at_once: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._free = at_once
        self._numbers = count()
        self._groups: dict[Hashable, _Group] = {}
        self._by_topic: dict[str, set[_Group]] = {}
        self._due: dict[_Group, None] = {}
        self._rung: dict[str, int] = {}
        self._forgotten = 0
        self._ended = False
        self.now = 0
        """How often something rang so far."""

    @property
    def waiting(self) -> int:
        """How many requests have a place."""
        return sum(group.members for group in self._groups.values())

    def ring(self, topics: Iterable[str]) -> None:
        """Wake, in turn, who waits for one of `topics`; from any thread."""
        self._loop.call_soon_threadsafe(self._ring, frozenset(topics))

    def park(self, waiting: Waiting, since: int) -> Place:
        """Give a request a place that has looked when `now` was `since`: what rang meanwhile is not missed."""
        number = next(self._numbers)
        key = number if waiting.alike is None else (waiting.alike, waiting.topics)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(key, waiting.topics, waiting.every)
            for topic in (*waiting.topics, EVERYTHING):
                self._by_topic.setdefault(topic, set()).add(group)
            self._tick(group)
        place = Place(self, group, number, waiting.seconds)
        group.members += 1
        insort(group.waiting, place)
        if self._ended:
            place.call(Turn.OVER)
        if self._rang_since(waiting.topics, since):
            self._make_due(group)
        return place

    def end(self) -> None:
        """Let everybody go, now and from now on, because the service ends."""
        self._ended = True
        for group in self._groups.values():
            for place in group.waiting:
                place.call(Turn.OVER)

    def looked(self, group: _Group, place: Place, *, found: bool) -> None:
        """Let the next one look: of the same group if there was something to find, or something rang meanwhile."""
        if not found:
            insort(group.waiting, place)
            if self._ended:
                place.call(Turn.OVER)
        if place.looking:
            place.looking = group.looking = False
            self._free += 1
            if found or group.rung > place.since:
                self._due[group] = None
        self._hand_out()

    def left(self, group: _Group, place: Place) -> None:
        """Forget a place, and its group with the last one."""
        group.members -= 1
        if place in group.waiting:
            group.waiting.remove(place)
        if not group.members:
            del self._groups[group.key]
            self._due.pop(group, None)
            if group.clock is not None:
                group.clock.cancel()
            for topic in (*group.topics, EVERYTHING):
                self._by_topic[topic].discard(group)
                if not self._by_topic[topic]:
                    del self._by_topic[topic]
        self.looked(group, place, found=True)

    def _ring(self, topics: Collection[str]) -> None:
        self.now += 1
        if len(self._rung) > _MOST_REMEMBERED:
            self._rung, self._forgotten = {}, self.now
        self._rung.update(dict.fromkeys(topics, self.now))
        woken = {group for topic in topics for group in self._by_topic.get(topic, ())}
        for group in sorted(woken, key=_Group.age):
            self._make_due(group)

    def _rang_since(self, topics: Iterable[str], since: int) -> bool:
        last = max(self._rung.get(topic, 0) for topic in (*topics, EVERYTHING))
        return max(last, self._forgotten) > since

    def _make_due(self, group: _Group) -> None:
        group.rung = self.now
        self._due[group] = None
        self._hand_out()

    def _tick(self, group: _Group) -> None:
        if group.every is not None:
            if group.waiting:
                self._make_due(group)
            group.clock = self._loop.call_later(group.every, self._tick, group)

    def _hand_out(self) -> None:
        """Call the oldest of each group that is due, as long as not too many look."""
        while self._free and self._due:
            group = next(iter(self._due))
            del self._due[group]
            if group.looking or not group.waiting:
                continue
            place = group.waiting.pop(0)
            place.since, place.looking, group.looking = self.now, True, True
            self._free -= 1
            place.call(Turn.LOOK)
