"""Each rule by a diagram that breaks it: the problem names the element, its line, what is wrong and how to mend it."""

from collections.abc import Callable

import pytest

from workflows.diagrams import Problem

Linted = Callable[..., tuple[Problem, ...]]

START = '<bpmn:startEvent id="S"/>\n<bpmn:sequenceFlow id="F" sourceRef="S" targetRef="A"/>\n'
MESSAGE = '<bpmn:message id="M" name="m"/>'
ROOTS = (
    f'{MESSAGE}<bpmn:message id="M0"/><bpmn:signal id="S0"/><bpmn:error id="E0" name="no code"/>'
    '<bpmn:error id="E1" errorCode="X"/><bpmn:escalation id="L0"/>'
)


def gateway(kind: str, condition: str, default: str = "") -> str:
    return f"""{START}<bpmn:{kind} id="A" {default}/><bpmn:task id="B"/>
<bpmn:sequenceFlow id="X" sourceRef="A" targetRef="B">{condition}</bpmn:sequenceFlow>
<bpmn:sequenceFlow id="Y" sourceRef="A" targetRef="B"><bpmn:conditionExpression>a</bpmn:conditionExpression>
</bpmn:sequenceFlow>"""


def boundary(definition: str, extra: str = "", host: str = "A") -> str:
    event = f'<bpmn:boundaryEvent id="X" attachedToRef="{host}" {extra}>{definition}</bpmn:boundaryEvent>'
    return f'{START}<bpmn:task id="A"/>{event}'


def end(definition: str) -> str:
    return f'{START}<bpmn:endEvent id="A">{definition}</bpmn:endEvent>'


def catch(definition: str) -> str:
    return f'{START}<bpmn:intermediateCatchEvent id="A">{definition}</bpmn:intermediateCatchEvent>'


def timer(text: str) -> str:
    return catch(f"<bpmn:timerEventDefinition>{text}</bpmn:timerEventDefinition>")


def loop(text: str) -> str:
    return f'{START}<bpmn:task id="A">{text}</bpmn:task>'


def event_subprocess(start: str, extra: str = "") -> str:
    return f'{START}<bpmn:task id="A"/><bpmn:subProcess id="X" triggeredByEvent="true">{start}</bpmn:subProcess>{extra}'


BROKEN = [
    # flows
    ("flow without end", f'{START}<bpmn:task id="A"/>\n<bpmn:sequenceFlow id="X" sourceRef="A"/>', "X", "ends nowhere"),
    (
        "flow to nothing",
        f'{START}<bpmn:task id="A"/>\n<bpmn:sequenceFlow id="X" sourceRef="A" targetRef="Q"/>',
        "X",
        "'Q', which is no element",
    ),
    (
        "flow into a sub-process",
        f'{START}<bpmn:task id="A"/><bpmn:subProcess id="B"><bpmn:task id="C"/></bpmn:subProcess>'
        '<bpmn:sequenceFlow id="X" sourceRef="A" targetRef="C"/>',
        "X",
        "crosses the border",
    ),
    ("flow without id", f'{START}<bpmn:task id="A"/><bpmn:sequenceFlow sourceRef="A" targetRef="A"/>', "P", "no id"),
    ("element without id", f'{START}<bpmn:task id="A"/><bpmn:task/>', "P", "A task has no id"),
    ("exclusive gateway without condition", gateway("exclusiveGateway", ""), "X", "has no condition"),
    ("inclusive gateway without condition", gateway("inclusiveGateway", ""), "X", "has no condition"),
    ("condition behind a parallel gateway", gateway("parallelGateway", ""), "Y", "takes all its flows"),
    ("condition on a default", gateway("exclusiveGateway", "", 'default="Y"'), "Y", "default flow has a condition"),
    ("default of another element", f'{START}<bpmn:task id="A" default="F"/>', "A", "does not leave"),
    (
        "empty condition",
        gateway("exclusiveGateway", "<bpmn:conditionExpression/>"),
        "X",
        "condition is empty",
    ),
    (
        "condition that can't be read",
        gateway("exclusiveGateway", "<bpmn:conditionExpression>${a +}</bpmn:conditionExpression>"),
        "X",
        "at character",
    ),
    (
        "condition in Groovy",
        gateway("exclusiveGateway", '<bpmn:conditionExpression language="groovy">a</bpmn:conditionExpression>'),
        "X",
        "groovy",
    ),
    (
        "flow out of an end",
        f'{START}<bpmn:endEvent id="A"/><bpmn:task id="B"/><bpmn:sequenceFlow id="X" sourceRef="A" targetRef="B"/>',
        "A",
        "which nothing may follow",
    ),
    (
        "flow into a start",
        f'{START}<bpmn:task id="A"/><bpmn:sequenceFlow id="X" sourceRef="A" targetRef="S"/>',
        "S",
        "which nothing may lead to",
    ),
    ("unreachable task", f'{START}<bpmn:task id="A"/>\n<bpmn:task id="X"/>', "X", "No path leads"),
    (
        "unreachable circle",
        f"""{START}<bpmn:task id="A"/><bpmn:task id="X"/><bpmn:task id="Y"/>
<bpmn:sequenceFlow id="G" sourceRef="X" targetRef="Y"/><bpmn:sequenceFlow id="H" sourceRef="Y" targetRef="X"/>""",
        "X",
        "No path leads",
    ),
    # starts
    (
        "nothing begins",
        '<bpmn:subProcess id="X"><bpmn:intermediateCatchEvent id="T"/></bpmn:subProcess>',
        "X",
        "Nothing in",
    ),
    ("empty process", "", "P", "Nothing begins"),
    ("two plain starts", f'{START}<bpmn:task id="A"/><bpmn:startEvent id="X"/>', "X", "more than one start"),
    (
        "error begins a process",
        '<bpmn:startEvent id="X"><bpmn:errorEventDefinition/></bpmn:startEvent>',
        "X",
        "can't begin a process",
    ),
    (
        "message begins a sub-process",
        f'{START}<bpmn:subProcess id="A"><bpmn:startEvent id="X"><bpmn:messageEventDefinition messageRef="M"/>'
        "</bpmn:startEvent></bpmn:subProcess>",
        "X",
        "does not begin with an event",
    ),
    (
        "ad-hoc sub-process with a start",
        f'{START}<bpmn:adHocSubProcess id="A"><bpmn:startEvent id="X"/></bpmn:adHocSubProcess>',
        "X",
        "ad-hoc sub-process has no start",
    ),
    (
        "ad-hoc sub-process with an end",
        f'{START}<bpmn:adHocSubProcess id="A"><bpmn:task id="B"/><bpmn:endEvent id="X"/></bpmn:adHocSubProcess>',
        "X",
        "ad-hoc sub-process has no end",
    ),
    ("ad-hoc sub-process of nothing", f'{START}<bpmn:adHocSubProcess id="A"/>', "A", "no activities"),
    (
        "form on a message start",
        '<bpmn:startEvent id="S" camunda:formRef="patient"><bpmn:messageEventDefinition messageRef="M"/>'
        "</bpmn:startEvent>",
        "S",
        "Nobody would be shown",
    ),
    (
        "initiator of a sub-process",
        f'{START}<bpmn:subProcess id="A"><bpmn:startEvent id="X" camunda:initiator="who"/></bpmn:subProcess>',
        "X",
        "no initiator here",
    ),
    (
        "flow into an event sub-process",
        event_subprocess(
            '<bpmn:startEvent id="XS"><bpmn:messageEventDefinition messageRef="M"/></bpmn:startEvent>',
            '<bpmn:sequenceFlow id="G" sourceRef="A" targetRef="X"/>',
        ),
        "X",
        "leads to an event sub-process",
    ),
    ("event sub-process with a plain start", event_subprocess('<bpmn:startEvent id="XS"/>'), "X", "exactly one start"),
    ("event sub-process without start", event_subprocess('<bpmn:task id="B"/>'), "X", "exactly one start"),
    (
        "event sub-process with an event on it",
        event_subprocess(
            '<bpmn:startEvent id="XS"><bpmn:messageEventDefinition messageRef="M"/></bpmn:startEvent>',
            '<bpmn:boundaryEvent id="B" attachedToRef="X"><bpmn:messageEventDefinition messageRef="M"/>'
            "</bpmn:boundaryEvent>",
        ),
        "B",
        "can't stand on an event sub-process",
    ),
    (
        "error that does not interrupt",
        boundary('<bpmn:errorEventDefinition errorRef="E1"/>', 'cancelActivity="false"'),
        "X",
        "always interrupts",
    ),
    (
        "receive task that begins a sub-process",
        f'{START}<bpmn:subProcess id="A"><bpmn:receiveTask id="X" instantiate="true" messageRef="M"/>'
        "</bpmn:subProcess>",
        "X",
        "stands in a sub-process",
    ),
    # events
    ("catch without definition", catch(""), "A", "waits for nothing"),
    ("boundary without definition", boundary(""), "X", "waits for nothing"),
    ("boundary on nothing", boundary("<bpmn:errorEventDefinition/>", host="Q"), "X", "'Q', which is no activity"),
    ("boundary on a start", boundary("<bpmn:errorEventDefinition/>", host="S"), "X", "'S', which is no activity"),
    ("terminate in the middle", catch("<bpmn:terminateEventDefinition/>"), "A", "can't be a terminate event"),
    ("message without reference", catch("<bpmn:messageEventDefinition/>"), "A", "names no message"),
    (
        "message that does not exist",
        catch('<bpmn:messageEventDefinition messageRef="Q"/>'),
        "A",
        "'Q' leads to no message",
    ),
    ("message without name", catch('<bpmn:messageEventDefinition messageRef="M0"/>'), "M0", "message has no name"),
    ("signal without reference", catch("<bpmn:signalEventDefinition/>"), "A", "names no signal"),
    ("signal without name", catch('<bpmn:signalEventDefinition signalRef="S0"/>'), "S0", "signal has no name"),
    ("error without code", end('<bpmn:errorEventDefinition errorRef="E0"/>'), "E0", "error has no code"),
    ("thrown error without reference", end("<bpmn:errorEventDefinition/>"), "A", "throws no error"),
    ("escalation without code", end('<bpmn:escalationEventDefinition escalationRef="L0"/>'), "L0", "no code"),
    (
        "two events for one error",
        boundary('<bpmn:errorEventDefinition errorRef="E1"/>')
        + '<bpmn:boundaryEvent id="Y" attachedToRef="A"><bpmn:errorEventDefinition errorRef="E1"/>'
        "</bpmn:boundaryEvent>",
        "Y",
        "catches the same error",
    ),
    ("timer without time", timer(""), "A", "timer has no time"),
    ("timer that is no duration", timer("<bpmn:timeDuration>5 min</bpmn:timeDuration>"), "A", "'5 min'"),
    ("timer that is no date", timer("<bpmn:timeDate>tomorrow</bpmn:timeDate>"), "A", "'tomorrow'"),
    ("timer that is no cycle", timer("<bpmn:timeCycle>R3</bpmn:timeCycle>"), "A", "'R3'"),
    (
        "timer with two times",
        timer("<bpmn:timeDuration>PT1S</bpmn:timeDuration><bpmn:timeCycle>R/PT1S</bpmn:timeCycle>"),
        "A",
        "more than one time",
    ),
    ("condition event without condition", catch("<bpmn:conditionalEventDefinition/>"), "A", "no condition"),
    (
        "link without target",
        f'{START}<bpmn:intermediateThrowEvent id="A"><bpmn:linkEventDefinition name="L"/>'
        "</bpmn:intermediateThrowEvent>",
        "A",
        "leads nowhere",
    ),
    (
        "link without name",
        f'{START}<bpmn:intermediateThrowEvent id="A"><bpmn:linkEventDefinition/></bpmn:intermediateThrowEvent>',
        "A",
        "link has no name",
    ),
    (
        "flow out of a throwing link",
        f"""{START}<bpmn:intermediateThrowEvent id="A"><bpmn:linkEventDefinition name="L"/>
</bpmn:intermediateThrowEvent><bpmn:intermediateCatchEvent id="B"><bpmn:linkEventDefinition name="L"/>
</bpmn:intermediateCatchEvent><bpmn:task id="C"/><bpmn:sequenceFlow id="G" sourceRef="A" targetRef="C"/>""",
        "A",
        "leaves a throwing link event",
    ),
    (
        "flow into a catching link",
        f"""{START}<bpmn:task id="A"/><bpmn:intermediateCatchEvent id="B"><bpmn:linkEventDefinition name="L"/>
</bpmn:intermediateCatchEvent><bpmn:sequenceFlow id="G" sourceRef="A" targetRef="B"/>""",
        "B",
        "leads to a catching link event",
    ),
    (
        "link that nothing throws",
        f"""{START}<bpmn:task id="A"/><bpmn:intermediateCatchEvent id="B"><bpmn:linkEventDefinition name="L"/>
</bpmn:intermediateCatchEvent>""",
        "B",
        "No path leads",
    ),
    (
        "two links of one name",
        f"""{START}<bpmn:intermediateThrowEvent id="A"><bpmn:linkEventDefinition name="L"/>
</bpmn:intermediateThrowEvent><bpmn:intermediateCatchEvent id="B"><bpmn:linkEventDefinition name="L"/>
</bpmn:intermediateCatchEvent><bpmn:intermediateCatchEvent id="X"><bpmn:linkEventDefinition name="L"/>
</bpmn:intermediateCatchEvent>""",
        "X",
        "caught by two events",
    ),
    ("boundary on no host", f'{START}<bpmn:task id="A"/><bpmn:boundaryEvent id="X"/>', "X", "stands on no activity"),
    (
        "flow into a boundary event",
        boundary('<bpmn:messageEventDefinition messageRef="M"/>')
        + '<bpmn:sequenceFlow id="G" sourceRef="A" targetRef="X"/>',
        "X",
        "leads to a boundary event",
    ),
    (
        "parallel multiple of one",
        f'{START}<bpmn:intermediateCatchEvent id="A" parallelMultiple="true">'
        '<bpmn:messageEventDefinition messageRef="M"/></bpmn:intermediateCatchEvent>',
        "A",
        "at least two event definitions",
    ),
    (
        "definition that does not exist",
        catch("<bpmn:eventDefinitionRef>Q</bpmn:eventDefinitionRef>"),
        "A",
        "'Q', which does not exist",
    ),
    ("cancel outside a transaction", end("<bpmn:cancelEventDefinition/>"), "A", "belongs to a transaction"),
    ("cancel on a task", boundary("<bpmn:cancelEventDefinition/>"), "X", "belongs to a transaction"),
    ("compensation without handler", boundary("<bpmn:compensateEventDefinition/>"), "X", "has no handler"),
    (
        "handler without compensation",
        f'{START}<bpmn:task id="A"/><bpmn:task id="X" isForCompensation="true"/>',
        "X",
        "No compensation event",
    ),
    ("compensation of nothing", end('<bpmn:compensateEventDefinition activityRef="Q"/>'), "A", "'Q' to compensate"),
    (
        "compensation of a start",
        end('<bpmn:compensateEventDefinition activityRef="S"/>'),
        "A",
        "'S' to compensate does not exist",
    ),
    (
        "compensation of what nothing undoes",
        f"""{START}<bpmn:task id="A"/><bpmn:endEvent id="X"><bpmn:compensateEventDefinition activityRef="A"/>
</bpmn:endEvent><bpmn:sequenceFlow id="G" sourceRef="A" targetRef="X"/>""",
        "X",
        "Nothing undoes A",
    ),
    (
        "flow out of a compensation event",
        boundary("<bpmn:compensateEventDefinition/>")
        + '<bpmn:task id="H" isForCompensation="true"/><bpmn:association id="O" sourceRef="X" targetRef="H"/>'
        '<bpmn:task id="B"/><bpmn:sequenceFlow id="Y" sourceRef="X" targetRef="B"/>',
        "X",
        "leaves a compensation event",
    ),
    (
        "flow out of a compensation handler",
        boundary("<bpmn:compensateEventDefinition/>")
        + '<bpmn:task id="H" isForCompensation="true"/><bpmn:association id="O" sourceRef="X" targetRef="H"/>'
        '<bpmn:task id="B"/><bpmn:sequenceFlow id="Y" sourceRef="H" targetRef="B"/>',
        "H",
        "leaves a compensation handler",
    ),
    (
        "event-based gateway to a task",
        f"""{START}<bpmn:eventBasedGateway id="A"/><bpmn:task id="B"/><bpmn:receiveTask id="C" messageRef="M"/>
<bpmn:sequenceFlow id="X" sourceRef="A" targetRef="B"/><bpmn:sequenceFlow id="Y" sourceRef="A" targetRef="C"/>""",
        "X",
        "no event to wait for",
    ),
    (
        "event-based gateway to an event of others",
        f"""{START}<bpmn:eventBasedGateway id="A"/><bpmn:receiveTask id="B" messageRef="M"/>
<bpmn:receiveTask id="C" messageRef="M"/><bpmn:sequenceFlow id="X" sourceRef="A" targetRef="B"/>
<bpmn:sequenceFlow id="Y" sourceRef="A" targetRef="C"/><bpmn:sequenceFlow id="Z" sourceRef="C" targetRef="B"/>""",
        "X",
        "Other flows lead to B",
    ),
    (
        "event-based gateway to a task with an event",
        f"""{START}<bpmn:eventBasedGateway id="A"/><bpmn:receiveTask id="B" messageRef="M"/>
<bpmn:receiveTask id="C" messageRef="M"/><bpmn:sequenceFlow id="X" sourceRef="A" targetRef="B"/>
<bpmn:sequenceFlow id="Y" sourceRef="A" targetRef="C"/><bpmn:boundaryEvent id="Z" attachedToRef="B">
<bpmn:messageEventDefinition messageRef="M"/></bpmn:boundaryEvent>""",
        "X",
        "and has boundary events",
    ),
    (
        "parallel event-based gateway in the middle",
        f"""{START}<bpmn:eventBasedGateway id="A" eventGatewayType="Parallel"/>
<bpmn:receiveTask id="B" messageRef="M"/><bpmn:receiveTask id="C" messageRef="M"/>
<bpmn:sequenceFlow id="X" sourceRef="A" targetRef="B"/><bpmn:sequenceFlow id="Y" sourceRef="A" targetRef="C"/>""",
        "A",
        "can only begin a process",
    ),
    ("event-based gateway to nothing", f'{START}<bpmn:eventBasedGateway id="A"/>', "A", "at least two events"),
    # tasks
    ("service task without work", f'{START}<bpmn:serviceTask id="A"/>', "A", "Nothing does the work"),
    ("send task without message", f'{START}<bpmn:sendTask id="A"/>', "A", "sends nothing"),
    ("receive task without message", f'{START}<bpmn:receiveTask id="A"/>', "A", "names no message"),
    ("business rule task without decision", f'{START}<bpmn:businessRuleTask id="A"/>', "A", "names no decision"),
    ("call activity without target", f'{START}<bpmn:callActivity id="A"/>', "A", "calls no process"),
    (
        "transaction that stores",
        f'{START}<bpmn:transaction id="A" method="##Store"><bpmn:startEvent id="B"/></bpmn:transaction>',
        "A",
        "can only compensate",
    ),
    ("script task without script", f'{START}<bpmn:scriptTask id="A" scriptFormat="python"/>', "A", "has no script"),
    (
        "script in Groovy",
        f'{START}<bpmn:scriptTask id="A" scriptFormat="groovy"><bpmn:script>x</bpmn:script></bpmn:scriptTask>',
        "A",
        "'groovy' can't run",
    ),
    (
        "script that imports",
        f'{START}<bpmn:scriptTask id="A" scriptFormat="python"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>',
        "A",
        "script can't run",
    ),
    ("unknown form", f'{START}<bpmn:userTask id="A" camunda:formRef="Q"/>', "A", "'Q' does not exist"),
    (
        "form of another application",
        f'{START}<bpmn:userTask id="A" camunda:formKey="embedded:app:x.html"/>',
        "A",
        "another application",
    ),
    ("external task without topic", f'{START}<bpmn:serviceTask id="A" camunda:type="external"/>', "A", "no topic"),
    (
        "mail task",
        f'{START}<bpmn:serviceTask id="A" camunda:type="mail"/>',
        "A",
        "type 'mail'",
    ),
    ("quantity of nothing", f'{START}<bpmn:task id="A" startQuantity="0"/>', "A", "startQuantity is 0"),
    ("quantity that is no number", f'{START}<bpmn:task id="A" completionQuantity="x"/>', "A", "'x'"),
    (
        "negative cardinality",
        loop(
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>-1</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>"
        ),
        "A",
        "cardinality is '-1'",
    ),
    ("endless loop", loop("<bpmn:standardLoopCharacteristics/>"), "A", "never end"),
    ("negative maximum", loop('<bpmn:standardLoopCharacteristics loopMaximum="-1"/>'), "A", "loopMaximum is -1"),
    ("loop over nothing", loop("<bpmn:multiInstanceLoopCharacteristics/>"), "A", "neither how often"),
    (
        "behavior without event",
        loop(
            '<bpmn:multiInstanceLoopCharacteristics behavior="One"><bpmn:loopCardinality>1</bpmn:loopCardinality>'
            "</bpmn:multiInstanceLoopCharacteristics>"
        ),
        "A",
        "throws no event",
    ),
]


@pytest.mark.parametrize(("elements", "element", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_each_mistake_is_found_where_it_is(linted: Linted, elements: str, element: str, words: str) -> None:
    problems = linted(elements, ROOTS)
    found = [problem for problem in problems if words in problem.what or words in problem.mend]
    assert found, problems
    if element:
        assert {problem.element for problem in found} == {element}
    assert all(problem.line >= 8 and problem.what.endswith(".") and problem.mend.endswith(".") for problem in problems)


CAMUNDA8 = [
    (
        "message without key",
        f'{START}<bpmn:receiveTask id="A" messageRef="M"/>',
        "no correlation key",
    ),
    (
        "script where it is not read",
        f'{START}<bpmn:scriptTask id="A"><bpmn:script>a</bpmn:script></bpmn:scriptTask>',
        "does not read it",
    ),
    (
        "condition without sign",
        f"""{START}<bpmn:exclusiveGateway id="A" default="D"/><bpmn:task id="B"/>
<bpmn:sequenceFlow id="X" sourceRef="A" targetRef="B"><bpmn:conditionExpression>a</bpmn:conditionExpression>
</bpmn:sequenceFlow><bpmn:sequenceFlow id="D" sourceRef="A" targetRef="B"/>""",
        "starts with =",
    ),
    (
        "two kinds of work",
        f'{START}<bpmn:scriptTask id="A"><bpmn:extensionElements><zeebe:taskDefinition type="x"/>'
        '<zeebe:script expression="=1" resultVariable="b"/></bpmn:extensionElements></bpmn:scriptTask>',
        "both a job type",
    ),
    (
        "connector",
        f'{START}<bpmn:serviceTask id="A"><bpmn:extensionElements><zeebe:taskDefinition type="io.camunda:http-json:1"/>'
        "</bpmn:extensionElements></bpmn:serviceTask>",
        "is a connector",
    ),
    (
        "output collection without element",
        f'{START}<bpmn:task id="A"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=a" outputCollection="b"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics></bpmn:task>",
        "only one is given",
    ),
    (
        "retries that are no number",
        f'{START}<bpmn:serviceTask id="A"><bpmn:extensionElements><zeebe:taskDefinition type="x" retries="many"/>'
        "</bpmn:extensionElements></bpmn:serviceTask>",
        "'many'",
    ),
    (
        "FEEL that can't be read",
        f'{START}<bpmn:serviceTask id="A"><bpmn:extensionElements><zeebe:taskDefinition type="=a +"/>'
        "</bpmn:extensionElements></bpmn:serviceTask>",
        "can't be read",
    ),
]


@pytest.mark.parametrize(("elements", "words"), [row[1:] for row in CAMUNDA8], ids=[row[0] for row in CAMUNDA8])
def test_each_mistake_of_a_camunda_8_diagram_is_found(linted: Linted, elements: str, words: str) -> None:
    problems = linted(elements, MESSAGE, "camunda8")
    assert any(words in problem.what or words in problem.mend for problem in problems), problems


def test_two_elements_with_one_id_are_named(linted: Linted) -> None:
    problems = linted(f'{START}<bpmn:task id="A"/>\n<bpmn:task id="A"/>')
    assert [(problem.line, problem.element) for problem in problems] == [(12, "A")]
    assert "line 11" in problems[0].what


def test_of_a_lost_path_only_its_first_element_is_named(linted: Linted) -> None:
    problems = linted(
        f"""{START}<bpmn:task id="A"/><bpmn:task id="Y"/><bpmn:task id="X"/>
<bpmn:sequenceFlow id="G" sourceRef="X" targetRef="Y"/>"""
    )
    assert [problem.element for problem in problems] == ["X"]
