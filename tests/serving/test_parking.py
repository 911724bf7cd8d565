"""Requests that wait: answered by a ring or when their time is over, given up when their client is gone."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import requests

from app.web.parking import MOST_OF_A_PERSON
from tests.serving.asking import ask
from tests.serving.conftest import PATIENCE, PROGRAM, THREADS, Running, started


def test_a_ring_answers_a_request_that_waits(running: Running) -> None:
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(requests.post, running.at("/take?within=100"), data="what it sent", timeout=PATIENCE)
        running.until_waiting(1)
        running.put("apple")
        assert waiting.result().json() == {"thing": "apple", "body": "what it sent"}
    running.until_waiting(0)


def test_one_that_finds_something_at_once_does_not_wait(running: Running) -> None:
    running.put("apple")
    assert running.get("/take?within=100").json()["thing"] == "apple"


def test_without_a_ring_the_other_answer_comes(running: Running) -> None:
    assert running.get("/take?within=0.3").json() == {"thing": None}
    running.until_waiting(0)


def test_head_does_not_wait(running: Running) -> None:
    answer = requests.head(running.at("/take?within=100"), timeout=PATIENCE)
    assert (answer.status_code, answer.content) == (200, b"")


def test_nothing_rings_unheard_between_looking_and_waiting(running: Running) -> None:
    with ThreadPoolExecutor() as threads:
        looks = running.looks
        waiting = threads.submit(running.get, "/missed")
        running.until_looked(looks + 1)
        running.put("apple")
        assert waiting.result().json() == {"thing": "apple"}


def test_who_hangs_up_leaves_the_queue_and_takes_nothing(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        connection.sendall(b"GET /take?within=100 HTTP/1.1\r\nHost: x\r\n\r\n")
        running.until_waiting(1)
    running.until_waiting(0)
    running.put("apple")
    assert running.get("/take?within=100").json()["thing"] == "apple"


def test_many_wait_beside_few_threads_and_a_ring_wakes_one_of_those_alike(running: Running) -> None:
    many = 50 * THREADS

    async def wait_and_take() -> None:
        async with asyncio.TaskGroup() as group:
            takers = [group.create_task(ask(running.port, "/take?within=300&alike=yes", PROGRAM)) for _ in range(many)]
            await asyncio.to_thread(running.until_waiting, many)
            assert (await asyncio.to_thread(running.get, "/page")).text == "a page"
            looks = await asyncio.to_thread(lambda: running.looks)
            await asyncio.to_thread(running.put, "apple")
            done, _ = await asyncio.wait(takers, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            assert [(await task)["thing"] for task in done] == ["apple"]
            await asyncio.to_thread(running.until_waiting, many - 1)
            assert await asyncio.to_thread(lambda: running.looks) - looks <= THREADS, "many looked for one thing"
            await asyncio.to_thread(running.put, *(f"apple {number}" for number in range(many - 1)))
            taken = sorted([(await task)["thing"] for task in takers])
            assert taken == sorted(["apple", *(f"apple {number}" for number in range(many - 1))])

    asyncio.run(asyncio.wait_for(wait_and_take(), PATIENCE))


def test_each_of_those_that_are_not_alike_looks(running: Running) -> None:
    async def wait_and_take() -> None:
        async with asyncio.TaskGroup() as group:
            takers = [group.create_task(ask(running.port, "/take?within=300", PROGRAM)) for _ in range(20)]
            await asyncio.to_thread(running.until_waiting, 20)
            looks = await asyncio.to_thread(lambda: running.looks)
            await asyncio.to_thread(running.put, "first")
            await asyncio.to_thread(running.until_waiting, 19)
            await asyncio.to_thread(running.put, *(str(number) for number in range(19)))
        assert {(await task)["thing"] for task in takers} == {"first", *(str(number) for number in range(19))}
        assert await asyncio.to_thread(lambda: running.looks) - looks >= 20

    asyncio.run(asyncio.wait_for(wait_and_take(), PATIENCE))


def test_more_than_an_account_may_have_waiting_are_refused(running: Running) -> None:
    async def crowd() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(MOST_OF_A_PERSON):
                group.create_task(ask(running.port, "/take?within=300"))
            await asyncio.to_thread(running.until_waiting, MOST_OF_A_PERSON)
            refused = await asyncio.to_thread(running.get, "/take?within=300")
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
            await asyncio.to_thread(running.put, *map(str, range(MOST_OF_A_PERSON)))
        assert (await asyncio.to_thread(running.get, "/take?within=0.1")).status_code == 200

    asyncio.run(asyncio.wait_for(crowd(), PATIENCE))


def test_headers_that_only_look_like_those_of_a_proxy_are_dropped(running: Running) -> None:
    answer = running.get("/headers", headers={"X_Forwarded_For": "10.0.0.1", "X-Other": "kept"}).json()
    assert "X-Forwarded-For" not in answer
    assert answer["X-Other"] == "kept"


def test_who_waits_is_answered_when_the_server_ends() -> None:
    with started() as running, ThreadPoolExecutor() as threads:
        waiting = threads.submit(running.get, "/take?within=300")
        running.until_waiting(1)
        running.process.terminate()
        assert waiting.result().json() == {"thing": None}
