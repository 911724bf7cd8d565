"""The built-in functions: DMN 1.5, chapter 10.3.4, and Camunda's additions, a module for each group."""

from workflows.feel.builtins import (
    aggregates,
    booleans,
    contexts,
    conversion,
    lists,
    numeric,
    ranges,
    strings,
    temporal,
)
from workflows.feel.builtins.registry import BuiltIn, find_function, function_names

FUNCTION_NAMES = function_names()

__all__ = [
    "FUNCTION_NAMES",
    "BuiltIn",
    "aggregates",
    "booleans",
    "contexts",
    "conversion",
    "find_function",
    "lists",
    "numeric",
    "ranges",
    "strings",
    "temporal",
]
