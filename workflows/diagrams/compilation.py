"""What the parts of the compiler share while they read one file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workflows.diagrams.elements import BPMN, ZEEBE, Element, attribute, local, namespace, place, text_of
from workflows.diagrams.forms.model import Form
from workflows.diagrams.report import Report
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal


@dataclass(frozen=True, slots=True)
class Compilation:
    """One file on its way to a graph: its root, its elements by id, its dialect, the forms it may refer to.

    `embedded` are the forms that stand in the file itself: those read so far, by the id of their element.
    """

    root: Element
    dialect: Dialect
    report: Report
    forms: Mapping[str, Form]
    elements: Mapping[str, Element]
    form_elements: Mapping[str, Element]
    embedded: dict[str, Form] = field(default_factory=dict)

    def problem(self, element: Element, what: str, mend: str) -> None:
        """Note a mistake at `element`."""
        self.report.add(place(element), what, mend)

    def value(self, element: Element, what: str, text: str) -> Expression:
        """Compile a text that may hold an expression; `what` names it in a problem."""
        return self.report.value(place(element), what, text, self.dialect)

    def optional(self, element: Element, what: str, text: str | None) -> Expression | None:
        """Compile a text that may hold an expression, if there is one."""
        return None if text is None or not text.strip() else self.value(element, what, text.strip())

    def attribute(self, element: Element, name: str, of: str = "") -> Expression | None:
        """Compile an attribute that may hold an expression."""
        return self.optional(element, f"attribute {name}", attribute(element, name, of))

    def feel(self, element: Element, what: str, text: str) -> Expression:
        """Compile FEEL, with or without a leading `=`."""
        stripped = text.strip()
        source = stripped if stripped.startswith("=") else f"={stripped}"
        return self.report.value(place(element), what, source, Dialect.CAMUNDA8)

    def condition(self, element: Element | None, what: str) -> Expression | None:
        """Compile the condition inside an expression element, None without element."""
        if element is None:
            return None
        text = text_of(element).strip()
        return self.report.condition(place(element), what, text, self.dialect, element.get("language"))

    def expression(self, element: Element | None, what: str) -> Expression | None:
        """Compile the value inside an expression element, None without element or text."""
        if element is None or not text_of(element).strip():
            return None
        language = (element.get("language") or "").lower()
        if "feel" in language:
            return self.feel(element, what, text_of(element))
        if language not in {"", "juel"}:
            mend = "Write FEEL (language feel) or an expression of the diagram's own platform."
            self.problem(element, f"The {what} is written in {element.get('language')!r}.", mend)
        return self.value(element, what, text_of(element).strip())

    def number(self, element: Element, name: str, *, least: int, default: int) -> int:
        """Return an integer attribute, which has to be at least `least`."""
        text = attribute(element, name)
        if text is None:
            return default
        try:
            number = int(text)
        except ValueError:
            self.problem(element, f"The {name} is {text!r}.", f"Write a whole number from {least}.")
            return default
        if number < least:
            self.problem(element, f"The {name} is {number}.", f"Write a whole number from {least}.")
            return default
        return number

    def referred(self, element: Element, name: str, kind: str) -> Element | None:
        """Return the root element of this kind that an attribute refers to, None without attribute."""
        reference = attribute(element, name)
        if reference is None:
            return None
        found = self.elements.get(bare(reference))
        if found is not None and local(found) == kind:
            return found
        mend = f"Choose one of the diagram's {kind} elements, or create one."
        self.problem(element, f"The {name} {reference!r} leads to no {kind}.", mend)
        return None


def bare(reference: str) -> str:
    """Return a reference without the prefix of its namespace."""
    return reference.strip().rpartition(":")[2]


def text_literal(expression: Expression | None) -> str | None:
    """Return the text of a constant, None for anything else."""
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return expression.value
    return None


def index(root: Element, report: Report) -> Mapping[str, Element]:
    """Return the BPMN elements by id; an id that is used twice goes to `report`."""
    elements: dict[str, Element] = {}
    for element in _identified(root):
        element_id = element.get("id", "")
        if element_id in elements:
            what = f"The id {element_id!r} is also that of the {local(elements[element_id])} in line "
            what += f"{elements[element_id].sourceline}."
            report.add(place(element), what, "Give one of them another id.")
        else:
            elements[element_id] = element
    return elements


def form_elements_of(root: Element) -> Mapping[str, Element]:
    """Return the elements that hold a form, by id."""
    return {element.get("id", ""): element for element in root.iter(f"{{{ZEEBE}}}userTaskForm")}


def _identified(root: Element) -> Iterator[Element]:
    return (element for element in root.iter(f"{{{BPMN}}}*") if element.get("id") and namespace(element) == BPMN)
