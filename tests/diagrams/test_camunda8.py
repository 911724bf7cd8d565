"""What the extension elements of Camunda 8 compile to."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from workflows.diagrams import Graph
from workflows.diagrams.graph import Binding, EventKind, MultiInstance, Node
from workflows.expressions.expression import Expression, Literal
from workflows.values import JsonValue

OneNode = Callable[..., Node]
NOW = datetime(2025, 3, 31, tzinfo=UTC)


def value(expression: Expression | None, **variables: JsonValue) -> JsonValue:
    assert expression is not None
    return expression.json(variables, NOW)


def extended(element: str, extensions: str) -> str:
    return f'<bpmn:{element} id="X"><bpmn:extensionElements>{extensions}</bpmn:extensionElements></bpmn:{element}>'


@pytest.mark.parametrize("element", ["serviceTask", "sendTask", "businessRuleTask", "scriptTask"])
def test_a_task_definition_makes_a_job(node: OneNode, element: str) -> None:
    extensions = (
        '<zeebe:taskDefinition type="=&quot;pay_&quot; + kind" retries="5"/>'
        '<zeebe:taskHeaders><zeebe:header key="unit" value="A"/></zeebe:taskHeaders>'
        '<zeebe:jobPriorityDefinition priority="=1 + 1"/>'
    )
    job = node(extended(element, extensions), platform="camunda8").job
    assert job is not None
    assert (value(job.type, kind="card"), job.retries, value(job.priority)) == ("pay_card", Literal(5), 2)
    assert job.headers == {"unit": "A"}


@pytest.mark.parametrize("element", ["intermediateThrowEvent", "endEvent"])
def test_a_thrown_message_may_be_the_work_of_a_handler(compiled: Callable[..., Graph], element: str) -> None:
    graph = compiled(
        f"""<bpmn:startEvent id="S"/><bpmn:sequenceFlow id="F" sourceRef="S" targetRef="X"/>
<bpmn:{element} id="X"><bpmn:extensionElements><zeebe:taskDefinition type="send"/></bpmn:extensionElements>
<bpmn:messageEventDefinition/></bpmn:{element}>""",
        platform="camunda8",
    )
    job = graph.nodes["X"].job
    assert job is not None
    assert value(job.type) == "send"


def test_a_user_task_says_who_does_it_and_until_when(node: OneNode) -> None:
    extensions = (
        '<zeebe:userTask/><zeebe:formDefinition formId="patient"/>'
        '<zeebe:assignmentDefinition assignee="=patient" candidateGroups="staff" candidateUsers="=[&quot;a&quot;]"/>'
        '<zeebe:taskSchedule dueDate="=due" followUpDate="2025-04-01T00:00:00Z"/>'
        '<zeebe:priorityDefinition priority="80"/>'
    )
    task = node(extended("userTask", extensions), platform="camunda8").user_task
    assert task is not None
    assert task.form is not None
    assert (value(task.assignee, patient="ana"), value(task.candidate_users)) == ("ana", ["a"])
    assert [value(part) for part in (task.candidate_groups, task.follow_up_date, task.priority)] == [
        "staff",
        "2025-04-01T00:00:00Z",
        "80",
    ]
    assert value(task.due_date, due="x") == "x"


def test_a_form_inside_the_diagram_is_read(compiled: Callable[..., Graph]) -> None:
    schema = json.dumps({"id": "F", "components": [{"type": "textfield", "key": "name"}]})
    graph = compiled(
        f"""<bpmn:extensionElements><zeebe:userTaskForm id="userTaskForm_1">{schema}</zeebe:userTaskForm>
</bpmn:extensionElements>"""
        + extended("userTask", '<zeebe:formDefinition formKey="camunda-forms:bpmn:userTaskForm_1"/>'),
        platform="camunda8",
    )
    task = graph.nodes["X"].user_task
    assert task is not None
    assert task.form is not None
    assert [field.id for field in task.form.fields] == ["name"]


def test_a_start_event_may_have_a_form(compiled: Callable[..., Graph]) -> None:
    graph = compiled(extended("startEvent", '<zeebe:formDefinition formId="patient"/>'), platform="camunda8")
    assert graph.nodes["X"].user_task is not None


def test_a_script_is_feel(node: OneNode) -> None:
    script = node(
        extended("scriptTask", '<zeebe:script expression="=a + 1" resultVariable="b"/>'), "", "camunda8"
    ).script
    assert script is not None
    assert (value(script.expression, a=1), script.result_variable) == (2, "b")


def test_a_business_rule_task_names_its_decision(node: OneNode) -> None:
    decision = node(
        extended(
            "businessRuleTask",
            '<zeebe:calledDecision decisionId="fee" resultVariable="fee" bindingType="versionTag" versionTag="a"/>',
        ),
        platform="camunda8",
    ).decision
    assert decision is not None
    assert (value(decision.decision), decision.result_variable) == ("fee", "fee")
    assert (decision.binding, decision.version) == (Binding.VERSION_TAG, Literal("a"))


@pytest.mark.parametrize(
    ("attributes", "mappings", "copied"),
    [
        ("", "", (True, [], True)),
        ('propagateAllChildVariables="false"', "", (True, [], False)),
        ('propagateAllParentVariables="false"', '<zeebe:input source="=a" target="b.c"/>', (False, ["b"], True)),
        ('propagateAllChildVariables="false"', '<zeebe:output source="=a" target="b"/>', (True, [], True)),
    ],
)
def test_a_call_activity_propagates_as_it_says(
    node: OneNode, attributes: str, mappings: str, copied: tuple[bool, list[str], bool]
) -> None:
    extensions = f'<zeebe:calledElement processId="=name" {attributes}/><zeebe:ioMapping>{mappings}</zeebe:ioMapping>'
    call = node(extended("callActivity", extensions), platform="camunda8").call
    assert call is not None
    assert value(call.process, name="Child") == "Child"
    assert (call.all_inputs, [mapping.target for mapping in call.inputs], call.all_outputs) == copied


def test_mappings_keep_a_tasks_answer_to_itself_only_with_outputs(node: OneNode) -> None:
    def task(mapping: str) -> Node:
        extensions = f'<zeebe:taskDefinition type="pay"/><zeebe:ioMapping>{mapping}</zeebe:ioMapping>'
        return node(extended("serviceTask", extensions), platform="camunda8")

    with_input = task('<zeebe:input source="=a + 1" target="b"/>')
    with_output = task('<zeebe:output source="=a" target="order.sum"/>')
    assert [(m.target, value(m.source, a=1)) for m in with_input.inputs] == [("b", 2)]
    assert [m.target for m in with_output.outputs] == ["order.sum"]
    assert (with_input.local_result, with_output.local_result) == (False, True)


def test_a_multi_instance_collects_what_its_runs_give(node: OneNode) -> None:
    loop = node(
        '<bpmn:task id="X"><bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" '
        'outputElement="=item * 2"/></bpmn:extensionElements><bpmn:completionCondition>=done</bpmn:completionCondition>'
        "</bpmn:multiInstanceLoopCharacteristics></bpmn:task>",
        platform="camunda8",
    ).loop
    assert isinstance(loop, MultiInstance)
    assert (value(loop.collection, items=[1]), loop.element_variable, loop.output_collection) == (
        [1],
        "item",
        "results",
    )
    assert value(loop.output_element, item=2) == 4
    assert value(loop.completion_condition, done=True) is True


def test_a_message_correlates_by_its_key(node: OneNode) -> None:
    event = node(
        '<bpmn:receiveTask id="X" messageRef="M"/>',
        '<bpmn:message id="M" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=ticket"/>'
        "</bpmn:extensionElements></bpmn:message>",
        "camunda8",
    ).events[0]
    assert (event.kind, event.name, value(event.correlation_key, ticket="T1")) == (
        EventKind.MESSAGE,
        Literal("paid"),
        "T1",
    )


def test_an_ad_hoc_sub_process_runs_the_elements_it_names(node: OneNode) -> None:
    ad_hoc = node(
        '<bpmn:adHocSubProcess id="X"><bpmn:extensionElements><zeebe:adHoc activeElementsCollection="=chosen"/>'
        '</bpmn:extensionElements><bpmn:task id="A"/><bpmn:task id="B"/></bpmn:adHocSubProcess>',
        platform="camunda8",
    ).ad_hoc
    assert ad_hoc is not None
    assert value(ad_hoc.active_elements, chosen=["A"]) == ["A"]


def test_a_process_keeps_its_version_tag(compiled: Callable[..., Graph]) -> None:
    graph = compiled(
        '<bpmn:extensionElements><zeebe:versionTag value="1.2"/></bpmn:extensionElements><bpmn:task id="X"/>',
        platform="camunda8",
    )
    assert graph.processes["P"].version_tag == "1.2"


def test_a_condition_may_watch_one_variable(node: OneNode) -> None:
    event = node(
        '<bpmn:intermediateCatchEvent id="X"><bpmn:conditionalEventDefinition><bpmn:extensionElements>'
        '<zeebe:conditionalFilter variableNames="n"/></bpmn:extensionElements><bpmn:condition>=n > 1</bpmn:condition>'
        "</bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>",
        platform="camunda8",
    ).events[0]
    assert event.variable_name == "n"


@pytest.mark.parametrize("kind", ["timeDuration", "timeDate", "timeCycle"])
def test_timers_may_be_feel(node: OneNode, kind: str) -> None:
    event = node(
        f'<bpmn:intermediateCatchEvent id="X"><bpmn:timerEventDefinition><bpmn:{kind}>=due</bpmn:{kind}>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
        platform="camunda8",
    ).events[0]
    assert value(event.expression, due="x") == "x"
