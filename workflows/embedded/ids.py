"""Ids nobody can guess, which rise with time, so that new rows stand together in their indexes."""

import secrets
from datetime import datetime

from workflows.errors import NotFound

_RANDOM_BYTES = 12
_DIGITS = 19
"""Numbers with fewer digits fit into a long integer of every database."""


def new_id(now: datetime) -> str:
    """Return the milliseconds since 1970 and 96 random bits, as 36 hexadecimal digits."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(_RANDOM_BYTES)}"


def numbered(instance_id: str, number: int) -> str:
    """Return the id of something that belongs to an instance."""
    return f"{instance_id}:{number}"


def split(identifier: str, what: str) -> tuple[str, int]:
    """Return the instance id and the number of `numbered`; `NotFound` names `what` if it is not such an id."""
    instance_id, _, number = identifier.partition(":")
    if not (is_id(instance_id) and number.isascii() and number.isdigit() and len(number) < _DIGITS):
        raise NotFound(f"There is no {what} {identifier!r}.")
    return instance_id, int(number)


def is_id(text: str) -> bool:
    """Return whether `text` could be an id; other text need not, and sometimes can't, be looked up."""
    return text.isascii() and text.isalnum()
