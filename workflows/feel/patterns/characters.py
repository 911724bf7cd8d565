"""Character classes: sets of characters by what they contain, with XML Schema's escapes and Unicode categories."""

import unicodedata
from collections.abc import Callable
from typing import TypeAlias

Test: TypeAlias = Callable[[str], bool]

_SPACES = frozenset(" \t\n\r")
_CATEGORIES = frozenset([
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
    "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
])  # fmt: skip


def one_of(characters: frozenset[str], ranges: tuple[tuple[str, str], ...], classes: tuple[Test, ...]) -> Test:
    """Return the test for a character class: single characters, ranges, and other classes."""

    def test(character: str) -> bool:
        return (
            character in characters
            or any(low <= character <= high for low, high in ranges)
            or any(inner(character) for inner in classes)
        )

    return test


def negated(test: Test) -> Test:
    """Return the test for all other characters."""
    return lambda character: not test(character)


def without(test: Test, removed: Test) -> Test:
    """Return the test for ``[a-z-[aeiou]]``: in one class and not in the other."""
    return lambda character: test(character) and not removed(character)


def any_case(test: Test) -> Test:
    """Return the test that takes a character in whichever case."""
    return lambda character: test(character) or test(character.lower()) or test(character.upper())


def category(name: str) -> Test | None:
    """Return the test for ``\\p{name}``; None when there is no such category."""
    if name not in _CATEGORIES:
        return None
    return lambda character: unicodedata.category(character).startswith(name)


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _is_initial(character: str) -> bool:
    return character in "_:" or unicodedata.category(character)[0] == "L"


def _is_name(character: str) -> bool:
    return character in "-._:\u00b7" or unicodedata.category(character)[0] in "LNM"


ESCAPES: dict[str, Test] = {
    "s": _SPACES.__contains__,
    "d": _is_digit,
    "w": _is_word,
    "i": _is_initial,
    "c": _is_name,
}
ESCAPES |= {letter.upper(): negated(test) for letter, test in ESCAPES.items()}
