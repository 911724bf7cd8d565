"""What decisions say, as people read it: tables with their rules, expressions as written. Nothing is compiled."""

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.decisions.compiler.vocabulary import LOGIC, NAMESPACES
from workflows.diagrams.elements import Element, attribute, child, children, local, namespace, text_of
from workflows.diagrams.reader import read_xml
from workflows.diagrams.report import Report
from workflows.errors import InvalidDiagram


@dataclass(frozen=True, slots=True)
class Column:
    """An input or an output of a table: its heading, the expression or the name behind it, and its type."""

    label: str
    expression: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class SheetRule:
    """A row of a table: an entry for each column, empty where it accepts all, or gives nothing; and its note."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A decision table. `policy` and `aggregation` are as DMN writes them; `aggregation` is empty without one."""

    policy: str
    aggregation: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[SheetRule, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One decision. `logic` is DMN's name for how it decides, empty for one that is only drawn.

    `text` is what is written of a logic that is no table. `requires` are ids of other decisions of the file.
    """

    id: str
    name: str
    logic: str
    table: SheetTable | None = None
    text: str = ""
    requires: tuple[str, ...] = ()


def read_sheets(content: bytes, file_name: str) -> tuple[Sheet, ...]:
    """Return the decisions of a `.dmn` file in its order; raise `InvalidDiagram` for a file that can't be read."""
    report = Report(file_name)
    root = read_xml(content, report)
    if root is None:
        raise InvalidDiagram(report.sorted())
    if namespace(root) not in NAMESPACES:
        return ()
    return tuple(_Reader(namespace(root)).sheets(root))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads elements of the namespace `model`."""

    model: str

    def sheets(self, root: Element) -> Iterator[Sheet]:
        for decision in children(root, "decision", of=self.model):
            id_ = attribute(decision, "id") or ""
            logic = child(decision, *LOGIC, of=self.model)
            is_table = logic is not None and local(logic) == "decisionTable"
            yield Sheet(
                id_,
                attribute(decision, "name") or id_,
                "" if logic is None else local(logic),
                self._table(logic) if logic is not None and is_table else None,
                "" if logic is None or is_table else self._texts(logic),
                tuple(self._required(decision)),
            )

    def _table(self, table: Element) -> SheetTable:
        return SheetTable(
            (attribute(table, "hitPolicy") or "UNIQUE").upper(),
            (attribute(table, "aggregation") or "").upper(),
            tuple(self._input(each) for each in children(table, "input", of=self.model)),
            tuple(self._output(each) for each in children(table, "output", of=self.model)),
            tuple(self._rule(each) for each in children(table, "rule", of=self.model)),
        )

    def _input(self, clause: Element) -> Column:
        asked = child(clause, "inputExpression", of=self.model)
        expression = self._text(asked)
        kind = "" if asked is None else attribute(asked, "typeRef")
        return Column(attribute(clause, "label") or expression, expression, kind or "")

    def _output(self, clause: Element) -> Column:
        name = attribute(clause, "name") or ""
        return Column(attribute(clause, "label") or name, name, attribute(clause, "typeRef") or "")

    def _rule(self, rule: Element) -> SheetRule:
        return SheetRule(
            attribute(rule, "id") or "",
            tuple(self._text(each) for each in children(rule, "inputEntry", of=self.model)),
            tuple(self._text(each) for each in children(rule, "outputEntry", of=self.model)),
            text_of(child(rule, "description", of=self.model)).strip(),
        )

    def _required(self, decision: Element) -> Iterator[str]:
        for requirement in children(decision, "informationRequirement", of=self.model):
            required = child(requirement, "requiredDecision", of=self.model)
            if required is not None:
                yield (attribute(required, "href") or "").removeprefix("#")

    def _texts(self, logic: Element) -> str:
        """Return all that is written in a logic, a line for each expression, after the names that stand beside it."""
        lines = []
        for written in logic.iter(f"{{{self.model}}}text"):
            holder = written.getparent()
            entry = None if holder is None else holder.getparent()
            named = None if entry is None else child(entry, "variable", "parameter", of=self.model)
            name = "" if named is None or holder is logic else attribute(named, "name")
            lines.append(f"{name}: {text_of(written).strip()}" if name else text_of(written).strip())
        return "\n".join(lines)

    def _text(self, element: Element | None) -> str:
        return "" if element is None else text_of(child(element, "text", of=self.model)).strip()
