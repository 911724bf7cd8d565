"""What the schemas of the API are made of. Unknown fields are refused, in bodies and in queries."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

LONGEST_TEXT = 255
MOST = 1000
_MOST_PAGES = 1_000_000
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Sent(Schema):
    """What a program sends; what it may not set is refused, not dropped."""

    class Meta:
        """Said here, so that the description of the API says it too."""

        unknown = RAISE


class ListQuery(Sent):
    """Which part of a list: `page` counts from 1."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, _MOST_PAGES))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MOST), metadata={"description": "of a page"})


class FieldProblem(Schema):
    """What is wrong with one field."""

    field = fields.String()
    detail = fields.String()


class ProblemSchema(Schema):
    """What went wrong (RFC 9457)."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.List(fields.Nested(FieldProblem), metadata={"description": "where single fields are refused"})


def text(longest: int = LONGEST_TEXT, **options: Any) -> fields.String:
    """Return a field for a text that is not empty; the clinic and the engine say what they can't keep."""
    return fields.String(validate=validate.Length(1, longest), **options)


def paragraphs(longest: int, **options: Any) -> fields.String:
    """Return a field for a text that may be empty."""
    return fields.String(validate=validate.Length(0, longest), **options)


def number(least: int, most: int, **options: Any) -> fields.Integer:
    """Return a field for a whole number in JSON."""
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


def instant(**options: Any) -> fields.AwareDateTime:
    """Return a field for a time that says its zone; without one it is refused."""
    return fields.AwareDateTime(validate=_in_reach, **options)


def money(**options: Any) -> fields.Decimal:
    """Return a field for an exact amount, a text such as `60.00`."""
    return fields.Decimal(places=2, as_string=True, metadata={"type": "string", "pattern": r"^-?\d+\.\d\d$"}, **options)


def variables() -> fields.Dict:
    """Return a field for variables: any JSON object."""
    return fields.Dict(keys=fields.String(), load_default=dict)


def listed(items: type[Schema]) -> type[Schema]:
    """Return the schema of a page of a list."""
    name = items.__name__.removesuffix("Schema")
    next_page = {"description": "the address of the next page; null on the last one"}
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(items)), "next": fields.String(allow_none=True, metadata=next_page)},
        name=f"{name}Page",
    )


def _in_reach(value: datetime) -> None:
    if not _FIRST <= value < _LAST:
        raise ValidationError("This is too far from now.")
