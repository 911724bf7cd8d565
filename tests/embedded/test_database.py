"""Opening the database file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import Engine, text

from workflows.embedded.database import WRITES, open_engine


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
