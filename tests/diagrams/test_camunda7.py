"""What the attributes and extension elements of Camunda 7 compile to."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from workflows.diagrams import Graph
from workflows.diagrams.graph import Binding, EventKind, MultiInstance, Node, StandardLoop, TimerKind
from workflows.expressions.expression import Expression, Literal
from workflows.values import JsonValue

OneNode = Callable[..., Node]
NOW = datetime(2025, 3, 31, tzinfo=UTC)


def value(expression: Expression | None, **variables: JsonValue) -> JsonValue:
    assert expression is not None
    return expression.json(variables, NOW)


def test_an_external_task_is_a_job_with_its_topic(node: OneNode) -> None:
    task = node(
        '<bpmn:serviceTask id="X" camunda:type="external" camunda:topic="pay" camunda:taskPriority="5">'
        "<bpmn:extensionElements><camunda:properties><camunda:property name='unit' value='A'/></camunda:properties>"
        "<camunda:failedJobRetryTimeCycle>R3/PT10M</camunda:failedJobRetryTimeCycle></bpmn:extensionElements>"
        "</bpmn:serviceTask>"
    )
    assert task.job is not None
    assert (value(task.job.type), value(task.job.priority), value(task.job.retry_cycle)) == ("pay", "5", "R3/PT10M")
    assert task.job.headers == {"unit": "A"}
    assert task.properties == {"unit": "A"}


def test_a_topic_may_be_an_expression(node: OneNode) -> None:
    task = node('<bpmn:sendTask id="X" camunda:type="external" camunda:topic="pay_${kind}"/>')
    assert task.job is not None
    assert value(task.job.type, kind="card") == "pay_card"


def test_the_process_gives_its_priority_to_its_external_tasks(compiled: Callable[..., Graph]) -> None:
    graph = compiled(
        '<bpmn:serviceTask id="X" camunda:type="external" camunda:topic="pay"/>', attributes='camunda:taskPriority="7"'
    )
    job = graph.nodes["X"].job
    assert job is not None
    assert value(job.priority) == "7"


def test_a_user_task_says_who_does_it_and_until_when(node: OneNode) -> None:
    task = node(
        '<bpmn:userTask id="X" camunda:assignee="${patient}" camunda:candidateUsers="a, b" '
        'camunda:candidateGroups="staff" camunda:dueDate="2025-04-01T00:00:00Z" '
        'camunda:followUpDate="${soon}" camunda:priority="80" camunda:formKey="my-page"/>'
    ).user_task
    assert task is not None
    assert value(task.assignee, patient="ana") == "ana"
    assert [value(part) for part in (task.candidate_users, task.candidate_groups, task.due_date, task.priority)] == [
        "a, b",
        "staff",
        "2025-04-01T00:00:00Z",
        "80",
    ]
    assert value(task.follow_up_date, soon="x") == "x"
    assert task.form_key == "my-page"


@pytest.mark.parametrize("element", ["userTask", "startEvent"])
def test_form_data_is_read_on_user_tasks_and_start_events(compiled: Callable[..., Graph], element: str) -> None:
    form = '<camunda:formData businessKey="ticket"><camunda:formField id="ticket" type="string"/></camunda:formData>'
    graph = compiled(f'<bpmn:{element} id="X"><bpmn:extensionElements>{form}</bpmn:extensionElements></bpmn:{element}>')
    task = graph.nodes["X"].user_task
    assert task is not None
    assert task.form is not None
    assert task.form.business_key == "ticket"
    assert [field.id for field in task.form.fields] == ["ticket"]


def test_a_form_reference_leads_to_the_form_deployed_beside(node: OneNode) -> None:
    task = node('<bpmn:userTask id="X" camunda:formRef="patient" camunda:formRefBinding="latest"/>').user_task
    assert task is not None
    assert task.form is not None
    assert task.form.id == "patient"


def test_python_and_feel_scripts_compile(node: OneNode) -> None:
    python = node('<bpmn:scriptTask id="X" scriptFormat="python"><bpmn:script>a = 1</bpmn:script></bpmn:scriptTask>')
    feel = node(
        '<bpmn:scriptTask id="X" scriptFormat="feel" camunda:resultVariable="b"><bpmn:script>a + 1</bpmn:script>'
        "</bpmn:scriptTask>"
    )
    assert python.script is not None
    assert python.script.script is not None
    assert feel.script is not None
    assert value(feel.script.expression, a=2) == 3
    assert feel.script.result_variable == "b"


@pytest.mark.parametrize(
    ("binding", "expected", "version"),
    [
        ("", Binding.LATEST, None),
        ('camunda:decisionRefBinding="deployment"', Binding.DEPLOYMENT, None),
        ('camunda:decisionRefBinding="version" camunda:decisionRefVersion="3"', Binding.VERSION, "3"),
        ('camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="a"', Binding.VERSION_TAG, "a"),
    ],
)
def test_a_business_rule_task_names_its_decision(
    node: OneNode, binding: str, expected: Binding, version: str | None
) -> None:
    decision = node(
        f'<bpmn:businessRuleTask id="X" camunda:decisionRef="fee" camunda:resultVariable="fee" {binding} '
        'camunda:mapDecisionResult="singleEntry"/>'
    ).decision
    assert decision is not None
    assert (value(decision.decision), decision.result_variable, decision.map_result) == ("fee", "fee", "singleEntry")
    assert decision.binding is expected
    assert (None if decision.version is None else value(decision.version)) == version


def test_a_call_activity_copies_what_it_names(node: OneNode) -> None:
    call = node(
        '<bpmn:callActivity id="X" calledElement="p:Child" camunda:calledElementBinding="deployment">'
        "<bpmn:extensionElements>"
        '<camunda:in businessKey="#{execution.processBusinessKey}"/><camunda:in source="a" target="b"/>'
        '<camunda:in sourceExpression="${a + 1}" target="c"/><camunda:out variables="all"/>'
        "</bpmn:extensionElements></bpmn:callActivity>"
    ).call
    assert call is not None
    assert value(call.process) == "Child"
    assert call.binding is Binding.DEPLOYMENT
    assert call.business_key is not None
    assert [(mapping.target, value(mapping.source, a=1)) for mapping in call.inputs] == [("b", 1), ("c", 2)]
    assert (call.all_inputs, call.all_outputs) == (False, True)


def test_input_and_output_parameters_hold_texts_lists_maps_and_feel(node: OneNode) -> None:
    task = node(
        '<bpmn:userTask id="X"><bpmn:extensionElements><camunda:inputOutput>'
        '<camunda:inputParameter name="text">Dear ${name}</camunda:inputParameter>'
        '<camunda:inputParameter name="none"/>'
        '<camunda:inputParameter name="list"><camunda:list><camunda:value>a</camunda:value>'
        "<camunda:value>${name}</camunda:value></camunda:list></camunda:inputParameter>"
        '<camunda:inputParameter name="map"><camunda:map><camunda:entry key="k">${name}</camunda:entry></camunda:map>'
        "</camunda:inputParameter>"
        '<camunda:outputParameter name="feel"><camunda:script scriptFormat="feel">1 + 1</camunda:script>'
        "</camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements></bpmn:userTask>"
    )
    inputs: Mapping[str, JsonValue] = {m.target: value(m.source, name="Ana") for m in task.inputs}
    assert inputs == {"text": "Dear Ana", "none": None, "list": ["a", "Ana"], "map": {"k": "Ana"}}
    assert [(m.target, value(m.source)) for m in task.outputs] == [("feel", 2)]
    assert task.local_result is False


@pytest.mark.parametrize("collection", ["slots", "${slots}"])
def test_a_multi_instance_runs_over_a_collection(node: OneNode, collection: str) -> None:
    loop = node(
        '<bpmn:userTask id="X"><bpmn:multiInstanceLoopCharacteristics isSequential="true" '
        f'camunda:collection="{collection}" camunda:elementVariable="slot">'
        "<bpmn:completionCondition>${nrOfCompletedInstances > 1}</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    ).loop
    assert isinstance(loop, MultiInstance)
    assert (loop.sequential, loop.element_variable, value(loop.collection, slots=[1])) == (True, "slot", [1])
    assert value(loop.completion_condition, nrOfCompletedInstances=2) is True


def test_a_loop_cardinality_is_a_number_or_an_expression(node: OneNode) -> None:
    def cardinality(text: str) -> JsonValue:
        loop = node(
            '<bpmn:task id="X"><bpmn:multiInstanceLoopCharacteristics>'
            f"<bpmn:loopCardinality>{text}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:task>"
        ).loop
        assert isinstance(loop, MultiInstance)
        return value(loop.cardinality, n=4)

    assert (cardinality("3"), cardinality("${n}")) == (3, 4)


def test_a_standard_loop_keeps_its_condition_and_maximum(node: OneNode) -> None:
    loop = node(
        '<bpmn:task id="X"><bpmn:standardLoopCharacteristics testBefore="true" loopMaximum="5">'
        "<bpmn:loopCondition>again == True</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:task>"
    ).loop
    assert isinstance(loop, StandardLoop)
    assert (loop.test_before, loop.maximum, value(loop.condition, again=True)) == (True, 5, True)


def test_conditions_are_juel_bare_or_feel(compiled: Callable[..., Graph]) -> None:
    graph = compiled(
        """<bpmn:startEvent id="S"/><bpmn:exclusiveGateway id="G" default="D"/><bpmn:endEvent id="E"/>
<bpmn:sequenceFlow id="F" sourceRef="S" targetRef="G"/><bpmn:sequenceFlow id="D" sourceRef="G" targetRef="E"/>
<bpmn:sequenceFlow id="A" sourceRef="G" targetRef="E">
  <bpmn:conditionExpression>${n &gt; 1}</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:sequenceFlow id="B" sourceRef="G" targetRef="E">
  <bpmn:conditionExpression>n &gt; 1</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:sequenceFlow id="C" sourceRef="G" targetRef="E">
  <bpmn:conditionExpression language="feel">n &gt; 1</bpmn:conditionExpression></bpmn:sequenceFlow>"""
    )
    flows = {flow.id: flow.condition for flow in graph.nodes["G"].outgoing}
    assert {name: value(condition, n=2) for name, condition in flows.items() if condition is not None} == {
        "A": True,
        "B": True,
        "C": True,
    }
    assert graph.nodes["G"].default == "D"


@pytest.mark.parametrize(
    ("kind", "text"), [("timeDate", "2025-04-01T00:00:00Z"), ("timeDuration", "PT5M"), ("timeCycle", "R3/PT5M")]
)
def test_timers_keep_their_kind(node: OneNode, kind: str, text: str) -> None:
    event = node(
        '<bpmn:intermediateCatchEvent id="X"><bpmn:timerEventDefinition id="T">'
        f"<bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    ).events[0]
    assert (event.kind, event.timer, value(event.expression)) == (EventKind.TIMER, TimerKind(kind), text)


def test_a_thrown_message_may_be_the_work_of_a_handler(node: OneNode) -> None:
    event = node(
        '<bpmn:intermediateThrowEvent id="X"><bpmn:messageEventDefinition id="M" camunda:type="external" '
        'camunda:topic="send"/></bpmn:intermediateThrowEvent>'
    )
    assert event.job is not None
    assert value(event.job.type) == "send"


def test_messages_signals_errors_and_escalations_are_found_by_their_roots(compiled: Callable[..., Graph]) -> None:
    events = "".join(
        f'<bpmn:boundaryEvent id="{kind}" attachedToRef="X"><bpmn:{kind}EventDefinition {kind}Ref="{kind}_1" '
        f"{extra}/></bpmn:boundaryEvent>"
        for kind, extra in (
            ("message", ""),
            ("signal", ""),
            ("error", 'camunda:errorCodeVariable="code" camunda:errorMessageVariable="text"'),
            ("escalation", 'camunda:escalationCodeVariable="code"'),
        )
    )
    graph = compiled(
        f'<bpmn:userTask id="X"/>{events}',
        '<bpmn:message id="message_1" name="m_${n}"/><bpmn:signal id="signal_1" name="s"/>'
        '<bpmn:error id="error_1" name="Taken" errorCode="TAKEN" camunda:errorMessage="Taken by ${who}"/>'
        '<bpmn:escalation id="escalation_1" name="Late" escalationCode="LATE"/>',
    )
    events_by_id = {name: graph.nodes[name].events[0] for name in ("message", "signal", "error", "escalation")}
    assert value(events_by_id["message"].name, n=1) == "m_1"
    assert events_by_id["signal"].name == Literal("s")
    error = events_by_id["error"]
    assert (error.code, error.code_variable, error.message_variable) == (Literal("TAKEN"), "code", "text")
    assert value(error.error_message, who="Ana") == "Taken by Ana"
    assert (events_by_id["escalation"].code, events_by_id["escalation"].code_variable) == (Literal("LATE"), "code")
    assert graph.nodes["X"].attached == ("message", "signal", "error", "escalation")


def test_a_thrown_signal_carries_what_it_names(node: OneNode) -> None:
    event = node(
        '<bpmn:intermediateThrowEvent id="X"><bpmn:signalEventDefinition signalRef="s"><bpmn:extensionElements>'
        '<camunda:in source="a" target="b"/></bpmn:extensionElements></bpmn:signalEventDefinition>'
        "</bpmn:intermediateThrowEvent>",
        '<bpmn:signal id="s" name="s"/>',
    )
    assert [(mapping.target, value(mapping.source, a=1)) for mapping in event.inputs] == [("b", 1)]


def test_a_condition_may_watch_one_variable(node: OneNode) -> None:
    event = node(
        '<bpmn:intermediateCatchEvent id="X"><bpmn:conditionalEventDefinition camunda:variableName="n">'
        "<bpmn:condition>${n > 1}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>"
    ).events[0]
    assert (event.variable_name, value(event.expression, n=2)) == ("n", True)


def test_the_process_keeps_who_may_start_it_and_how_long_it_is_kept(compiled: Callable[..., Graph]) -> None:
    process = compiled(
        '<bpmn:startEvent id="S" camunda:initiator="me" camunda:asyncBefore="true" camunda:asyncAfter="true"/>',
        attributes='camunda:versionTag="1.2" camunda:historyTimeToLive="P30D" camunda:candidateStarterUsers="a, b" '
        'camunda:candidateStarterGroups="staff" camunda:isStartableInTasklist="false"',
    )
    found = process.processes["P"]
    assert (found.version_tag, found.history_time_to_live, found.startable) == ("1.2", 30, False)
    assert (found.candidate_starters, found.candidate_starter_groups) == (("a", "b"), ("staff",))
    start = process.nodes["S"]
    assert (start.initiator, start.async_before, start.async_after) == ("me", True, True)
