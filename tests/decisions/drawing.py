"""Decisions from files as Camunda Modeler saves them, and small tables written in a line."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from workflows.decisions import DecisionGraph, DecisionResult, compile_decisions
from workflows.values import JsonValue

FILES = Path(__file__).with_name("files")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def read(name: str) -> DecisionGraph:
    """Compile one of the files beside this one."""
    return compile_decisions((FILES / name).read_bytes(), name)


def decision_file(body: str, platform: str = "Camunda Cloud", more: str = "") -> bytes:
    """Return a file with `body` below its definitions; the body starts in line 3."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" \
xmlns:camunda="http://camunda.org/schema/1.0/dmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" \
xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:other="urn:other" id="Definitions_1" name="Test" \
namespace="http://camunda.org/schema/1.0/dmn" modeler:executionPlatform="{platform}" {more}>
{body}
</definitions>""".encode()


def table(
    rules: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    inputs: Sequence[str] = ("x",),
    outputs: Sequence[str] = ("y",),
    policy: str = "UNIQUE",
    types: tuple[str, str] = ("", ""),
    allowed: tuple[str, str] = ("", ""),
    more: str = "",
) -> str:
    """Return decision `d` with a table; `types` and `allowed` are those of every input, and of every output."""
    texts = "".join(
        f"<input><inputExpression{_type(types[0])}><text>{escape(name)}</text></inputExpression>"
        f"{_values('inputValues', allowed[0])}</input>"
        for name in inputs
    )
    texts += "".join(
        f"<output name={quoteattr(name)}{_type(types[1])}>{_values('outputValues', allowed[1])}</output>"
        for name in outputs
    )
    for number, (tests, results) in enumerate(rules, start=1):
        cells = "".join(f"<inputEntry><text>{escape(test)}</text></inputEntry>" for test in tests)
        cells += "".join(f"<outputEntry><text>{escape(result)}</text></outputEntry>" for result in results)
        texts += f'<rule id="r{number}">{cells}</rule>'
    return f'<decision id="d" name="D"><decisionTable hitPolicy="{policy}" {more}>{texts}</decisionTable></decision>'


def literal(text: str, id_: str = "d", name: str = "", more: str = "", type_: str = "") -> str:
    """Return a decision with a literal expression; `more` stands before it."""
    return (
        f"<decision id={quoteattr(id_)} name={quoteattr(name or id_)}>{more}"
        f"<literalExpression{_type(type_)}><text>{escape(text)}</text></literalExpression></decision>"
    )


def requires(*ids: str) -> str:
    """Return the requirements of decisions."""
    return "".join(f'<informationRequirement><requiredDecision href="#{id_}"/></informationRequirement>' for id_ in ids)


def decide(graph: DecisionGraph, decision_id: str = "d", **variables: JsonValue) -> DecisionResult:
    return graph.evaluate(decision_id, variables, NOW)


def compiled(body: str, platform: str = "Camunda Cloud") -> DecisionGraph:
    return compile_decisions(decision_file(body, platform), "test.dmn")


def _type(name: str) -> str:
    return f" typeRef={quoteattr(name)}" if name else ""


def _values(tag: str, text: str) -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>" if text else ""
