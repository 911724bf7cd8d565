"""Whose dialect a file is written in, and what a file may not say for all its expressions."""

import pytest

from workflows.diagrams import compile_diagram, lint
from workflows.expressions.dialect import Dialect

MODELER = 'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform='


def file(attributes: str, element: str = "") -> bytes:
    return f"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
id="D" {attributes}>
<bpmn:process id="P" isExecutable="true"><bpmn:startEvent id="S"/>{element}</bpmn:process>
</bpmn:definitions>""".encode()


CAMUNDA7 = '<bpmn:subProcess id="X" camunda:asyncBefore="true" triggeredByEvent="false"/>'
CAMUNDA8 = '<bpmn:extensionElements><zeebe:versionTag value="v"/></bpmn:extensionElements>'


@pytest.mark.parametrize(
    ("attributes", "element", "dialect"),
    [
        (f'{MODELER}"Camunda Platform"', "", Dialect.CAMUNDA7),
        (f'{MODELER}"Camunda Cloud"', "", Dialect.CAMUNDA8),
        ("", "", Dialect.CAMUNDA7),
        ("", CAMUNDA8, Dialect.CAMUNDA8),
    ],
)
def test_the_dialect_is_the_named_one_or_that_of_the_extensions(
    attributes: str, element: str, dialect: Dialect
) -> None:
    assert compile_diagram(file(attributes, element), "a.bpmn").dialect is dialect


def test_an_unknown_platform_is_refused() -> None:
    problems = lint(file(f'{MODELER}"Camunda Moon"'), "a.bpmn")
    assert [problem.element for problem in problems] == ["D"]
    assert "'Camunda Moon' is not known" in problems[0].what
    assert "Camunda Platform or Camunda Cloud" in problems[0].mend


@pytest.mark.parametrize("element", [CAMUNDA7 + CAMUNDA8, CAMUNDA8 + CAMUNDA7])
def test_two_dialects_in_one_file_are_refused(element: str) -> None:
    problems = lint(file("", element), "a.bpmn")
    assert any("written for Camunda" in problem.what for problem in problems)


def test_the_language_that_bpmn_presumes_is_no_mistake() -> None:
    assert lint(file('expressionLanguage="http://www.w3.org/1999/XPath"'), "a.bpmn") == ()


def test_another_language_for_all_expressions_is_refused() -> None:
    problems = lint(file('expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"'), "a.bpmn")
    assert ["language of all its expressions" in problem.what for problem in problems] == [True]
    assert "set language on the expressions" in problems[0].mend
