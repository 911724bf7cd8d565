"""Syntax trees to closures. Each module compiles the nodes of one concern, and registers how."""

from workflows.feel.compiler import access, comparison, functions, iteration, literals, operators
from workflows.feel.compiler.registry import Lexical, Run, compile_node
from workflows.feel.compiler.tests import compile_tests

__all__ = [
    "Lexical",
    "Run",
    "access",
    "comparison",
    "compile_node",
    "compile_tests",
    "functions",
    "iteration",
    "literals",
    "operators",
]
