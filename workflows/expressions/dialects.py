"""Which language a text in a diagram is written in, by its dialect, its place and its first characters."""

from typing import cast

from workflows.errors import ExpressionError
from workflows.expressions.bare import compile_bare
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal
from workflows.expressions.juel import compile_juel
from workflows.expressions.template import has_expression, split, unescape
from workflows.feel import compile_expression

_OTHER_LANGUAGES = "write FEEL (language 'feel'), ${...} without a language, or a bare condition such as amount > 5"


def compile_value(text: str, dialect: Dialect) -> Expression:
    """Compile what stands in a value's place: an attribute, an input or output mapping, a default.

    Camunda 7: text with `${...}` or `#{...}` is JUEL. Camunda 8: text after a leading `=` is FEEL.
    Any other text is itself, as a string; in Camunda 7 `\\${` stands for `${`. Raises `ExpressionError`.
    """
    if dialect is Dialect.CAMUNDA8:
        return _compile_feel(text) if _has_sign(text) else Literal(text)
    return compile_juel(text) if has_expression(text) else Literal(unescape(text))


def compile_condition(text: str, dialect: Dialect, language: str | None = None) -> Expression:
    """Compile a condition; `language` is what its `language` attribute says, None without one.

    Camunda 7: `${...}` is JUEL, all else a bare condition. Camunda 8: FEEL after a leading `=`.
    Raises `ExpressionError`, and so for languages that only a JVM can run, saying what to use instead.
    """
    if not text.strip():
        raise ExpressionError(text, "the condition is empty; write one, or remove it")
    named = (language or "").strip().lower()
    if named == "feel" or "/feel" in named:
        return _compile_feel(text)
    if named not in {"", "juel", "python"}:
        raise ExpressionError(text, f"conditions in {language!r} can't run here; {_OTHER_LANGUAGES}")
    if dialect is Dialect.CAMUNDA8:
        return _compile_camunda8_condition(text)
    if has_expression(text):
        return _compile_juel_condition(text)
    if named == "juel":
        raise ExpressionError(text, "a JUEL condition stands in ${...}")
    return compile_bare(text)


def _compile_camunda8_condition(text: str) -> Expression:
    if _has_sign(text):
        return _compile_feel(text)
    if has_expression(text):
        raise ExpressionError(text, "${...} is Camunda 7's; a Camunda 8 condition is FEEL, such as =amount > 5")
    raise ExpressionError(text, "a Camunda 8 condition is FEEL and starts with =, such as =amount > 5")


def _compile_juel_condition(text: str) -> Expression:
    if len(split(text)) != 1:
        raise ExpressionError(text, "a condition is one ${...} with nothing around it")
    return compile_juel(text)


def _compile_feel(text: str) -> Expression:
    # FEEL's variables may be richer than JSON, which the protocol's types can't tell from poorer.
    return cast("Expression", compile_expression(text.lstrip().removeprefix("=")))


def _has_sign(text: str) -> bool:
    return text.lstrip().startswith("=")
