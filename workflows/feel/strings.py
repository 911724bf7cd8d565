"""String literals: what stands behind a backslash."""

import re

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_LAST_CODE_POINT = 0x10FFFF


def unescape(text: str) -> str | None:
    r"""Return the characters that the inside of a string literal stands for; None for half a surrogate pair.

    ``\uXXXX`` and ``\UXXXXXX`` are code points (two ``\u`` may form a surrogate pair). A backslash before any other
    character stays, so that patterns such as ``"\d+"`` need no doubling.
    """
    if "\\" not in text:
        return text
    paired = _ESCAPE.sub(_character, text)
    try:
        return paired.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def _character(found: re.Match[str]) -> str:
    short, long, single = found.groups()
    if single is not None:
        return _SIMPLE.get(single, found.group())
    code = int(short or long, 16)
    return chr(code) if code <= _LAST_CODE_POINT else found.group()
