"""Boxed expressions to logic. What can't be read becomes None, and a problem of the file."""

from workflows.decisions.compiler.source import Source
from workflows.decisions.compiler.tables import compile_table
from workflows.decisions.compiler.vocabulary import LOGIC, REFUSED
from workflows.decisions.logic import Cell, Context, Invocation, ListOf, Logic, Relation, Typed
from workflows.diagrams.elements import Element, attribute, local
from workflows.feel.names import normalise


def compile_logic_below(source: Source, parent: Element, owner: str) -> Logic | None:
    """Compile the one boxed expression that has to stand below `parent`."""
    found = list(source.children(parent, *LOGIC))
    if not found and not any(local(child) in REFUSED for child in source.children(parent)):
        source.problem(
            parent, f"The {local(parent)} has no logic.", "Draw a decision table or write a literal expression."
        )
    if not found:
        return None
    for further in found[1:]:
        source.problem(further, f"The {local(parent)} has more than one logic.", "Remove all but one.")
    return _compile(source, found[0], owner)


def _compile(source: Source, element: Element, owner: str) -> Logic | None:
    logic: Logic | None
    match local(element):
        case "decisionTable":
            return compile_table(source, element, owner)
        case "literalExpression":
            return _literal(source, element, owner)
        case "context":
            logic = _context(source, element, owner)
        case "list":
            logic = _list(source, element, owner)
        case "relation":
            logic = _relation(source, element, owner)
        case _:
            logic = _invocation(source, element, owner)
    return _typed(source, element, owner, logic)


def _typed(source: Source, element: Element | None, owner: str, logic: Logic | None) -> Logic | None:
    """Check the value of a logic against the type that `element` names."""
    type_ = source.type(element)
    if element is None or logic is None or type_ is None:
        return logic
    return Typed(logic, type_, source.origin(element, owner, local(element)))


def _literal(source: Source, element: Element, owner: str) -> Cell | None:
    if not source.text(element):
        source.problem(element, "The literal expression is empty.", "Write a FEEL expression.")
    return source.cell(element, owner, "literal expression")


def _context(source: Source, element: Element, owner: str) -> Context:
    entries: dict[str, Logic] = {}
    result: Logic | None = None
    for entry in source.children(element, "contextEntry"):
        if result is not None:
            source.problem(entry, "The context goes on after its result.", "Give every entry but the last a variable.")
        variable = source.child(entry, "variable")
        logic = _typed(source, variable, owner, compile_logic_below(source, entry, owner))
        name = _name(variable)
        if name in entries:
            source.problem(entry, f"The context has two entries named {name!r}.", "Rename one of them.")
        elif logic is not None and name:
            entries[name] = logic
        else:
            result = logic
    return Context(tuple(entries.items()), result)


def _list(source: Source, element: Element, owner: str) -> ListOf:
    items = [_compile(source, item, owner) for item in source.children(element, *LOGIC)]
    return ListOf(tuple(item for item in items if item))


def _relation(source: Source, element: Element, owner: str) -> Relation:
    columns = list(source.children(element, "column"))
    names = tuple(_name(column) for column in columns)
    if "" in names or len(set(names)) < len(names):
        source.problem(element, "The relation has columns without a name of their own.", "Name each column.")
    rows = []
    for row in source.children(element, "row"):
        cells = list(source.children(row, *LOGIC))
        if len(cells) != len(columns):
            what = f"The row has {len(cells)} cells, but the relation {len(columns)} columns."
            source.problem(row, what, "Give the row one cell for each column.")
        logics = [
            _typed(source, column, owner, _compile(source, cell, owner))
            for column, cell in zip(columns, cells, strict=False)
        ]
        rows.append(tuple(logic for logic in logics if logic))
    return Relation(names, tuple(rows))


def _invocation(source: Source, element: Element, owner: str) -> Invocation | None:
    called = source.child(element, "literalExpression")
    function = None if called is None else source.cell(called, owner, "called function")
    if called is None or not source.text(called):
        mend = "Write the name of a business knowledge model as its literal expression."
        source.problem(element, "The invocation calls no function.", mend)
    bindings: dict[str, Logic] = {}
    for binding in source.children(element, "binding"):
        parameter = source.child(binding, "parameter")
        logic = _typed(source, parameter, owner, compile_logic_below(source, binding, owner))
        name = _name(parameter)
        if not name or name in bindings:
            source.problem(binding, "The binding has no parameter of its own.", "Name one parameter in each binding.")
        elif logic is not None:
            bindings[name] = logic
    return None if function is None else Invocation(function, bindings)


def _name(item: Element | None) -> str:
    return "" if item is None else normalise(attribute(item, "name") or "")
