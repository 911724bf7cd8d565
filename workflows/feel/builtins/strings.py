"""String functions. Characters are Unicode code points, positions count from 1, from the end when negative."""

import base64
from decimal import Decimal

from workflows.feel.builtins.registry import builtin
from workflows.feel.frames import Evaluation
from workflows.feel.numbers import whole
from workflows.feel.patterns import PatternError, compile_pattern
from workflows.feel.values import FeelValue

_BLANK = " \t\n\r"


@builtin("substring", "string: string", "start position: number", "length?: number")
def substring(text: str, start: Decimal, length: Decimal | None) -> FeelValue:
    position = whole(start)
    if not position or abs(position) > len(text):
        return None
    first = position - 1 if position > 0 else len(text) + position
    if length is None:
        return text[first:]
    size = whole(length)
    return None if size is None or size < 1 else text[first : first + size]


@builtin("string length", "string: string")
def string_length(text: str) -> FeelValue:
    return Decimal(len(text))


@builtin("upper case", "string: string")
def upper_case(text: str) -> FeelValue:
    return text.upper()


@builtin("lower case", "string: string")
def lower_case(text: str) -> FeelValue:
    return text.lower()


@builtin("substring before", "string: string", "match: string")
def substring_before(text: str, match: str) -> FeelValue:
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string: string", "match: string")
def substring_after(text: str, match: str) -> FeelValue:
    return text.partition(match)[2] if match else text


@builtin("contains", "string: string", "match: string")
def contains(text: str, match: str) -> FeelValue:
    return match in text


@builtin("starts with", "string: string", "match: string")
def starts_with(text: str, match: str) -> FeelValue:
    return text.startswith(match)


@builtin("ends with", "string: string", "match: string")
def ends_with(text: str, match: str) -> FeelValue:
    return text.endswith(match)


@builtin("string join", "list: list", "delimiter?: string?", "prefix?: string?", "suffix?: string?", evaluation=True)
def string_join(
    evaluation: Evaluation, items: list[FeelValue], delimiter: str | None, prefix: str | None, suffix: str | None
) -> FeelValue:
    """Join texts; null items are left out, and any other item makes the result null."""
    texts = [item for item in items if isinstance(item, str)]
    if any(item is not None and not isinstance(item, str) for item in items):
        return None
    evaluation.spend_text(sum(map(len, texts)) + len(delimiter or "") * len(texts))
    return (prefix or "") + (delimiter or "").join(texts) + (suffix or "")


@builtin("trim", "string: string")
def trim(text: str) -> FeelValue:
    return text.strip(_BLANK)


@builtin("is blank", "string: string")
def is_blank(text: str) -> FeelValue:
    return not text or text.isspace()


@builtin("to base64", "value: string")
def to_base64(text: str) -> FeelValue:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


# Regular expressions: a pattern that is none, or that the matcher refuses, gives null -----------------------------


@builtin("matches", "input: string", "pattern: string", "flags?: string?", evaluation=True)
def matches(evaluation: Evaluation, text: str, pattern: str, flags: str | None) -> FeelValue:
    try:
        return compile_pattern(pattern, flags or "").search(evaluation, text, 0) is not None
    except PatternError:
        return None


@builtin("split", "string: string", "delimiter: string", evaluation=True)
def split(evaluation: Evaluation, text: str, delimiter: str) -> FeelValue:
    try:
        found = compile_pattern(delimiter, "").find_all(evaluation, text)
    except PatternError:
        return None
    pieces: list[FeelValue] = []
    start = 0
    for match in found:
        if match.start == match.end:
            return None
        pieces.append(text[start : match.start])
        start = match.end
    return [*pieces, text[start:]]


@builtin("extract", "string: string", "pattern: string", evaluation=True)
def extract(evaluation: Evaluation, text: str, pattern: str) -> FeelValue:
    try:
        return [match.group(0) for match in compile_pattern(pattern, "").find_all(evaluation, text)]
    except PatternError:
        return None


@builtin("replace", "input: string", "pattern: string", "replacement: string", "flags?: string?", evaluation=True)
def replace(evaluation: Evaluation, text: str, pattern: str, replacement: str, flags: str | None) -> FeelValue:
    """Replace each match; ``$1`` stands for a group, ``$0`` for the match, a backslash makes ``$`` plain."""
    try:
        compiled = compile_pattern(pattern, flags or "")
        parts = compiled.parse_replacement(replacement)
        found = compiled.find_all(evaluation, text)
    except PatternError:
        return None
    pieces: list[str] = []
    start = 0
    for match in found:
        pieces.append(text[start : match.start])
        for part in parts:
            piece = part if isinstance(part, str) else match.group(part)
            evaluation.spend_text(len(piece))
            pieces.append(piece)
        start = match.end
    return "".join([*pieces, text[start:]])
