"""One file on its way to a graph: what all parts of the compiler need to read its elements."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from workflows.decisions.errors import Origin
from workflows.decisions.logic import Cell, Tests
from workflows.decisions.types import Type, find_type, type_names
from workflows.diagrams.elements import Element, attribute, child, children, local, namespace, place, text_of
from workflows.diagrams.report import Report
from workflows.errors import ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.feel import compile_expression, compile_unary_tests
from workflows.feel.names import WORD, is_name, normalise

_FEEL = re.compile(r"feel(-scala.*)?|https?://www\.omg\.org/spec/(dmn/\d+/)?feel/.*", re.IGNORECASE)
_NAMED = frozenset(
    ["decision", "inputData", "businessKnowledgeModel", "variable", "formalParameter", "column", "output", "parameter"]
)
_USE_FEEL = "Write it in FEEL, and choose FEEL as its expression language."
_NO_SIGN = "Leave out the leading =: in a decision everything is FEEL."
_NO_JUEL = "Write it in FEEL, without ${ }."


@dataclass(frozen=True, slots=True)
class Source:
    """The file's report, the namespace of its model, its dialect, and the names that its expressions may use.

    `names` holds those that are more than a word, by their first word, so that each expression is read with only
    the few that it may mean. `language` is the expression language of the whole file. `used` collects what the
    expressions of each decision or model read.
    """

    report: Report
    model: str
    dialect: Dialect
    names: Mapping[str, Collection[str]]
    language: str | None
    used: dict[str, set[str]] = field(default_factory=dict)

    def children(self, element: Element, *names: str) -> Iterator[Element]:
        """Yield the direct children of these names; all elements of the model without names."""
        return children(element, *names, of=self.model)

    def child(self, element: Element, *names: str) -> Element | None:
        """Return the first direct child of these names."""
        return child(element, *names, of=self.model)

    def text(self, element: Element | None) -> str:
        """Return the text of an element with a `text` below it, without white space around."""
        return "" if element is None else text_of(self.child(element, "text")).strip()

    def problem(self, element: Element, what: str, mend: str) -> None:
        """Note a mistake at `element`."""
        self.report.add(place(element), what, mend)

    def origin(self, element: Element, owner: str, what: str) -> Origin:
        """Return where `element` stands, for errors of evaluation."""
        return Origin(owner, what, element.get("id", ""), element.sourceline or 0)

    def names_in(self, text: str) -> set[str]:
        """Return the names of the file that a text may mean."""
        return {name for word in set(WORD.findall(text)) for name in self.names.get(word, ())}

    def cell(self, element: Element | None, owner: str, what: str, type_: Type | None = None) -> Cell | None:
        """Compile the FEEL expression of an element; None when it is empty, or can't be read.

        Its value must have the type that the element names, else `type_`.
        """
        text = self.text(element)
        if element is None or not text or not self._is_feel(element, what):
            return None
        if text.startswith("="):  # FEEL would read it as a test
            self.problem(element, f"The {what} starts with =.", _NO_SIGN)
            return None
        try:
            expression = compile_expression(text, self.names_in(text))
        except ExpressionError as error:
            self._unreadable(element, what, error)
            return None
        self.used.setdefault(owner, set()).update(expression.names)
        return Cell(expression, self.origin(element, owner, what), self.type(element) or type_)

    def tests(self, element: Element | None, owner: str, what: str) -> Tests | None:
        """Compile the unary tests of an element; None when it accepts all, or can't be read."""
        text = self.text(element)
        if element is None or text in ("", "-") or not self._is_feel(element, what):
            return None
        try:
            tests = compile_unary_tests(text, self.names_in(text))
        except ExpressionError as error:
            self._unreadable(element, what, error)
            return None
        self.used.setdefault(owner, set()).update(tests.names)
        return Tests(tests, self.origin(element, owner, what))

    def type(self, element: Element | None) -> Type | None:
        """Return the type that an element's `typeRef` names; None without one, or without a known one."""
        name = None if element is None else attribute(element, "typeRef")
        if element is None or name is None:
            return None
        type_ = find_type(name, self.dialect)
        if type_ is None:
            self.problem(element, f"The type {name!r} is not known.", f"Use one of {type_names(self.dialect)}.")
        return type_

    def _is_feel(self, element: Element, what: str) -> bool:
        language = attribute(element, "expressionLanguage") or self.language
        if language is None or _FEEL.fullmatch(language):
            return True
        self.problem(element, f"The {what} is written in {language}, which does not run in decisions.", _USE_FEEL)
        return False

    def _unreadable(self, element: Element, what: str, error: ExpressionError) -> None:
        if "${" in error.source:
            self.problem(element, f"The {what} can't be read: ${{...}} is JUEL.", _NO_JUEL)
        else:
            self.report.unreadable(place(element), what, error)


def names_below(root: Element) -> dict[str, set[str]]:
    """Return the names of several words that a file gives to what an expression may refer to, by first word."""
    model = namespace(root)
    found: dict[str, set[str]] = {}
    for element in root.iter(f"{{{model}}}*"):
        name = normalise(element.get("name", "")) if local(element) in _NAMED else ""
        first = WORD.match(name)
        if first and first.group() != name and is_name(name):
            found.setdefault(first.group(), set()).add(name)
    return found
