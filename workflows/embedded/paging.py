"""Parts of queries that lists have in common: patterns, spans of time, an order, and one page of what was found."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, select

from workflows.embedded.inputs import storable
from workflows.errors import InvalidInput

MOST = 2**31 - 1
"""PostgreSQL and SQLite both count so far."""


def page(query: Select[Any], *, limit: int, offset: int) -> Select[Any]:
    """Limit a query to one page; raise `InvalidInput` for numbers that say nothing."""
    for what, number in (("limit", limit), ("offset", offset)):
        if not 0 <= number <= MOST:
            raise InvalidInput(f"The {what} of a list is a number from 0 to {MOST}, not {number}.")
    return query.limit(limit).offset(offset)


def count(connection: Connection, query: Select[Any]) -> int:
    """Return how many rows a query has."""
    return connection.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def ordered(column: Column[Any], *, descending: bool) -> ColumnElement[Any]:
    """Sort by a column, those without a value last, on every database alike."""
    rising = column.desc() if descending else column.asc()
    return rising.nulls_last() if column.nullable else rising  # an index has no other order than its own


def like(column: Column[Any], pattern: str | None) -> Iterator[ColumnElement[bool]]:
    """Give the condition that a column matches a pattern of `TaskQuery`, if there is one."""
    if pattern is not None:
        yield column.ilike(storable(pattern, f"The pattern for the {column.name}"), escape="\\")


def within(column: Column[Any], after: datetime | None, before: datetime | None) -> Iterator[ColumnElement[bool]]:
    """Give the conditions that a time lies between two others, of which each may be missing."""
    if after is not None:
        yield column > after
    if before is not None:
        yield column < before


def equal(*wanted: tuple[Column[Any], str | None]) -> Iterator[ColumnElement[bool]]:
    """Give the conditions that columns have texts, for those that are wanted."""
    for column, text in wanted:
        if text is not None:
            yield column == storable(text, f"The {column.name}")
