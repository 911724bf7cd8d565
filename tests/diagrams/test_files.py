"""Whole files, as Camunda Modeler saves them."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from workflows.diagrams import Graph, compile_diagram, lint
from workflows.diagrams.forms import Form
from workflows.diagrams.graph import EventDefinition, Flow, MultiInstance, Node
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Expression, Literal

FILES = Path(__file__).parent / "files"
HOUSE = Path(__file__).parents[2]
BPMN = HOUSE / "bpmn"
FORMS = {"amount": Form("amount")}


def compiled(name: str) -> Graph:
    return compile_diagram((FILES / name).read_bytes(), name, forms=FORMS)


@pytest.mark.parametrize("name", ["release", "referral"])
def test_a_process_drawn_for_either_platform_is_the_same_graph(name: str) -> None:
    seven, eight = compiled(f"{name}_camunda7.bpmn"), compiled(f"{name}_camunda8.bpmn")
    assert (seven.dialect, eight.dialect) == (Dialect.CAMUNDA7, Dialect.CAMUNDA8)
    assert {process.id: process.body for process in seven.processes.values()} == {
        process.id: process.body for process in eight.processes.values()
    }
    assert {name: comparable(node) for name, node in seven.nodes.items()} == {
        name: comparable(node) for name, node in eight.nodes.items()
    }


def comparable(node: Node) -> tuple[object, ...]:
    """Return all that a node says, its expressions left out: they are written in the language of their platform."""
    plain = replace(
        node,
        line=0,
        incoming=tuple(map(plain_flow, node.incoming)),
        outgoing=tuple(map(plain_flow, node.outgoing)),
        events=tuple(map(plain_event, node.events)),
        loop=replace(node.loop, collection=None) if isinstance(node.loop, MultiInstance) else node.loop,
        inputs=(),
        user_task=None,
        script=None,
        call=None if node.call is None else replace(node.call, business_key=None),
        job=None if node.job is None else replace(node.job, retries=None, retry_cycle=None, priority=None),
        initiator=None,
    )
    inputs = [(mapping.target, mapping.source.names) for mapping in node.inputs]
    return plain, who_of(node), script_of(node), asks_of(node.call.business_key if node.call else None), inputs


def who_of(node: Node) -> tuple[object, ...]:
    task = node.user_task
    if task is None:
        return ()
    people = (task.assignee, task.candidate_users, task.candidate_groups)
    return task.form, *map(asks_of, (*people, task.due_date, task.follow_up_date, task.priority))


def script_of(node: Node) -> tuple[object, ...]:
    script = node.script
    return () if script is None else (script.result_variable, asks_of(script.expression))


def asks_of(expression: Expression | None) -> object:
    """Return the value of a constant, and the variables of any other expression."""
    return expression.value if isinstance(expression, Literal) else expression and expression.names


def plain_flow(flow: Flow) -> Flow:
    return replace(flow, condition=None, name="conditional" if flow.condition else "")


def plain_event(event: EventDefinition) -> EventDefinition:
    return replace(event, expression=None, correlation_key=None)


@pytest.mark.parametrize("name", ["release", "referral"])
@pytest.mark.parametrize("platform", ["camunda7", "camunda8"])
def test_the_elements_of_a_file_are_all_drawn(name: str, platform: str) -> None:
    text = (FILES / f"{name}_{platform}.bpmn").read_text()
    graph = compiled(f"{name}_{platform}.bpmn")
    drawn = set(re.findall(r'bpmnElement="([^"]+)"', text))
    assert drawn == {*graph.processes, *graph.nodes, *(f.id for node in graph.nodes.values() for f in node.outgoing)}


def test_what_only_one_platform_can_say_is_kept() -> None:
    seven, eight = (compiled(f"referral_camunda{number}.bpmn").nodes for number in (7, 8))
    assert (retry(seven["Task_Send"]), retry(eight["Task_Send"])) == ((None, "R3/PT10M"), (3, None))
    assert (seven["Start"].initiator, eight["Start"].initiator) == ("author", None)
    keys = [asks_of(nodes["Task_Answer"].events[0].correlation_key) for nodes in (seven, eight)]
    assert keys == [None, {"patientid"}]


def retry(node: Node) -> tuple[object, object]:
    assert node.job is not None
    return asks_of(node.job.retries), asks_of(node.job.retry_cycle)


def test_ten_mistakes_are_all_named_with_their_lines() -> None:
    problems = lint((FILES / "ten_mistakes.bpmn").read_bytes(), "ten_mistakes.bpmn")
    found = [(problem.line, problem.element, problem.what) for problem in problems]
    expected = [
        (7, "Task_Delegate", "camunda:class"),
        (16, "Task_Form", "'money'"),
        (22, "Task_Loop", "'-3'"),
        (25, "Catch", "no event definition"),
        (26, "Task_Script", "'javascript'"),
        (29, "Task_Lost", "No path"),
        (31, "End", "also that of"),
        (34, "F3", "no condition"),
        (36, "F4", "can't be read at character 11"),
        (41, "F8", "'Nowhere'"),
    ]
    assert [(line, element) for line, element, _ in found] == [(line, element) for line, element, _ in expected]
    assert all(words in what for (_, _, what), (_, _, words) in zip(found, expected, strict=True))


def test_a_problem_reads_as_a_sentence_with_its_place() -> None:
    problem = lint((FILES / "ten_mistakes.bpmn").read_bytes(), "ten_mistakes.bpmn")[0]
    assert str(problem) == (
        "ten_mistakes.bpmn:7: Task_Delegate (Call Java): The attribute camunda:class can't be honoured here. It needs "
        "a JVM. Make it an external task (type external and a topic), whose handler does the work."
    )


@pytest.mark.parametrize("path", sorted(BPMN.glob("*.bpmn")), ids=lambda path: path.name)
def test_the_diagrams_of_the_clinic_are_clean(path: Path) -> None:
    assert [str(problem) for problem in lint(path.read_bytes(), path.name)] == []


def run_lint(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", "lint", str(path)]
    return subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_line_lists_all_ten_mistakes() -> None:
    done = run_lint(FILES / "ten_mistakes.bpmn")
    assert (done.returncode, done.stderr) == (1, "")
    expected = lint((FILES / "ten_mistakes.bpmn").read_bytes(), "ten_mistakes.bpmn")
    assert done.stdout.splitlines() == [str(problem) for problem in expected]


def test_the_command_line_is_content_with_the_diagram_of_the_clinic() -> None:
    done = run_lint(BPMN / "dams_appointment.bpmn")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
