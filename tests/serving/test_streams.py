"""Streams of events: to many pages at once, beside pages, resumed after an interruption, and over when nobody reads."""

import asyncio
import time

from tests.serving.asking import opened, say
from tests.serving.conftest import PATIENCE, PROGRAM, Running

STREAMS = 200


async def _event(reader: asyncio.StreamReader) -> dict[str, str]:
    """Return the next event; what only keeps the connection open is passed over."""
    fields: dict[str, str] = {}
    while "data" not in fields:
        block = (await reader.readuntil(b"\n\n")).decode()
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
    return fields


def test_two_hundred_streams_get_an_event_while_pages_are_answered(running: Running) -> None:
    address = f"/stream?since={_newest(running)}"

    async def listen(ready: asyncio.Semaphore) -> str:
        async with opened(running.port, address, PROGRAM) as reader:
            ready.release()
            return (await _event(reader))["data"]

    async def crowd() -> None:
        ready = asyncio.Semaphore(0)
        async with asyncio.TaskGroup() as group:
            streams = [group.create_task(listen(ready)) for _ in range(STREAMS)]
            for _ in range(STREAMS):
                await ready.acquire()
            await asyncio.to_thread(running.until_waiting, STREAMS)
            seconds = await asyncio.to_thread(_pages, running)
            begun = time.perf_counter()
            await asyncio.to_thread(running.put, "news")
        everybody = time.perf_counter() - begun
        slowest = max(seconds) * 1000
        say(f"{STREAMS} streams: pages took {slowest:.0f} ms at most, all had the news in {everybody * 1000:.0f} ms")
        assert [await stream for stream in streams] == ["news"] * STREAMS

    asyncio.run(asyncio.wait_for(crowd(), PATIENCE))
    running.until_waiting(0)


def _pages(running: Running) -> list[float]:
    seconds = []
    for _ in range(30):
        begun = time.perf_counter()
        assert running.get("/page").text == "a page"
        seconds.append(time.perf_counter() - begun)
    return seconds


def test_who_comes_again_misses_nothing_and_gets_nothing_twice(running: Running) -> None:
    async def follow() -> list[str]:
        heard: list[str] = []
        last = ""
        for number in range(5):
            await asyncio.to_thread(running.put, f"unheard {number}")
            headers = PROGRAM | ({"Last-Event-ID": last} if last else {})
            async with opened(running.port, "/stream", headers) as reader:
                while not heard or heard[-1] != f"unheard {number}":
                    heard.append((await _event(reader))["data"])
                await asyncio.to_thread(running.put, f"heard {number}")
                event = await _event(reader)
                heard.append(event["data"])
                last = event["id"]
        return heard

    heard = asyncio.run(asyncio.wait_for(follow(), PATIENCE))
    told = [text for number in range(5) for text in (f"unheard {number}", f"heard {number}")]
    assert heard[heard.index("unheard 0") :] == told


def test_the_address_can_say_what_a_page_has(running: Running) -> None:
    running.put("old")

    address = f"/stream?since={_newest(running)}"

    async def first() -> str:
        async with opened(running.port, address, PROGRAM) as reader:
            await asyncio.to_thread(running.put, "new")
            return (await _event(reader))["data"]

    assert asyncio.run(asyncio.wait_for(first(), PATIENCE)) == "new"


def _newest(running: Running) -> int:
    return running.state("put")
