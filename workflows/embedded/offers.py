"""The jobs that workers may take now, in their order: those of high priority first, then the oldest.

The index `ix_job_offered` has the jobs of each type in this order, so that the first ones are found without a look at
those behind them, however many wait. Of several types each names its first ones, and the first of all of these count.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, literal_column, select, union_all

from workflows.embedded.tables import instance, job

_AT_ONCE = 50
"""Types that one statement looks for: SQLite joins at most 500 queries into one."""

JOBS = select(job, instance.c.id, instance.c.business_key, instance.c.revision, instance.c.definition_id).join(instance)
"""Jobs with what there is to know of their instances."""

_MOST: BindParameter[int] = bindparam("most")


def lock_offered(connection: Connection, types: Collection[str], now: datetime, most: int) -> list[Row[Any]]:
    """Return up to `most` rows of `JOBS` that are offered; on PostgreSQL they are locked, and those that are locked by
    others are passed over."""
    wanted = list(dict.fromkeys(types))
    found: list[Row[Any]] = []
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        names = {f"type_{index}": name for index, name in enumerate(some)}
        found += connection.execute(_offered(len(some)), {**names, "now": now, "most": most})
    return found if len(wanted) <= _AT_ONCE else sorted(found, key=_order)[:most]


def _order(row: Row[Any]) -> tuple[int, datetime, str, int]:
    return -row.priority, row.created_at, row.instance_id, row.number


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
    offered = JOBS.where(
        job.c.type == name,
        job.c.retries > literal_column("0"),  # a parameter would hide from SQLite that the index has all of these
        job.c.available_at <= bindparam("now"),
        instance.c.status == "active",
    )
    in_order = offered.order_by(job.c.priority.desc(), job.c.created_at, job.c.instance_id, job.c.number)
    return in_order.limit(_MOST).with_for_update(of=job, skip_locked=True)
