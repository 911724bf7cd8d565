"""Long lists of the engine, a page at a time."""

from collections.abc import Callable
from typing import TypeVar

from app.clinic.paging import Page

Row = TypeVar("Row")

PER_PAGE = 25


def page_of(total: int, wanted: int, read: Callable[[int], list[Row]]) -> Page[Row]:
    """Return page `wanted` (from 1) of `total` rows, `read` those after an offset; one beyond the last is the last."""
    pages = max(1, -(-total // PER_PAGE))
    number = min(max(1, wanted), pages)
    return Page(read((number - 1) * PER_PAGE), number, pages, total)
