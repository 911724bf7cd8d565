"""A whole file: its decisions and business knowledge models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workflows.decisions.compiler.boxed import compile_logic_below
from workflows.decisions.compiler.dialect import dialect_of, history_time_to_live, version_tag
from workflows.decisions.compiler.requirements import Requirements, check_circles, ids, requirements_of
from workflows.decisions.compiler.source import Source, names_below
from workflows.decisions.compiler.vocabulary import NAMESPACES, check_vocabulary
from workflows.decisions.graph import Decision, DecisionGraph, InputData
from workflows.decisions.knowledge import Knowledge, KnowledgeModel, Parameter
from workflows.decisions.logic import Logic, Typed
from workflows.decisions.table import DecisionTable
from workflows.diagrams.elements import Element, attribute, local, namespace, place
from workflows.diagrams.problems import Problem
from workflows.diagrams.reader import read_xml
from workflows.diagrams.report import Report
from workflows.errors import InvalidDiagram
from workflows.feel.builtins import FUNCTION_NAMES
from workflows.feel.names import normalise

_CELLS = frozenset(["inputEntry", "outputEntry", "inputExpression", "literalExpression"])


def compile_decisions(content: bytes, file_name: str) -> DecisionGraph:
    """Compile a `.dmn` file; raise `InvalidDiagram` with every problem if it can't run as it is."""
    report = Report(file_name)
    graph = _compile(content, report)
    if graph is None or report.problems:
        raise InvalidDiagram(report.sorted())
    return graph


def lint_decisions(content: bytes, file_name: str) -> tuple[Problem, ...]:
    """Return every problem of a `.dmn` file, in the order of the file; none if it can run."""
    report = Report(file_name)
    _compile(content, report)
    return report.sorted()


def _compile(content: bytes, report: Report) -> DecisionGraph | None:
    root = read_xml(content, report)
    if root is None:
        return None
    if namespace(root) not in NAMESPACES or local(root) != "definitions":
        what = f"The file holds no DMN, its root is {local(root)}."
        report.add(place(root), what, f"Save it as DMN {min(NAMESPACES.values())} to {max(NAMESPACES.values())}.")
        return None
    check_vocabulary(root, report)
    language = attribute(root, "expressionLanguage")
    source = Source(report, namespace(root), dialect_of(root, report), names_below(root), language)
    return _Definitions(source, root, _by_id(source, root)).graph()


def _by_id(source: Source, root: Element) -> dict[str, Element]:
    """Return all elements by id; an id that is used twice is a problem."""
    elements: dict[str, Element] = {}
    for element in root.iter(f"{{{source.model}}}*"):
        id_ = attribute(element, "id")
        if id_ is not None and elements.setdefault(id_, element) is not element:
            what = f"The id {id_!r} is also that of the {local(elements[id_])} in line {elements[id_].sourceline}."
            source.problem(element, what, "Give one of them another id.")
    return elements


@dataclass(frozen=True, slots=True)
class _Definitions:
    """The root of a file, and its elements by id."""

    source: Source
    root: Element
    elements: Mapping[str, Element]

    def graph(self) -> DecisionGraph:
        """Compile everything below the root."""
        source = self.source
        needs = {
            attribute(element, "id") or "": requirements_of(source, element, self.elements)
            for element in source.children(self.root, "decision", "businessKnowledgeModel")
        }
        check_circles(source, {id_: need.ids() for id_, need in needs.items()}, self.elements)
        models = {model.id: model for model in self._models(needs)}
        decisions = {decision.id: decision for decision in self._decisions(needs, models)}
        if source.child(self.root, "decision") is None:
            source.problem(self.root, "The file has no decision.", "Draw one.")
        self._check_calls(needs, models)
        id_, name = attribute(self.root, "id") or "", attribute(self.root, "name") or ""
        return DecisionGraph(id_, name, source.dialect, decisions, Knowledge(models))

    def _decisions(self, needs: Mapping[str, Requirements], models: Mapping[str, KnowledgeModel]) -> Iterator[Decision]:
        source = self.source
        for element in source.children(self.root, "decision"):
            id_ = attribute(element, "id")
            if id_ is None:
                source.problem(element, "The decision has no id.", "Give it one, by which it is called.")
                continue
            logic = compile_logic_below(source, element, id_)
            name = attribute(element, "name") or id_
            if logic is None:
                continue
            yield Decision(
                id_,
                name,
                normalise(self._variable_name(element) or name),
                self._typed(element, logic, id_),
                element.sourceline or 0,
                tuple(ids(needs[id_].decisions)),
                tuple(self._input(data) for data in needs[id_].inputs),
                tuple(model for model in ids(needs[id_].knowledge) if model in models),
                version_tag(source, element),
                history_time_to_live(source, element),
            )

    def _models(self, needs: Mapping[str, Requirements]) -> Iterator[KnowledgeModel]:
        """Yield the models that have a body; Camunda Modeler draws them without, as notes."""
        source = self.source
        bodies = {
            attribute(element, "id") or "": (element, body)
            for element in source.children(self.root, "businessKnowledgeModel")
            for body in source.children(element, "encapsulatedLogic")
        }
        names: set[str] = set()
        for id_, (element, body) in bodies.items():
            name = normalise(self._variable_name(element) or attribute(element, "name") or id_)
            if name in FUNCTION_NAMES or name in names:
                what = f"The function {name!r} has the name of another one, or of a built-in one."
                source.problem(element, what, "Rename it, and its variable.")
            names.add(name)
            if (attribute(body, "kind") or "FEEL") != "FEEL":
                source.problem(body, f"The function is of the kind {attribute(body, 'kind')}.", "Write it in FEEL.")
            logic = compile_logic_below(source, body, id_)
            if logic is not None:
                origin = source.origin(element, id_, "business knowledge model")
                requires = tuple(model for model in ids(needs[id_].knowledge) if model in bodies)
                parameters = tuple(self._parameters(body))
                size = sum(1 for part in body.iter(f"{{{source.model}}}*") if local(part) in _CELLS)
                result = self._typed(element, logic, id_)
                yield KnowledgeModel(id_, name, parameters, result, origin, requires, size)

    def _parameters(self, body: Element) -> Iterator[Parameter]:
        names: set[str] = set()
        for parameter in self.source.children(body, "formalParameter"):
            name = normalise(attribute(parameter, "name") or "")
            if not name or name in names:
                self.source.problem(parameter, "The parameter has no name of its own.", "Name each parameter.")
            names.add(name)
            yield Parameter(name, self.source.type(parameter))

    def _input(self, element: Element) -> InputData:
        name = self._variable_name(element) or attribute(element, "name") or attribute(element, "id") or ""
        return InputData(name, self.source.type(self.source.child(element, "variable")))

    def _typed(self, element: Element, logic: Logic, owner: str) -> Logic:
        """Check the result of a logic against the type of its variable; a table has its outputs' types."""
        type_ = self.source.type(self.source.child(element, "variable"))
        if type_ is None or isinstance(logic, DecisionTable):
            return logic
        return Typed(logic, type_, self.source.origin(element, owner, "result"))

    def _variable_name(self, element: Element) -> str | None:
        variable = self.source.child(element, "variable")
        return None if variable is None else attribute(variable, "name")

    def _check_calls(self, needs: Mapping[str, Requirements], models: Mapping[str, KnowledgeModel]) -> None:
        """Note where a function is called that is not required there: it would not be found."""
        by_name = {model.name: model.id for model in models.values()}
        for owner, names in self.source.used.items():
            required = set(ids(needs[owner].knowledge))
            for name in sorted(names & by_name.keys()):
                if by_name[name] not in required and owner in self.elements:
                    what = f"It calls the function {name!r} without requiring it."
                    mend = f"Draw a knowledge requirement from {by_name[name]}."
                    self.source.problem(self.elements[owner], what, mend)
