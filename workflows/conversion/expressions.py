"""Expressions of any language to FEEL."""

from workflows.conversion.bare import from_bare
from workflows.conversion.feel import Binding, Feel, Untranslatable, literal, name
from workflows.conversion.juel import from_juel
from workflows.diagrams.composed import ListValue, MapValue, VariableValue
from workflows.expressions.expression import Expression, Literal


def to_feel(expression: Expression, known: frozenset[str]) -> Feel:
    """Translate a compiled expression; raise `Untranslatable`. `known` are variables that are set, if only to null."""
    match expression:
        case Literal(value=value):
            return literal(value)
        case VariableValue(name=variable):
            return name(variable)
        case ListValue(items=items):
            return Feel(f"[{', '.join(to_feel(each, known).text for each in items)}]")
        case MapValue(entries=entries):
            written = (f"{literal(key).text}: {to_feel(value, known).text}" for key, value in entries)
            return Feel(f"{{{', '.join(written)}}}")
    return _parsed(expression, known)


def _parsed(expression: Expression, known: frozenset[str]) -> Feel:
    match expression.language:
        case "juel":
            return from_juel(expression.source, known)
        case "bare":
            return from_bare(expression.source)
        case "feel":
            return Feel(expression.source.strip(), Binding.OPEN)
        case language:
            raise Untranslatable(f"{language} has no counterpart in FEEL")
