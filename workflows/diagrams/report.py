"""Where the mistakes of one file are collected while it is read, so that its author sees all of them at once."""

from dataclasses import dataclass, field

from workflows.diagrams.limits import MAX_NAME, MAX_PROBLEMS, MAX_SENTENCE
from workflows.diagrams.problems import Problem
from workflows.errors import ExpressionError, InvalidDiagram
from workflows.expressions.dialect import Dialect
from workflows.expressions.dialects import compile_condition, compile_value
from workflows.expressions.expression import Expression, Literal

_LEFT_OUT = " [...] "
UNREADABLE = Literal(None)
"""Stands where an expression could not be read; the file is refused, so nothing evaluates it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: its line from 1 (0 is the whole file), the element around it, that element's name.

    `part` says which part of the element is meant, when it has several of a kind.
    """

    line: int = 0
    element: str = ""
    name: str = ""
    part: str = ""


@dataclass(slots=True)
class Report:
    """The problems of one file: each once, and no more than `MAX_PROBLEMS`; the rest is counted."""

    file: str
    _found: dict[Problem, None] = field(default_factory=dict)
    _more: int = 0

    @property
    def problems(self) -> list[Problem]:
        """The problems in the order in which they were found."""
        return list(self._found)

    def add(self, place: Place, what: str, mend: str) -> None:
        """Note a mistake: `what` is wrong, and how to `mend` it, each a sentence."""
        said = f"{place.part}: {what}" if place.part else what
        name, element = shortened(place.name, MAX_NAME), shortened(place.element, MAX_NAME)
        problem = Problem(self.file, place.line, element, name, shortened(said), shortened(mend))
        if problem in self._found:
            return
        if len(self._found) < MAX_PROBLEMS:
            self._found[problem] = None
        else:
            self._more += 1

    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems in the order of the file, and how many more there are."""
        problems = sorted(self._found)
        if self._more:
            what = f"The file has {self._more:,} more problems."
            problems.append(Problem(self.file, problems[-1].line, "", "", what, "Mend those above first."))
        return tuple(problems)

    def raise_if_any(self) -> None:
        """Raise `InvalidDiagram` with all problems, if there are any."""
        if self._found:
            raise InvalidDiagram(self.sorted())

    def value(self, place: Place, what: str, text: str, dialect: Dialect) -> Expression:
        """Compile a text of `dialect` that may hold an expression; `what` says in a problem what the text is."""
        try:
            return compile_value(text, dialect)
        except ExpressionError as error:
            self.unreadable(place, what, error)
            return UNREADABLE

    def condition(
        self, place: Place, what: str, text: str, dialect: Dialect, language: str | None = None
    ) -> Expression:
        """Compile a condition of `dialect`, which is always an expression."""
        try:
            return compile_condition(text, dialect, language)
        except ExpressionError as error:
            self.unreadable(place, what, error)
            return UNREADABLE

    def unreadable(self, place: Place, what: str, error: ExpressionError) -> None:
        """Note an expression that could not be read; `what` says what it is."""
        at = "" if error.position is None else f" at character {error.position + 1}"
        reason = error.reason[:1].lower() + error.reason[1:]
        self.add(
            place, f"The {what} can't be read{at}: {reason.rstrip('.')}.", f"Correct the expression {error.source!r}."
        )


def shortened(text: str, most: int = MAX_SENTENCE) -> str:
    """Return a text of at most `most` characters, the middle of a longer one left out."""
    if len(text) <= most:
        return text
    half = (most - len(_LEFT_OUT)) // 2
    return text[:half] + _LEFT_OUT + text[-half:]
