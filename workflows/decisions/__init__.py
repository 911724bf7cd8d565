"""Decisions: `.dmn` files of both Camunda dialects, compiled at deployment, evaluated without I/O.

    graph = compile_decisions(content, "dish.dmn")
    result = graph.evaluate("dish", {"season": "Winter"}, now)
    result.output                       # what Camunda 8 stores in the result variable
    map_result(result, "singleEntry")   # what Camunda 7 stores, by mapDecisionResult

See README.md beside this file for what runs, and for what the two dialects do differently.
"""

from workflows.decisions.compiler.definitions import compile_decisions, lint_decisions
from workflows.decisions.errors import DecisionError
from workflows.decisions.graph import Decision, DecisionGraph
from workflows.decisions.result import DecisionResult, EvaluatedDecision, map_result
from workflows.decisions.sheets import Sheet, SheetTable, read_sheets

__all__ = [
    "Decision",
    "DecisionError",
    "DecisionGraph",
    "DecisionResult",
    "EvaluatedDecision",
    "Sheet",
    "SheetTable",
    "compile_decisions",
    "lint_decisions",
    "map_result",
    "read_sheets",
]
