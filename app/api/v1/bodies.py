"""What is read out of a request before its schema sees it: JSON that databases and programs can hold."""

from math import isfinite
from typing import Any

from flask import Request, abort
from webargs.flaskparser import FlaskParser


class Bodies(FlaskParser):
    """Reads bodies and queries; a body that is no JSON is refused, where webargs would take it for none."""

    def load_json(self, req: Request, schema: Any) -> Any:
        """Return the JSON of a body."""
        if not req.is_json and (req.content_length or req.get_data()):
            abort(415, "Send JSON, with the header Content-Type: application/json.")
        try:
            loaded = super().load_json(req, schema)
            check(loaded)
        except (RecursionError, ValueError):  # so deep, or a number so long, that Python does not read it
            abort(400, "This JSON is nested too deep, or has a number that is too long.")
        return loaded


def check(value: Any) -> None:
    """Refuse texts that can't be stored, and numbers that are no JSON."""
    match value:
        case str():
            _check_text(value)
        case float() if not isfinite(value):
            abort(422, "NaN and Infinity are no JSON.")
        case list():
            for item in value:
                check(item)
        case dict():
            for name, item in value.items():
                _check_text(name)
                check(item)


def _check_text(value: str) -> None:
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        abort(422, "A text holds a character that can't be used: U+0000, or half of a surrogate pair.")
