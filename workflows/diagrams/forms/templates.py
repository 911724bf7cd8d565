"""Texts with `{{...}}` in a form-js form: each pair of braces holds one FEEL expression."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.errors import ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.expressions.dialects import compile_value
from workflows.expressions.expression import Expression, Literal
from workflows.values import JsonValue

_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """A text with FEEL expressions in it; see `workflows.expressions.expression.Expression`."""

    source: str
    parts: tuple[Expression, ...]

    @property
    def language(self) -> str:
        return "feel"

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(part.names for part in self.parts))

    def evaluate(self, variables: Mapping[str, JsonValue], now: datetime) -> str:
        """Return the text with the value of each expression in its place, null as nothing."""
        values = (part.json(variables, now) for part in self.parts)
        return "".join("" if value is None else str(value) for value in values)

    def json(self, variables: Mapping[str, JsonValue], now: datetime) -> str:
        """Return the text."""
        return self.evaluate(variables, now)


def compile_text(text: str) -> Expression:
    """Compile a form-js text: FEEL after a leading `=`, a text with `{{...}}`, or a constant."""
    if text.lstrip().startswith("=") or "{{" not in text:
        return compile_value(text, Dialect.CAMUNDA8)
    parts: list[Expression] = []
    for index, part in enumerate(_HOLE.split(text)):
        if index % 2 == 0:
            parts.append(Literal(part))
        elif part.lstrip()[:1] in {"#", "/"}:
            raise ExpressionError(
                text, "{{#if}} and {{#loop}} are not available; use FEEL's if and for after a leading ="
            )
        else:
            parts.append(compile_value(f"={part}", Dialect.CAMUNDA8))
    return Template(text, tuple(parts))
