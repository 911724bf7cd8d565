"""What the parts of a conversion share while they write one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.conversion.expressions import to_feel
from workflows.conversion.feel import Feel, Untranslatable, call
from workflows.diagrams.elements import ZEEBE, Element, place
from workflows.diagrams.graph import Graph
from workflows.diagrams.report import Report
from workflows.expressions.expression import Expression, Literal

_UNKNOWN = Feel("null")
"""Stands where an expression has no translation; the file is refused, so nobody reads it."""


@dataclass(slots=True)
class Conversion:
    """One file on its way: its root and its elements by id, what they mean, and what has been found out so far.

    `refusals` are what has no meaning in Camunda 8, `notes` what is left out, `known` the variables that the drawing
    itself sets, `forms` the form files by name.
    """

    root: Element
    graph: Graph
    elements: Mapping[str, Element]
    refusals: Report
    notes: Report
    known: frozenset[str] = frozenset()
    forms: dict[str, bytes] = field(default_factory=dict)

    def refuse(self, element: Element, what: str, mend: str) -> None:
        """Note what can't be said in Camunda 8."""
        self.refusals.add(place(element), what, mend)

    def note(self, element: Element, what: str, mend: str) -> None:
        """Note what the converted file does not say any more, and what is to be done about it."""
        self.notes.add(place(element), what, mend)

    def feel(self, element: Element, what: str, expression: Expression) -> Feel:
        """Return an expression as FEEL; `what` names it in a refusal."""
        try:
            return to_feel(expression, self.known)
        except Untranslatable as error:
            self.refuse(element, f"The {what} has no translation: {error.reason}.", error.mend)
            return _UNKNOWN

    def value(self, element: Element, what: str, expression: Expression) -> str:
        """Return what to write where Camunda 8 reads a text, or FEEL behind a leading `=`."""
        if isinstance(expression, Literal) and isinstance(expression.value, str | int):
            text = str(expression.value)
            if not text.lstrip().startswith("="):
                return text
        return self.feel(element, what, expression).source

    def text(self, element: Element, what: str, expression: Expression) -> str:
        """Return what to write where Camunda 8 wants text: a number that an expression gives becomes one."""
        if isinstance(expression, Literal):
            return self.value(element, what, expression)
        return call("string", self.feel(element, what, expression)).source


def zeebe(name: str) -> str:
    """Return the qualified name of a word of Camunda 8."""
    return f"{{{ZEEBE}}}{name}"
