"""Variables live in scopes. Reading looks outwards; writing changes the nearest scope that knows the name, else the
process. Every value is copied on its way in and on its way out, so no two variables can change each other."""

import re
from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import cast

from workflows.core.effects import VariableWritten
from workflows.core.machine import Machine
from workflows.core.records import Scope, Token
from workflows.diagrams.graph import DataMapping
from workflows.errors import ExpressionError
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, holds
from workflows.expressions.juel import BUSINESS_KEY
from workflows.values import JsonValue, Variables, to_json

_NO_VARIABLES: Mapping[str, JsonValue] = {}
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def scope_of(m: Machine, token: Token) -> Scope:
    """Return the innermost scope that `token` sees."""
    return m.scopes[token.scope if token.local is None else token.local]


def view(m: Machine, scope: Scope, extra: Mapping[str, JsonValue] = _NO_VARIABLES) -> Mapping[str, JsonValue]:
    """Return what is visible in `scope`, `extra` first; for reading only, and only now."""
    if scope.parent is None and not extra:
        return scope.variables
    chain: list[dict[str, JsonValue]] = [dict(extra)] if extra else []
    outer: Scope | None = scope
    while outer is not None:
        chain.append(outer.variables)
        outer = None if outer.parent is None else m.scopes[outer.parent]
    return ChainMap(*chain)


def evaluate(
    m: Machine, expression: Expression, scope: Scope, extra: Mapping[str, JsonValue] = _NO_VARIABLES
) -> JsonValue:
    """Return the value of an expression in `scope`, fresh, as a variable may hold it."""
    if BUSINESS_KEY in expression.names:
        extra = {**extra, BUSINESS_KEY: m.state.business_key}
    return expression.json(view(m, scope, extra), m.now)


def condition_holds(
    m: Machine, condition: Expression, scope: Scope, extra: Mapping[str, JsonValue] = _NO_VARIABLES
) -> bool:
    """Return whether a condition holds in `scope`; anything but true or false is an `ExpressionError`."""
    if BUSINESS_KEY in condition.names:
        extra = {**extra, BUSINESS_KEY: m.state.business_key}
    return holds(condition, view(m, scope, extra), m.now)


def text(m: Machine, expression: Expression | None, scope: Scope) -> str | None:
    """Return the value of an expression as text, None for null."""
    if expression is None:
        return None
    value = evaluate(m, expression, scope)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | list | dict):
        raise ExpressionError(expression.source, f"text is wanted here; this is a {type(value).__name__}")
    return str(value)


def required_text(m: Machine, expression: Expression, scope: Scope, what: str) -> str:
    """Return the value of an expression as text that is not empty; `what` names it in the error."""
    value = text(m, expression, scope)
    if not value:
        raise ExpressionError(expression.source, f"{what} is empty")
    return value


def number(m: Machine, expression: Expression | None, scope: Scope, default: int) -> int:
    """Return the value of an expression as a whole number, `default` for none or null."""
    value = None if expression is None else evaluate(m, expression, scope)
    if value is None or expression is None:
        return default
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        return int(value)
    raise ExpressionError(expression.source, f"a whole number is wanted here; this is {value!r}")


def write(m: Machine, scope: Scope, name: str, value: object) -> None:
    """Set a variable in exactly this scope."""
    kept = to_json(value, name)
    known = scope.variables
    if name in known:
        m.on_rollback(known.__setitem__, name, known[name])
    else:
        m.on_rollback(known.pop, name)
    known[name] = kept
    m.state.changed_variables[scope.id, name] = None
    written = to_json(kept) if isinstance(kept, list | dict) else kept
    m.emit(VariableWritten(scope.id, name, written, None if m.acting is None else m.acting.activity))
    if name in m.state.by_variable:
        m.unchecked.update(m.state.by_variable[name])


def home(m: Machine, scope: Scope, name: str) -> Scope:
    """Return the nearest scope that knows `name`, else the scope of the process."""
    while name not in scope.variables and scope.parent is not None:
        scope = m.scopes[scope.parent]
    return scope


def assign(m: Machine, scope: Scope, values: Mapping[str, object]) -> None:
    """Set each variable where it is known, else in the process."""
    for name, value in values.items():
        write(m, home(m, scope, name), name, value)


def set_target(m: Machine, scope: Scope, target: str, value: object) -> None:
    """Write to the target of a mapping in `scope`; a target with dots sets a path inside a variable."""
    name, *path = target.split(".")
    if not path:
        write(m, scope, name, value)
        return
    whole = to_json(scope.variables.get(name))
    inner = whole = cast("dict[str, JsonValue]", whole if isinstance(whole, dict) else {})
    for step in path[:-1]:
        below = inner.get(step)
        if not isinstance(below, dict):
            below = inner[step] = {}
        inner = below
    inner[path[-1]] = to_json(value, target)
    write(m, scope, name, whole)


def apply_inputs(m: Machine, mappings: Iterable[DataMapping], local: Scope, outer: Scope) -> None:
    """Fill the local scope of an activity. In Camunda 8 a mapping sees those before it, in Camunda 7 it does not."""
    source = outer if m.graph.dialect is Dialect.CAMUNDA7 else local
    for mapping in mappings:
        set_target(m, local, mapping.target, evaluate(m, mapping.source, source))


def apply_outputs(m: Machine, mappings: Iterable[DataMapping], inner: Scope, outer: Scope) -> None:
    """Write what `mappings` give in `inner` to where `outer` knows the names, else to the process."""
    for mapping in mappings:
        name = mapping.target.partition(".")[0]
        set_target(m, home(m, outer, name), mapping.target, evaluate(m, mapping.source, inner))


def fresh(values: Mapping[str, JsonValue]) -> Variables:
    """Return a copy of variables that shares nothing with them, in an order that no store can change."""
    return {name: to_json(values[name], name) for name in sorted(values)}


def visible(m: Machine, scope: Scope) -> Variables:
    """Return a fresh copy of everything that is visible in `scope`."""
    return fresh(view(m, scope))


def evaluate_over(m: Machine, expression: Expression, values: Variables) -> JsonValue:
    """Return the value of an expression over other variables than those of this instance."""
    return expression.json(values, m.now)
