"""The choices of a field, from constants or from variables."""

import json
from collections.abc import Mapping
from datetime import datetime

from workflows.diagrams.forms.model import FormField, Option
from workflows.errors import ExpressionError
from workflows.values import JsonValue


def options_of(field: FormField, variables: Mapping[str, JsonValue], now: datetime) -> tuple[Option, ...]:
    """Return the choices of `field`; raise `ExpressionError` when its expression gives no list of choices."""
    if isinstance(field.options, tuple):
        return field.options
    source = field.options.source
    items = field.options.json(variables, now)
    if items is None:
        return ()
    if not isinstance(items, list):
        raise ExpressionError(source, f"the options of field {field.id!r} must be a list")
    return tuple(_option(field, source, item) for item in items)


def option_text(value: JsonValue) -> str:
    """Return what a browser sends for the choice of `value`."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def find(options: tuple[Option, ...], text: str) -> Option | None:
    """Return the first option that stands for `text`."""
    return next((option for option in options if option_text(option.value) == text), None)


def _option(field: FormField, source: str, item: JsonValue) -> Option:
    if not isinstance(item, dict):
        return Option(item, option_text(item))
    if "value" not in item:
        raise ExpressionError(
            source,
            f"each option of field {field.id!r} is a value or an object with value and label; "
            f"this one has {', '.join(item) or 'nothing'}",
        )
    value = item["value"]
    label = item.get("label")
    group = item.get("group")
    return Option(
        value,
        option_text(value) if label is None else option_text(label),
        "" if group is None else option_text(group),
    )
