"""Decision tables to logic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

from workflows.decisions.compiler.source import Source
from workflows.decisions.compiler.vocabulary import CAMUNDA
from workflows.decisions.hit_policies import Aggregator, HitPolicy
from workflows.decisions.logic import Tests
from workflows.decisions.table import DEFAULT_ALIAS, DecisionTable, Input, Output, Rule
from workflows.decisions.types import Type, Unfit
from workflows.diagrams.elements import Element, attribute
from workflows.errors import ExpressionError
from workflows.feel import FeelValue, compile_expression

_T = TypeVar("_T", HitPolicy, Aggregator)

_AT_DEPLOYMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)  # constants read no clock


def compile_table(source: Source, element: Element, owner: str) -> DecisionTable:
    """Compile a decision table; what is wrong with it becomes problems of the file."""
    policy = _choice(source, element, "hitPolicy", HitPolicy) or HitPolicy.UNIQUE
    aggregator = _choice(source, element, "aggregation", Aggregator)
    clauses = list(source.children(element, "output"))
    types = [source.type(clause) for clause in clauses]
    outputs = _outputs(source, element, clauses, types, owner, ranked=policy.by_priority)
    columns = [_Column(clause) for clause in source.children(element, "input")]
    rules = [
        _rule(source, row, owner, f"rule {number}", _Shape(columns, types))
        for number, row in enumerate(source.children(element, "rule"), start=1)
    ]
    _check_policy(source, element, policy, aggregator, outputs)
    return DecisionTable(
        source.origin(element, owner, "decision table"),
        source.dialect,
        policy,
        aggregator,
        tuple(_input(source, column, owner) for column in columns),
        tuple(outputs),
        tuple(rules),
        {output.name: output.priorities for output in outputs if output.priorities},
    )


@dataclass(slots=True)
class _Column:
    """An input clause; `used` says whether an entry asks something, `names` are the variables that entries read."""

    clause: Element
    used: bool = False
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The input columns of a table, and the types of its outputs."""

    columns: Sequence[_Column]
    types: Sequence[Type | None]


def _choice(source: Source, element: Element, name: str, choices: type[_T]) -> _T | None:
    text = attribute(element, name)
    if text is None:
        return None
    try:
        return choices(text.upper())
    except ValueError:
        known = ", ".join(choices)
        source.problem(element, f"The {name} {text!r} is not known.", f"Use one of {known}.")
        return None


def _check_policy(
    source: Source, element: Element, policy: HitPolicy, aggregator: Aggregator | None, outputs: Sequence[Output]
) -> None:
    if aggregator and policy is not HitPolicy.COLLECT:
        what = f"The hit policy {policy} has the aggregation {aggregator}."
        source.problem(element, what, "Choose the hit policy COLLECT, or remove the aggregation.")
    if aggregator and len(outputs) > 1:
        what = f"The aggregation {aggregator} is asked of {len(outputs)} outputs."
        source.problem(element, what, "Leave one output, or remove the aggregation.")
    if policy.by_priority and outputs and not any(output.priorities for output in outputs):
        mend = "List the output values of a column, the most important first."
        source.problem(element, f"The hit policy {policy} has no output values to go by.", mend)


def _input(source: Source, column: _Column, owner: str) -> Input:
    clause = column.clause
    alias = attribute(clause, "inputVariable", CAMUNDA) or DEFAULT_ALIAS
    written = source.child(clause, "inputExpression")
    expression = source.cell(written, owner, "input expression")
    if column.used and not source.text(written):
        source.problem(clause, "The input has entries but no expression.", "Write what the entries are about.")
    allowed = source.tests(source.child(clause, "inputValues"), owner, "input values")
    return Input(expression, source.origin(clause, owner, "input"), allowed, alias, alias in column.names)


def _outputs(
    source: Source,
    table: Element,
    clauses: Sequence[Element],
    types: Sequence[Type | None],
    owner: str,
    *,
    ranked: bool,
) -> list[Output]:
    if not clauses:
        source.problem(table, "The decision table has no output.", "Add an output column.")
    outputs: dict[str, Output] = {}
    for clause, type_ in zip(clauses, types, strict=True):
        name = attribute(clause, "name")
        if name is None and len(clauses) > 1:
            source.problem(clause, "The output has no name, but the table has several outputs.", "Name each output.")
        name = name or attribute(clause, "id") or owner
        if name in outputs:
            source.problem(clause, f"There are two outputs named {name!r}.", "Rename one of them.")
        values = source.child(clause, "outputValues")
        allowed = source.tests(values, owner, "output values")
        default = source.cell(source.child(clause, "defaultOutputEntry"), owner, "default output", type_)
        priorities = _constants(source, values, allowed, type_) if ranked and values is not None and allowed else ()
        outputs[name] = Output(name, allowed, default, priorities)
    return list(outputs.values())


def _constants(source: Source, element: Element, allowed: Tests, type_: Type | None) -> tuple[FeelValue, ...]:
    """Return allowed values as what they are, to rank outputs by; they have to be constants."""
    text = allowed.tests.source
    try:
        values = compile_expression(f"[{text}]", source.names_in(text)).evaluate({}, _AT_DEPLOYMENT)
        listed = values if isinstance(values, list) and not allowed.tests.names else None
        constants = None if listed is None else [type_.convert(value) if type_ else value for value in listed]
    except (ExpressionError, Unfit):
        constants = None
    if constants is None:
        what = "The output values rank the rules, but are no constants of the output's type."
        source.problem(element, what, 'List constants, the most important first, such as "high", "low".')
    return tuple(constants or ())


def _rule(source: Source, row: Element, owner: str, number: str, shape: _Shape) -> Rule:
    asked, answers = list(source.children(row, "inputEntry")), list(source.children(row, "outputEntry"))
    for kind, found, wanted in (
        ("input", len(asked), len(shape.columns)),
        ("output", len(answers), len(shape.types)),
    ):
        if found != wanted:
            what = f"The rule has {found} {kind} entries, but the table {wanted} {kind}s."
            source.problem(row, what, f"Give the rule one entry for each {kind}.")
    tests = []
    for entry, column in zip(asked, shape.columns, strict=False):
        test = source.tests(entry, owner, "input entry")
        tests.append(test)
        column.used = column.used or source.text(entry) not in ("", "-")
        column.names.update(test.tests.names if test else ())
    typed = zip(answers, shape.types, strict=False)
    cells = [source.cell(entry, owner, "output entry", type_) for entry, type_ in typed]
    return Rule(attribute(row, "id") or number, tuple(tests), tuple(cells))
