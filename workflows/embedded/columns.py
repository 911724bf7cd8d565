"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from workflows.values import JsonValue

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
"""Numbers that the database gives, rising; only SQLite's plain `INTEGER` counts by itself."""


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware, in UTC on the way out. SQLite, which knows no zones, keeps UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value as compact text. Text, not `jsonb`: that one refuses U+0000, which a variable may hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JsonValue, _dialect: Dialect) -> str:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> JsonValue:
        return None if value is None else json.loads(value)
