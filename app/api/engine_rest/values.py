"""Variables as Camunda's clients write them, each with its type, and as the engine keeps them: JSON values.

A client may leave the type out, or write it in any letter case. What is read always has one. Lists and objects are
read as `Object` with the value as it is, or as `Json` text where `deserializeValues` is false. A date is kept as text
in ISO 8601 with milliseconds, by which it is known again; files and bytes are kept as objects that name their type.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from app.api.camunda import times
from app.api.camunda.refusals import RestError
from workflows.values import JsonValue, NotJson, Variables, to_json

_INTEGERS = {"short": 2**15, "integer": 2**31, "long": 2**63}
_JSON = "application/json"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", re.ASCII)
_MARK = "camunda:type"
_NAMES = {type(None): "Null", bool: "Boolean", float: "Double", str: "String"}


class _Unfit(ValueError):
    """A value that is none of its type; the text is a sentence about it."""


def written(values: Any, what: str = "variables") -> Variables:
    """Return the variables of a request's map from names to `{type, value, valueInfo}`; none for null."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise RestError(400, f"{what} must be an object of variables by name, each with a value and its type.")
    return {name: written_one(name, value) for name, value in values.items()}


def written_one(name: str, given: Any) -> JsonValue:
    """Return the value of one variable of a request."""
    if not isinstance(given, Mapping):
        raise RestError(400, f"The variable '{name}' must be an object with a value and its type.")
    kind, value, info = given.get("type"), given.get("value"), given.get("valueInfo") or {}
    if kind is not None and not isinstance(kind, str):
        raise RestError(400, f"The type of the variable '{name}' must be text.")
    if not isinstance(info, Mapping):
        raise RestError(400, f"The valueInfo of the variable '{name}' must be an object.")
    if not kind:
        return _as_it_is(name, value)
    reader = _READERS.get(kind.lower())
    if reader is None:
        raise RestError(400, f"Unsupported value type '{kind}' of the variable '{name}'.")
    try:
        return None if value is None and kind.lower() != "file" else reader(value, info)
    except ValueError as error:
        shown = repr(value) if len(repr(value)) < 80 else f"{repr(value)[:77]}..."  # noqa: PLR2004
        raise RestError(
            400, f"Cannot convert value {shown} of the variable '{name}' to type {kind}: {error}"
        ) from error


def read(variables: Mapping[str, JsonValue], *, deserialize: bool = True) -> dict[str, dict[str, Any]]:
    """Return variables as a client reads them, by name."""
    return {name: read_one(value, deserialize=deserialize) for name, value in variables.items()}


def read_one(value: JsonValue, *, deserialize: bool = True) -> dict[str, Any]:
    """Return one value with its type."""
    kind, shown, info = _typed(value, deserialize=deserialize)
    return {"type": kind, "value": shown, "valueInfo": info}


def raw(value: JsonValue) -> tuple[bytes, str, str | None]:
    """Return the bytes of a value, their media type, and the name of the file if it is one."""
    if isinstance(value, dict) and value.get(_MARK) in {"File", "Bytes"}:
        content = base64.b64decode(str(value.get("content") or ""))
        name = value.get("filename")
        return content, str(value.get("mimetype") or "application/octet-stream"), None if name is None else str(name)
    if isinstance(value, str):
        return value.encode(), "application/octet-stream", None
    return json.dumps(value).encode(), "application/octet-stream", None


def file_value(content: bytes, filename: str, mimetype: str | None, encoding: str | None = None) -> JsonValue:
    """Return a file as a variable keeps it."""
    kept = base64.b64encode(content).decode()
    return {_MARK: "File", "content": kept, "filename": filename, "mimetype": mimetype, "encoding": encoding}


def bytes_value(content: bytes) -> JsonValue:
    """Return bytes as a variable keeps them."""
    return {_MARK: "Bytes", "content": base64.b64encode(content).decode()}


def _typed(value: JsonValue, *, deserialize: bool) -> tuple[str, JsonValue, dict[str, Any]]:
    if isinstance(value, dict | list):
        return _composite(value, deserialize=deserialize)
    if isinstance(value, str) and _is_date(value):
        return "Date", times.written(times.parse(value)), {}
    if isinstance(value, int) and not isinstance(value, bool):
        return ("Integer" if -_INTEGERS["integer"] <= value < _INTEGERS["integer"] else "Long"), value, {}
    return _NAMES[type(value)], value, {}


def _composite(value: dict[str, JsonValue] | list[JsonValue], *, deserialize: bool) -> tuple[str, JsonValue, Any]:
    if isinstance(value, dict) and value.get(_MARK) == "File":
        info = {key: value[key] for key in ("filename", "mimetype", "encoding") if value.get(key) is not None}
        return "File", None, {**info, **({"mimeType": info["mimetype"]} if "mimetype" in info else {})}
    if isinstance(value, dict) and value.get(_MARK) == "Bytes":
        return "Bytes", value.get("content"), {}
    if not deserialize:
        return "Json", json.dumps(value, ensure_ascii=False), {}
    name = "java.util.ArrayList" if isinstance(value, list) else "java.util.LinkedHashMap"
    return "Object", value, {"objectTypeName": name, "serializationDataFormat": _JSON}


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and times.parse(text) is not None
    except ValueError:
        return False


def _as_it_is(name: str, value: Any) -> JsonValue:
    try:
        return to_json(value, name)
    except NotJson as error:
        raise RestError(400, str(error)) from error


def _text(value: Any, _info: Mapping[str, Any]) -> JsonValue:
    if not isinstance(value, str):
        raise _Unfit("it is no text.")
    return value


def _boolean(value: Any, _info: Mapping[str, Any]) -> JsonValue:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise _Unfit("it is neither true nor false.")
    return value


def _integer(bound: int) -> Callable[[Any, Mapping[str, Any]], JsonValue]:
    def reader(value: Any, _info: Mapping[str, Any]) -> JsonValue:
        if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,19}", value, re.ASCII):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _Unfit("it is no whole number.")
        if not -bound <= value < bound:
            raise _Unfit(f"it is not from {-bound} to {bound - 1}.")
        return value

    return reader


def _double(value: Any, _info: Mapping[str, Any]) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Unfit("it is no number.")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _Unfit("it is no number.") from None
    if number - number != 0:
        raise _Unfit("variables hold finite numbers only.")
    return number


def _date(value: Any, _info: Mapping[str, Any]) -> JsonValue:
    if not isinstance(value, str):
        raise _Unfit("write it as 2026-01-01T10:00:00.000+0000.")
    try:
        return times.parse(value).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        raise _Unfit("write it as 2026-01-01T10:00:00.000+0000.") from None


def _json(value: Any, _info: Mapping[str, Any]) -> JsonValue:
    if not isinstance(value, str):
        return _finite(value)
    try:
        return _finite(json.loads(value))
    except (ValueError, RecursionError):
        raise _Unfit("its text is no JSON.") from None


def _object(value: Any, info: Mapping[str, Any]) -> JsonValue:
    form = info.get("serializationDataFormat") or _JSON
    if form != _JSON:
        raise _Unfit(f"objects come as {_JSON}, not as {form}.")
    return _json(value, info)


def _finite(value: Any) -> JsonValue:
    try:
        return to_json(value)
    except NotJson as error:
        raise _Unfit(str(error)) from error


def _base64(value: Any) -> bytes:
    if not isinstance(value, str):
        raise _Unfit("its content must be text in base64.")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise _Unfit("its content is no base64.") from None


def _file(value: Any, info: Mapping[str, Any]) -> JsonValue:
    name, kind, encoding = info.get("filename"), info.get("mimeType") or info.get("mimetype"), info.get("encoding")
    if not isinstance(name, str) or not name:
        raise _Unfit("valueInfo must have the filename of a file.")
    if not all(each is None or isinstance(each, str) for each in (kind, encoding)):
        raise _Unfit("mimeType and encoding of a file are text.")
    return file_value(_base64("" if value is None else value), name, kind, encoding)


def _bytes(value: Any, _info: Mapping[str, Any]) -> JsonValue:
    return bytes_value(_base64(value))


def _null(_value: Any, _info: Mapping[str, Any]) -> JsonValue:
    raise _Unfit("a variable of this type has no value.")


_READERS: Mapping[str, Callable[[Any, Mapping[str, Any]], JsonValue]] = {
    "null": _null,
    "boolean": _boolean,
    **{name: _integer(bound) for name, bound in _INTEGERS.items()},
    "double": _double,
    "number": _double,
    "string": _text,
    "xml": _text,
    "date": _date,
    "json": _json,
    "object": _object,
    "file": _file,
    "bytes": _bytes,
}
