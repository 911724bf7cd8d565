"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum
from typing import TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Numeric, SmallInteger, TypeDecorator

Number = TypeVar("Number", bound=IntEnum)

_CENT = Decimal("0.01")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: takes aware datetimes of any zone, gives them back in UTC, refuses naive ones.

    SQLite has no zones: there it is the UTC clock's reading, whose text sorts as the instants do.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: an instant needs one")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount of the clinic's currency, to the cent; refuses floats and finer fractions.

    SQLite would store floats: there it is an integer number of cents. Sums are exact on both.
    """

    impl = Numeric(12, 2).with_variant(BigInteger(), "sqlite")
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"{value!r} is no Decimal: money is exact")
        if not value.is_finite() or value != value.quantize(_CENT):
            raise ValueError(f"{value} is no whole number of cents")
        return int(value * 100) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Decimal | int | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-2) if dialect.name == "sqlite" else Decimal(value)


class Numbered(TypeDecorator[Number]):
    """A member of an `IntEnum`, stored as its number."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, members: type[Number]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Number | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Number | None:  # noqa: ARG002
        return None if value is None else self.members(value)
