"""Hundreds of clients at once: nothing but clear conflicts, and no update lost.

This is the short form; `python -m tests.load` is the long one.
"""

from tests.load.crowd import Crowd, lost, storm


def test_many_clients_at_once_lose_nothing(postgres_url: str) -> None:
    told = storm(Crowd(postgres_url, clients=500, processes=2, seconds=3))
    assert told.errors == []
    assert lost(postgres_url, told) == []
    assert told.started
    assert told.completed
