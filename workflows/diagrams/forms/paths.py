"""Variables by path: `address.street` is the entry `street` of the object in the variable `address`."""

from collections.abc import Mapping

from workflows.values import JsonValue, Variables


def read(variables: Mapping[str, JsonValue], path: str) -> JsonValue:
    """Return the value at `path`; None where there is none."""
    value: JsonValue = None
    entries: Mapping[str, JsonValue] = variables
    for name in path.split("."):
        value = entries.get(name)
        entries = value if isinstance(value, dict) else {}
    return value


def write(variables: Variables, path: str, value: JsonValue) -> None:
    """Set the value at `path`; objects on the way are copied, so no other holder of them sees the change."""
    *parents, last = path.split(".")
    entries = variables
    for name in parents:
        inner = entries.get(name)
        copied: Variables = dict(inner) if isinstance(inner, dict) else {}
        entries[name] = copied
        entries = copied
    entries[last] = value
