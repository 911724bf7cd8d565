"""What the engine keeps, as people read and write it: values of variables as JSON, and how long something took."""

import json
from datetime import timedelta

from workflows.values import JsonValue

_A_MINUTE = 60
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def shown(value: JsonValue) -> str:
    """Return a value as it is shown: JSON, so that the text "42" is told from the number."""
    return json.dumps(value, ensure_ascii=False)


def span(length: timedelta) -> str:
    """Return how long something took, such as ``2 d 3 h``, ``14 min 5 s`` or ``0.25 s``: its two largest units."""
    seconds = length.total_seconds()
    if seconds < _A_MINUTE:
        return f"{seconds:.3g} s"
    parts = []
    rest = round(seconds)
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        parts.append((count, unit))
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def read_json(text: str) -> JsonValue:
    """Return the value that is written as JSON; raise `ValueError` for what is none, NaN and infinities included."""
    value: JsonValue = json.loads(text, parse_constant=_refuse)
    return value


def read_loosely(text: str) -> JsonValue:
    """Return the value that somebody looks for: JSON if it can be read so, else the text itself."""
    try:
        return read_json(text)
    except (ValueError, RecursionError):
        return text


def _refuse(name: str) -> JsonValue:
    raise ValueError(f"{name} is no JSON.")
