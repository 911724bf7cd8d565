"""Whose turn it is, without a server."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.web.turns import Place, Turn, Turns, Waiting

Scene = Callable[[Turns], Awaitable[None]]
_LONG = 1000.0


def _waiting(topic: str = "t", alike: str | None = None, seconds: float = _LONG) -> Waiting:
    return Waiting(frozenset({topic}), seconds, alike)


def _play(scene: Scene, at_once: int = 1) -> None:
    async def play() -> None:
        await scene(Turns(at_once))

    asyncio.run(play())


async def _called(places: list[Place]) -> list[int]:
    """Return which places are called, once everything that is under way has happened."""
    for _ in range(5):
        await asyncio.sleep(0)
    turns = [await place.turn(0) for place in places]
    return [index for index, turn in enumerate(turns) if turn is Turn.LOOK]


def test_a_ring_calls_the_oldest_and_then_the_next() -> None:
    async def scene(turns: Turns) -> None:
        places = [turns.park(_waiting(), turns.now) for _ in range(3)]
        turns.ring({"t"})
        for index, place in enumerate(places):
            assert await _called(places[index:]) == [0], "one at a time, the oldest first"
            place.found_nothing()
        assert await _called(places) == []

    _play(scene)


def test_of_those_alike_one_looks_until_one_finds_nothing() -> None:
    async def scene(turns: Turns) -> None:
        places = [turns.park(_waiting(alike="a"), turns.now) for _ in range(4)]
        turns.ring({"t"})
        assert await _called(places) == [0]
        places[0].leave()  # it found something: there may be more
        assert await _called(places[1:]) == [0]
        places[1].found_nothing()
        assert await _called(places[1:]) == []
        turns.ring({"t"})
        assert await _called(places[1:]) == [0], "it went back to its place, before those who came later"

    _play(scene)


def test_what_rings_while_somebody_looks_is_looked_at_again() -> None:
    async def scene(turns: Turns) -> None:
        place = turns.park(_waiting(alike="a"), turns.now)
        turns.ring({"t"})
        assert await _called([place]) == [0]
        turns.ring({"t"})
        await asyncio.sleep(0)
        place.found_nothing()
        assert await _called([place]) == [0]

    _play(scene)


def test_what_rang_before_it_was_parked_counts() -> None:
    async def scene(turns: Turns) -> None:
        since = turns.now
        turns.ring({"t"})
        await asyncio.sleep(0)
        assert await _called([turns.park(_waiting(), since)]) == [0]
        assert await _called([turns.park(_waiting("other"), since)]) == []

    _play(scene, at_once=2)


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_look_at_once_than_may(at_once: int) -> None:
    async def scene(turns: Turns) -> None:
        places = [turns.park(_waiting(), turns.now) for _ in range(10)]
        turns.ring({"t"})
        assert await _called(places) == list(range(at_once))

    _play(scene, at_once)


def test_a_place_that_is_left_while_it_looks_lets_the_next_one_look() -> None:
    async def scene(turns: Turns) -> None:
        first, second = turns.park(_waiting(), turns.now), turns.park(_waiting(), turns.now)
        turns.ring({"t"})
        assert await _called([first, second]) == [0]
        first.leave()
        assert await _called([second]) == [0]
        second.leave()
        assert turns.waiting == 0

    _play(scene)


def test_a_time_that_is_over_and_an_end_call_too() -> None:
    async def scene(turns: Turns) -> None:
        assert await turns.park(_waiting(seconds=0.01), turns.now).turn() is Turn.OVER
        place = turns.park(_waiting(), turns.now)
        turns.end()
        assert await place.turn() is Turn.OVER
        assert await turns.park(_waiting(), turns.now).turn() is Turn.OVER

    _play(scene)
