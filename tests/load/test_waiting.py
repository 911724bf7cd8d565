"""Hundreds of workers that wait take no thread from pages, and each task goes to one of them.

This is the short form, which looks at no times; `python -m tests.load.waiting` is the long one.
"""

from pathlib import Path

from tests.load.waiting import run


def test_five_hundred_workers_wait_beside_pages(tmp_path: Path) -> None:
    outcome = run(tmp_path, workers=500, pages=3, tasks=20)
    assert outcome.wrong() == []
    assert len(outcome.waiting) == len(outcome.working) == 3
    assert outcome.taken
