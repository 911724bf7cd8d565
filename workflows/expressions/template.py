"""Texts with embedded expressions, such as `Dear ${name}, ...`, taken apart."""

from dataclasses import dataclass

from workflows.errors import ExpressionError

MAX_LENGTH = 10_000
"""Characters that an expression, or a text with expressions, may have."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Plain text, or what stands between the braces of a `${...}`; `position` is its offset in the whole."""

    text: str
    position: int
    is_expression: bool


def check_length(source: str) -> None:
    """Raise `ExpressionError` when `source` is longer than an expression may be."""
    if len(source) > MAX_LENGTH:
        raise ExpressionError(source, f"an expression has at most {MAX_LENGTH:,} characters")


def has_expression(text: str) -> bool:
    """Return whether `text` holds a `${` or `#{` that is not escaped by a backslash."""
    return _next_opening(text, 0) >= 0


def unescape(text: str) -> str:
    """Return `text`, which has no expression, as it is meant: `\\${` is `${`."""
    return text.replace("\\${", "${").replace("\\#{", "#{")


def split(source: str) -> list[Segment]:
    """Return the segments of `source`; `\\${` is plain text, white space around a lone expression falls away.

    Raises `ExpressionError` for an expression without its closing brace.
    """
    check_length(source)
    segments: list[Segment] = []
    start = 0
    while (opening := _next_opening(source, start)) >= 0:
        closing = _closing(source, opening + 2)
        segments.append(_plain(source, start, opening))
        segments.append(Segment(source[opening + 2 : closing], opening + 2, is_expression=True))
        start = closing + 1
    segments.append(_plain(source, start, len(source)))
    lone = len(segments) == 3 and not segments[0].text.strip() and not segments[2].text.strip()  # noqa: PLR2004
    return [segments[1]] if lone else [segment for segment in segments if segment.text or segment.is_expression]


def _plain(source: str, start: int, end: int) -> Segment:
    return Segment(unescape(source[start:end]), start, is_expression=False)


def _next_opening(source: str, start: int) -> int:
    found = [at for mark in ("${", "#{") if (at := _unescaped(source, mark, start)) >= 0]
    return min(found, default=-1)


def _unescaped(source: str, mark: str, start: int) -> int:
    at = source.find(mark, start)
    while at > 0 and source[at - 1] == "\\":
        at = source.find(mark, at + 1)
    return at


def _closing(source: str, start: int) -> int:
    """Return where the expression at `start` has its closing brace; braces inside quotes do not count."""
    quote = ""
    position = start
    while position < len(source):
        character = source[position]
        if quote and character == "\\":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "}":
            return position
        position += 1
    missing = f"the closing {quote} is missing" if quote else "the closing } is missing"
    raise ExpressionError(source, missing, start - 2)
