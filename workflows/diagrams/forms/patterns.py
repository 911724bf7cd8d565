"""Patterns of fields. They are matched in linear time, so no text can keep the service busy."""

from workflows.diagrams.forms.model import InputKind, Pattern
from workflows.feel import patterns


class BadPattern(Exception):
    """A pattern that is refused; the text says why, as the end of a sentence."""


def compile_pattern(source: str, *, whole: bool, message: str = "") -> Pattern:
    """Compile a regular expression; `whole` says that all of a text has to match it. Raise `BadPattern`."""
    try:
        return Pattern(source, patterns.compile_pattern(f"^(?:{source})$" if whole else source, ""), message)
    except patterns.PatternError:
        reason = "it is no regular expression, or has look-around, a back-reference or a word boundary"
        raise BadPattern(reason) from None


EMAIL = compile_pattern(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+", whole=True)
PHONE = compile_pattern(r"\+[0-9][0-9 ()/\-]{4,30}", whole=True)
OF_KIND = {InputKind.EMAIL: EMAIL, InputKind.PHONE: PHONE}
