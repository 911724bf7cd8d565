"""Opening the database file, and waiting for its writer."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Barrier

from sqlalchemy import Engine, text

from workflows.embedded.database import WRITES, open_engine
from workflows.embedded.turns import Turns

from .test_background import eventually


def write_at_once(engine: Engine, together: Barrier) -> str:
    together.wait(timeout=30)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS visits (id INTEGER)"))
        return str(connection.execute(text("PRAGMA journal_mode")).scalar_one())


def test_many_who_open_a_new_file_together_all_can_write(tmp_path: Path) -> None:
    for attempt in range(40):
        engines = [open_engine(f"sqlite:///{tmp_path}/{attempt}.db").execution_options(**WRITES) for _ in range(8)]
        together = Barrier(len(engines))
        with ThreadPoolExecutor(len(engines)) as threads:
            modes = list(threads.map(write_at_once, engines, [together] * len(engines)))
        for engine in engines:
            engine.dispose()
        assert modes == ["wal"] * len(engines)


def test_who_has_waited_longest_is_next() -> None:
    turns, order = Turns(), []

    def one(number: int) -> None:
        assert turns.take(60)
        order.append(number)
        turns.give()

    assert turns.take(0)
    with ThreadPoolExecutor(5) as threads:
        for number in range(5):
            threads.submit(one, number)
            assert eventually(partial(_have_come, turns, number + 1), 60)
        turns.give()
    assert order == [0, 1, 2, 3, 4]


def _have_come(turns: Turns, count: int) -> bool:
    return turns.waiting == count


def test_who_gives_up_waiting_is_passed_by() -> None:
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


def test_threads_and_processes_share_the_writer(tmp_path: Path) -> None:
    """Two engines on one file are like two processes: they do not share turns."""
    engines = [open_engine(f"sqlite:///{tmp_path}/shared.db").execution_options(**WRITES) for _ in range(2)]
    with engines[0].begin() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add(number: int) -> None:
        with engines[number % 2].begin() as connection:
            found = connection.execute(text("SELECT n FROM counter")).scalar_one()
            connection.execute(text("UPDATE counter SET n = :n"), {"n": found + 1})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(200)))
    with engines[0].begin() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 200
    for engine in engines:
        engine.dispose()


def test_a_writer_that_fails_ends_its_turn(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/failing.db").execution_options(**WRITES)
    for _ in range(2):
        with suppress(ZeroDivisionError), engine.begin():
            raise ZeroDivisionError
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE fine (n INTEGER)"))
    engine.dispose()
