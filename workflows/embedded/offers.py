"""The jobs that workers may take now, in their order: those of high priority first, then the oldest.

The index `ix_job_offered` has the jobs of each type in this order, so that the first ones are found without a look at
those behind them, however many wait. Of several types each names its first ones, and the first of all of these count.
Workers elsewhere may wish for less than a whole type, and for another order, which no index serves.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from workflows.embedded.tables import instance, job
from workflows.external_tasks import FetchOrder

_AT_ONCE = 50
"""Types that one statement looks for: SQLite joins at most 500 queries into one."""

JOBS = select(job, instance.c.id, instance.c.business_key, instance.c.revision, instance.c.definition_id).join(instance)
"""Jobs with what there is to know of their instances."""

_MOST: BindParameter[int] = bindparam("most")


def lock_offered(connection: Connection, types: Collection[str], now: datetime, most: int) -> list[Row[Any]]:
    """Return up to `most` rows of `JOBS` that are offered; on PostgreSQL they are locked, and those that are locked by
    others are passed over."""
    found: list[Row[Any]] = []
    for names in _some_at_a_time(types):
        found += connection.execute(_offered(len(names)), {**names, "now": now, "most": most})
    return found if len(types) <= _AT_ONCE else sorted(found, key=_order)[:most]


@dataclass(frozen=True, slots=True)
class Wish:
    """Jobs of a type that meet more conditions, on the columns of `job` and `instance`."""

    type: str
    conditions: tuple[ColumnElement[bool], ...]


def lock_wished(
    connection: Connection, wish: Wish, now: datetime, most: int, *, order: FetchOrder, offset: int = 0
) -> Sequence[Row[Any]]:
    """Return up to `most` rows of `JOBS` that are offered and wished for, in this order, locked as `lock_offered` does;
    `offset` passes over the first ones."""
    wished = _available(bindparam("type_0")).where(*wish.conditions).order_by(*_columns(order))
    wished = wished.limit(_MOST).offset(offset).with_for_update(of=job, skip_locked=True)
    return connection.execute(wished, {"type_0": wish.type, "now": now, "most": most}).all()


def first_of(rows: Iterable[Row[Any]], order: FetchOrder, most: int) -> list[Row[Any]]:
    """Return the first of these rows in this order."""
    found = sorted(rows, key=lambda row: (row.created_at, row.instance_id, row.number), reverse=order.newest_first)
    return sorted(found, key=lambda row: -row.priority if order.by_priority else 0)[:most]


def are_offered(connection: Connection, types: Collection[str], now: datetime) -> bool:
    """Say whether a job of these types is offered, without locking it."""
    return any(connection.scalar(_are_offered(len(names)), {**names, "now": now}) for names in _some_at_a_time(types))


def oldest_offers(connection: Connection, types: Collection[str], now: datetime) -> dict[str, datetime]:
    """Return since when the oldest job waits that is offered, by type."""
    waiting = (
        select(job.c.type, func.min(job.c.created_at).label("since"))
        .join(instance)
        .where(job.c.type.in_(types), job.c.retries > literal_column("0"))
        .where(job.c.available_at <= now, instance.c.status == "active")
        .group_by(job.c.type)
    )
    return {row.type: row.since for row in connection.execute(waiting)}


def _order(row: Row[Any]) -> tuple[int, datetime, str, int]:
    return -row.priority, row.created_at, row.instance_id, row.number


def _columns(order: FetchOrder) -> list[ColumnElement[Any]]:
    by_age = (job.c.created_at, job.c.instance_id, job.c.number)
    columns: list[ColumnElement[Any]] = [column.desc() if order.newest_first else column.asc() for column in by_age]
    return [job.c.priority.desc(), *columns] if order.by_priority else columns


def _some_at_a_time(types: Collection[str]) -> Iterator[dict[str, str]]:
    """Give the parameters that name these types, for one statement after another."""
    wanted = list(dict.fromkeys(types))
    for first in range(0, len(wanted), _AT_ONCE):
        yield {f"type_{index}": name for index, name in enumerate(wanted[first : first + _AT_ONCE])}


@cache
def _offered(types: int) -> Select[Any]:
    offered = [_of_type(bindparam(f"type_{index}")) for index in range(types)]
    if types == 1:
        return offered[0]
    together = union_all(*(select(each.subquery()) for each in offered)).subquery()
    columns = together.c
    order = (columns.priority.desc(), columns.created_at, columns.instance_id, columns.number)
    return select(together).order_by(*order).limit(_MOST)


def _of_type(name: BindParameter[str]) -> Select[Any]:
    in_order = _available(name).order_by(*_columns(FetchOrder()))
    return in_order.limit(_MOST).with_for_update(of=job, skip_locked=True)


def _available(name: BindParameter[str]) -> Select[Any]:
    return JOBS.where(
        job.c.type == name,
        job.c.retries > literal_column("0"),  # a parameter would hide from SQLite that the index has all of these
        job.c.available_at <= bindparam("now"),
        instance.c.status == "active",
    )


@cache
def _are_offered(types: int) -> Select[Any]:
    offered = (_available(bindparam(f"type_{index}")) for index in range(types))
    return select(or_(*(exists(jobs.with_only_columns(literal_column("1"))) for jobs in offered)))
