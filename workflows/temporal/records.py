"""The core's commands and effects as JSON, for histories and activities."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin

from workflows.core import commands, effects
from workflows.timers import parse_instant
from workflows.values import to_json

_KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in (*get_args(commands.Command), *get_args(effects.Effect))}


def to_record(value: commands.Command | effects.Effect) -> list[Any]:
    """Return the name of the kind of a command or effect, and its fields."""
    return [type(value).__name__, {each.name: _plain(getattr(value, each.name)) for each in fields(value)}]


def from_record(record: list[Any]) -> Any:
    """Return the command or effect that `to_record` wrote."""
    name, values = record
    kind = _KINDS[name]
    readers = _readers(kind)
    return kind(**{key: readers[key](value) for key, value in values.items()})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Enum) else to_json(value)


@cache
def _readers(kind: type) -> dict[str, Callable[[Any], Any]]:
    return {each.name: _reader(each.type) for each in fields(kind)}


def _reader(annotation: Any) -> Callable[[Any], Any]:
    options = get_args(annotation)
    if annotation is datetime or datetime in options:
        return lambda value: None if value is None else parse_instant(value)
    if get_origin(annotation) is tuple:
        return tuple
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation
    return _same


def _same(value: Any) -> Any:
    return value
