"""Long lists of the engine, a page at a time."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from app.clinic.paging import Page

Row = TypeVar("Row")

PER_PAGE = 25


def page_of(total: int, wanted: int, read: Callable[[int], list[Row]], per_page: int = PER_PAGE) -> Page[Row]:
    """Return page `wanted` (from 1) of `total` rows, `read` those after an offset; one beyond the last is the last."""
    pages = max(1, -(-total // per_page))
    number = min(max(1, wanted), pages)
    return Page(read((number - 1) * per_page), number, pages, total)


def fingerprint(found: Page[Row], *more: object) -> str:
    """Return a text that is another one when a page of a list, or `more` that is shown with it, has changed.

    What rows and `more` are made of is told by their `repr`.
    """
    text = repr((found.number, found.total, found.rows, more))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]
