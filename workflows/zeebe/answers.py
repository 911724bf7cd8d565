"""What commands of the adapter have in common."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from workflows.errors import Conflict, NotFound
from workflows.values import JsonValue


def as_text(variables: Mapping[str, JsonValue]) -> str:
    """Return variables as the broker takes them."""
    return json.dumps(variables, ensure_ascii=False)


@contextmanager
def conflict_if_gone(conflict: str) -> Iterator[None]:
    """What the broker does not find was there before: somebody else, or time, was faster."""
    try:
        yield
    except NotFound as error:
        raise Conflict(conflict) from error
