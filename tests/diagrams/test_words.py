"""Words that have no meaning here are refused, each with what to use instead."""

from collections.abc import Callable

import pytest

from workflows.diagrams import Problem

Linted = Callable[..., tuple[Problem, ...]]


def extended(extensions: str, element: str = "serviceTask") -> str:
    return f'<bpmn:{element} id="X"><bpmn:extensionElements>{extensions}</bpmn:extensionElements></bpmn:{element}>'


CAMUNDA7 = [
    ('<bpmn:serviceTask id="X" camunda:class="org.Pay"/>', "camunda:class", "external task"),
    ('<bpmn:serviceTask id="X" camunda:delegateExpression="${pay}"/>', "delegateExpression", "external task"),
    ('<bpmn:serviceTask id="X" camunda:expression="${pay.run()}"/>', "camunda:expression", "external task"),
    ('<bpmn:scriptTask id="X" camunda:resource="a.py"/>', "camunda:resource", "into the diagram"),
    ('<bpmn:userTask id="X" camunda:formHandlerClass="org.F"/>', "formHandlerClass", "formData"),
    ('<bpmn:callActivity id="X" camunda:caseRef="c"/>', "camunda:caseRef", "calledElement"),
    ('<bpmn:callActivity id="X" camunda:variableMappingClass="org.M"/>', "variableMappingClass", "camunda:in"),
    ('<bpmn:callActivity id="X" camunda:calledElementTenantId="t"/>', "TenantId", "no tenants"),
    ('<bpmn:userTask id="X" camunda:assigne="ana"/>', "camunda:assigne ", "correct its name"),
    ('<bpmn:task id="X" camunda:assignee="ana"/>', "camunda:assignee", "Remove it"),
    ('<bpmn:task id="X" colour="red"/>', "colour", "Remove it"),
    ('<bpmn:task id="X" xmlns:acme="urn:acme" acme:cost="3"/>', "cost", "Remove it"),
    (
        extended("<camunda:connector><camunda:connectorId>http</camunda:connectorId></camunda:connector>"),
        "connector",
        "external",
    ),
    (extended('<camunda:field name="a"/>'), "camunda:field", "external task"),
    (extended('<camunda:executionListener class="org.L" event="start"/>'), "executionListener", "Draw a task"),
    (extended('<camunda:taskListener class="org.L" event="create"/>', "userTask"), "taskListener", "Draw a task"),
    (extended('<camunda:formProperty id="a"/>', "userTask"), "formProperty", "formData"),
    (extended("<camunda:errorEventDefinition/>"), "errorEventDefinition", "BPMN error"),
    (extended("<camunda:formData/>"), "camunda:formData", "Remove it"),
    (extended("<camunda:inputOutput/>", "exclusiveGateway"), "camunda:inputOutput", "before or after the gateway"),
    (extended("<camunda:formData><camunda:field/></camunda:formData>", "userTask"), "camunda:field", "external"),
    (extended("<camunda:novelty/>"), "camunda:novelty", "Remove it"),
    (extended('<acme:cost xmlns:acme="urn:acme"/>'), "cost", "another tool"),
    ('<bpmn:userTask id="X"><bpmn:potentialOwner/></bpmn:userTask>', "potentialOwner", "candidate groups"),
    ('<bpmn:userTask id="X"><bpmn:conditionExpression/></bpmn:userTask>', "conditionExpression", "Remove it"),
    (
        '<bpmn:userTask id="X"><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="a">'
        '<camunda:script scriptFormat="groovy">1</camunda:script></camunda:inputParameter></camunda:inputOutput>'
        "</bpmn:extensionElements></bpmn:userTask>",
        "'groovy'",
        "feel",
    ),
]


@pytest.mark.parametrize(
    ("element", "word", "advice"), CAMUNDA7, ids=[f"{row[1]} {i}" for i, row in enumerate(CAMUNDA7)]
)
def test_a_word_of_camunda_7_that_can_not_be_honoured_is_refused(
    node_problems: Linted, element: str, word: str, advice: str
) -> None:
    problems = node_problems(element)
    assert any(word in f"{problem.what} " and advice in problem.mend for problem in problems), problems
    assert {problem.element for problem in problems} == {"X"}


@pytest.mark.parametrize("word", ["class", "delegateExpression", "expression"])
def test_a_task_that_calls_java_is_one_mistake(node_problems: Linted, word: str) -> None:
    assert len(node_problems(f'<bpmn:serviceTask id="X" camunda:{word}="org.Pay"/>')) == 1


CAMUNDA8 = [
    (extended("<zeebe:linkedResources/>"), "linkedResources", "task header"),
    (extended("<zeebe:executionListeners/>"), "executionListeners", "Draw a task"),
    (extended("<zeebe:taskListeners/>", "userTask"), "taskListeners", "Draw a task"),
    (extended('<zeebe:agentDefinition agentType="a"/>'), "agentDefinition", "job type"),
    (extended('<zeebe:taskDefinition type="a"/>', "userTask"), "taskDefinition", "Remove it"),
    (extended('<zeebe:taskDefinition type="a"/>', "adHocSubProcess"), "taskDefinition", "activeElementsCollection"),
    (extended('<zeebe:calledElement processIdExpression="a"/>', "callActivity"), "processIdExpression", "leading ="),
    (extended('<zeebe:adHoc outputCollection="a"/>', "adHocSubProcess"), "outputCollection", "own variables"),
    ('<bpmn:serviceTask id="X" zeebe:retryCounter="1"/>', "retryCounter", "retries"),
]


@pytest.mark.parametrize(
    ("element", "word", "advice"), CAMUNDA8, ids=[f"{row[1]} {i}" for i, row in enumerate(CAMUNDA8)]
)
def test_a_word_of_camunda_8_that_can_not_be_honoured_is_refused(
    node_problems: Linted, element: str, word: str, advice: str
) -> None:
    problems = node_problems(element, platform="camunda8")
    assert any(word in problem.what and advice in problem.mend for problem in problems), problems


@pytest.mark.parametrize(
    ("platform", "element"),
    [
        ("camunda7", extended('<zeebe:taskDefinition type="a"/>')),
        ("camunda8", '<bpmn:task id="X" camunda:async="true"/>'),
    ],
)
def test_one_diagram_is_written_for_one_platform(node_problems: Linted, platform: str, element: str) -> None:
    problems = node_problems(element, platform=platform)
    assert any("written for Camunda" in problem.what for problem in problems)


def test_what_the_modeler_notes_down_is_harmless(node_problems: Linted) -> None:
    element = (
        '<bpmn:userTask id="X" camunda:modelerTemplate="t" camunda:modelerTemplateVersion="1" '
        'camunda:exclusive="false" camunda:jobPriority="3" '
        'xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" bioc:stroke="#fff"/>'
    )
    assert node_problems(element) == ()
