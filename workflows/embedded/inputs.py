"""Checking what callers, and effects, bring: variables, and text for columns of its own."""

from collections.abc import Mapping
from typing import overload

from workflows.errors import InvalidInput
from workflows.values import JsonValue, NotJson, Variables, variables

_LONGEST = 500
"""Characters. PostgreSQL refuses index entries of 2,700 bytes and more."""


@overload
def storable(value: str, what: str) -> str: ...
@overload
def storable(value: str | None, what: str) -> str | None: ...
def storable(value: str | None, what: str) -> str | None:
    """Return `value` if every database can store and index it, else raise `InvalidInput`; `what` names it there."""
    if value is None:
        return None
    if len(value) > _LONGEST:
        raise InvalidInput(f"{what} has {len(value)} characters; at most {_LONGEST} are possible.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidInput(f"{what} holds a character that no database can store (U+0000 or half a surrogate pair).")
    return value


def readable(value: str) -> str:
    """Return text of people or programs with replacements for what a database can't store."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def checked_variables(values: Mapping[str, JsonValue] | None) -> Variables:
    """Return fresh variables, or raise `InvalidInput` naming what no variable can hold."""
    try:
        return variables(values or {})
    except NotJson as error:
        raise InvalidInput(str(error)) from error
