"""What all tables of the clinic have in common."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Enum, MetaData
from sqlalchemy.orm import DeclarativeBase

from app.clinic.models.types import Money, UtcDateTime

WORD = 20
"""Longest stored member of an enumeration."""


class Base(DeclarativeBase):
    """The root of the clinic's tables; its naming convention lets migrations name every constraint."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), Decimal: Money()}  # noqa: RUF012 -- SQLAlchemy's own name


def one_of(members: type[StrEnum], name: str) -> Enum:
    """Return the type of a column that holds a member of `members` as its text; `name` names the check."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=WORD,
        values_callable=lambda enumeration: [member.value for member in enumeration],
    )
