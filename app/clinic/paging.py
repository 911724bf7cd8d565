"""Long lists, a page at a time."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some of the rows found: page `number` (from 1) of `pages`, out of `total`."""

    rows: list[Row]
    number: int
    pages: int
    total: int


def some_of(session: Session, query: Select[Row], *, offset: int, limit: int) -> list[Row]:
    """Return at most `limit` rows of what an ordered query finds, after the first `offset`."""
    return list(session.scalars(query.offset(offset).limit(limit)))


def page_of(session: Session, query: Select[Row], *, page: int, per_page: int = 25) -> Page[Row]:
    """Return a page of what an ordered query finds; a page beyond the last is the last."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // per_page))
    number = min(max(1, page), pages)
    rows = session.scalars(query.limit(per_page).offset((number - 1) * per_page))
    return Page(list(rows), number, pages, total)
