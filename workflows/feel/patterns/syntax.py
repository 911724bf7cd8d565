"""The text of a pattern to its tree."""

from dataclasses import dataclass
from typing import TypeAlias

from workflows.feel.patterns.characters import ESCAPES, Test, any_case, category, negated, one_of, without

MAX_PATTERN = 2_000  # characters
MAX_REPEAT = 1_000  # the largest number in {n,m}
MAX_NESTING = 50  # groups in groups
_FLAGS = frozenset("smixq")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_PLAIN_ESCAPES = frozenset("\\|.?*+(){}[]^$-/,:;=!<>&#%@~'\"_ ")


class PatternError(Exception):
    """The text is no pattern, or one that this matcher refuses."""


@dataclass(frozen=True, slots=True)
class Character:
    """One character for which `test` is true."""

    test: Test


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in the text: `start` or end; of any line when the flag ``m`` is set."""

    start: bool
    lines: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A part in brackets; `number` is None when it captures nothing."""

    inner: "Part"
    number: int | None


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    options: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """`inner` from `least` to `most` times (None: no limit), as often as possible when `greedy`."""

    inner: "Part"
    least: int
    most: int | None
    greedy: bool


Part: TypeAlias = "Character | Anchor | Group | Sequence | Choice | Repeat"


def parse(text: str, flags: str) -> tuple[Part, int]:
    """Return the tree of a pattern and the number of its groups; raise `PatternError`."""
    if len(text) > MAX_PATTERN or not set(flags) <= _FLAGS:
        raise PatternError
    parser = _Parser(text, flags)
    tree = parser.literal() if "q" in flags else parser.choice()
    if parser.position < len(text):
        raise PatternError
    return tree, parser.groups


class _Parser:
    def __init__(self, text: str, flags: str) -> None:
        self.text = text
        self.position = 0
        self.groups = 0
        self.nesting = 0
        self.ignore_case = "i" in flags
        self.dot_all = "s" in flags
        self.lines = "m" in flags
        self.skip_space = "x" in flags and "q" not in flags

    def peek(self) -> str:
        if self.skip_space:
            while self.position < len(self.text) and self.text[self.position] in " \t\n\r":
                self.position += 1
        return self.text[self.position : self.position + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise PatternError
        self.position += 1
        return character

    def accept(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.position += 1
        return True

    def character(self, test: Test) -> Character:
        return Character(any_case(test) if self.ignore_case else test)

    def literal(self) -> Part:
        parts = tuple(self.character(character.__eq__) for character in self.text)
        self.position = len(self.text)
        return Sequence(parts)

    def choice(self) -> Part:
        options = [self.sequence()]
        while self.accept("|"):
            options.append(self.sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self) -> Part:
        parts = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.quantified(self.atom()))
        return Sequence(tuple(parts))

    def quantified(self, atom: Part) -> Part:
        bounds = self.quantifier()
        if bounds is None:
            return atom
        least, most = bounds
        return Repeat(atom, least, most, greedy=not self.accept("?"))

    def quantifier(self) -> tuple[int, int | None] | None:
        if self.accept("*"):
            return 0, None
        if self.accept("+"):
            return 1, None
        if self.accept("?"):
            return 0, 1
        return self.bounds() if self.accept("{") else None

    def bounds(self) -> tuple[int, int | None]:
        least = self.number()
        most: int | None = least
        if self.accept(","):
            most = None if self.peek() == "}" else self.number()
        if not self.accept("}") or (most is not None and most < least):
            raise PatternError
        return least, most

    def number(self) -> int:
        digits = ""
        while self.peek() and self.peek() in "0123456789":
            digits += self.take()
        if not digits or len(digits) > len(str(MAX_REPEAT)) or int(digits) > MAX_REPEAT:
            raise PatternError
        return int(digits)

    def atom(self) -> Part:
        character = self.take()
        if character == "(":
            return self.group()
        if character in "^$":
            return Anchor(character == "^", self.lines)
        if character == ".":
            return Character(_anything if self.dot_all else _not_newline)
        if character == "[":
            return self.character(self.character_class())
        if character == "\\":
            return self.character(self.escape())
        if character in "*+?{}])":
            raise PatternError
        return self.character(character.__eq__)

    def group(self) -> Part:
        self.nesting += 1
        number = None
        if self.text.startswith("?:", self.position):
            self.position += 2
        else:
            self.groups += 1
            number = self.groups
        inner = self.choice()
        if self.nesting > MAX_NESTING or not self.accept(")"):
            raise PatternError
        self.nesting -= 1
        return Group(inner, number)

    def escape(self) -> Test:
        letter = self.text[self.position : self.position + 1]
        self.position += 1
        if letter in ("p", "P"):
            return self.category(letter)
        if letter in ESCAPES and letter:
            return ESCAPES[letter]
        plain = _ESCAPED.get(letter, letter)
        if letter not in _ESCAPED and letter not in _PLAIN_ESCAPES:
            raise PatternError
        return plain.__eq__

    def category(self, letter: str) -> Test:
        closing = self.text.find("}", self.position)
        if closing < 0 or self.text[self.position] != "{":
            raise PatternError
        test = category(self.text[self.position + 1 : closing])
        if test is None:
            raise PatternError
        self.position = closing + 1
        return negated(test) if letter == "P" else test

    def character_class(self) -> Test:
        """Read a class up to its closing bracket: ``[a-z\\d]``, ``[^0-9]``, ``[a-z-[aeiou]]``."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise PatternError
        skip_space, self.skip_space = self.skip_space, False  # white space counts inside a class
        inverted = self.accept("^")
        singles: list[str] = []
        ranges: list[tuple[str, str]] = []
        classes: list[Test] = []
        removed: Test | None = None
        while not self.accept("]"):
            if self.text.startswith("-[", self.position):
                self.position += 2
                removed = self.character_class()
                continue
            if removed is not None:
                raise PatternError
            self.class_item(singles, ranges, classes)
        if not (singles or ranges or classes):
            raise PatternError
        self.nesting -= 1
        self.skip_space = skip_space
        test = one_of(frozenset(singles), tuple(ranges), tuple(classes))
        test = negated(test) if inverted else test
        return without(test, removed) if removed else test

    def class_item(self, singles: list[str], ranges: list[tuple[str, str]], classes: list[Test]) -> None:
        low = self.class_character(classes)
        if low is None:
            return
        if self.peek() != "-" or self.text[self.position + 1 : self.position + 2] in ("]", "["):
            singles.append(low)
            return
        self.take()
        high = self.class_character(classes)
        if high is None or high < low:
            raise PatternError
        ranges.append((low, high))

    def class_character(self, classes: list[Test]) -> str | None:
        """Return the next character of a class; an escape for a set of them goes to `classes` instead."""
        character = self.take()
        if character == "[":
            raise PatternError
        if character != "\\":
            return character
        letter = self.text[self.position : self.position + 1]
        test = self.escape()
        if letter in ESCAPES or letter in ("p", "P"):
            classes.append(test)
            return None
        return _ESCAPED.get(letter, letter)


def _anything(_character: str) -> bool:
    return True


def _not_newline(character: str) -> bool:
    return character not in "\n\r"
