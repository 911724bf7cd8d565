"""Path coverage: what instances passed, over many of them, as numbers, as text and as a picture."""

from pathlib import Path

import pytest
from lxml import html
from SpiffWorkflow.operators import Attrib, Equal
from SpiffWorkflow.specs import ExclusiveChoice, Simple, WorkflowSpec

from workflows.engine import Resource
from workflows.errors import BpmnError
from workflows.pictures import read_picture
from workflows.spiff.python import PythonWorkflow
from workflows.testing import Coverage, InMemoryEngine, ProcessTest

DIAGRAMS = Path(__file__).with_name("diagrams")
REMINDER = DIAGRAMS / "reminder.bpmn"
COMPENSATION = Path(__file__).parents[1] / "conformance/cases/compensation/throw_for_all.bpmn"
LINKS = Path(__file__).parents[1] / "conformance/cases/events/intermediate/link.bpmn"


def test_what_was_passed_is_counted_over_instances_and_engines() -> None:
    coverage = Coverage()
    for agreed in (True, False, False):
        with ProcessTest(REMINDER, coverage=coverage) as test:
            test.on_job("book")
            test.start("reminder").complete("answer", {"agreed": agreed})
    (found,) = coverage.diagrams
    assert found.resource == Resource(REMINDER.name, REMINDER.read_bytes())
    assert found.elements["start"] == found.flows["to_answer"] == 3
    assert found.elements["book"] == found.flows["to_book"] == 1
    assert found.flows["to_declined"] == 2
    assert set(found.missed) == {
        "week", "remind", "reminded", "month", "expired", "taken",
        "to_remind", "to_reminded", "to_expired", "ask_again",
    }  # fmt: skip
    assert found.percentage == pytest.approx(100 * 11 / 21)


@pytest.mark.parametrize("core", ["dams", "spiff"])
def test_everything_can_be_covered_on_each_core(core: str) -> None:
    coverage = Coverage()
    with InMemoryEngine(cores={"reminder": core}) as engine, ProcessTest(engine=engine, coverage=coverage) as test:
        test.deploy(REMINDER)
        test.on_job("remind")
        test.on_job("book", BpmnError("TAKEN"), None)
        run = test.start("reminder")
        run.complete("answer", {"agreed": True})
        run.complete("answer", {"agreed": True})
        test.start("reminder").complete("answer", {"agreed": False})
        expired = test.start("reminder")
        test.advance_to(test.clock().replace(year=2027))
        expired.assert_completed()
    assert coverage.diagram("reminder.bpmn").missed == []
    assert coverage.diagram("reminder.bpmn").percentage == 100
    assert "Everything was passed." in coverage.html()


def test_a_diagram_without_an_instance_is_not_covered_at_all() -> None:
    coverage = Coverage()
    ProcessTest(REMINDER, coverage=coverage).close()
    assert coverage.diagram("reminder.bpmn").percentage == 0
    with pytest.raises(KeyError, match=r"other\.bpmn"):
        coverage.diagram("other.bpmn")


def test_an_engine_is_watched_once() -> None:
    coverage = Coverage()
    with InMemoryEngine() as engine:
        for _ in range(2):
            with ProcessTest(REMINDER, engine=engine, coverage=coverage) as test:
                test.start("reminder")
    assert coverage.diagram("reminder.bpmn").elements["start"] == 2


def test_workflows_in_python_are_covered_like_diagrams() -> None:
    coverage = Coverage()
    greeting = PythonWorkflow("greeting", _Greeting)
    with InMemoryEngine(workflows=[greeting]) as engine, ProcessTest(engine=engine, coverage=coverage) as test:
        test.deploy(greeting.resource())
        test.start("greeting", {"language": "en"}).assert_passed("english")
    (found,) = coverage.diagrams
    assert [each for each in found.missed if each in found.elements] == ["german"]
    page = html.fromstring(coverage.html())
    assert {"english", "german"} <= {str(each.get("data-element")) for each in page.iter("g")}


class _Greeting(WorkflowSpec):  # type: ignore[misc]  # the library has no types
    def __init__(self) -> None:
        super().__init__("greeting", addstart=True)
        choice = ExclusiveChoice(self, "choice")
        self.start.connect(choice)
        choice.connect(Simple(self, "german"))
        choice.connect_if(Equal(Attrib("language"), "en"), Simple(self, "english"))


def test_a_changed_diagram_counts_anew() -> None:
    coverage = Coverage()
    changed = Resource(REMINDER.name, REMINDER.read_bytes().replace(b"Remind<", b"Warn<"))
    changed = Resource(REMINDER.name, changed.content + b"\n")
    for file in (REMINDER, changed):
        with ProcessTest(file, coverage=coverage) as test:
            test.start("reminder")
    assert [found.elements["start"] for found in coverage.diagrams] == [1, 1]


def test_what_no_token_can_pass_is_not_asked_for() -> None:
    coverage = Coverage()
    ProcessTest(COMPENSATION, LINKS, coverage=coverage).close()
    undone = {shape.id for shape in read_picture(COMPENSATION.read_bytes()).shapes if shape.kind == "boundaryEvent"}
    assert undone
    assert not undone & coverage.diagram(COMPENSATION.name).elements.keys()
    flows = {edge.id for edge in read_picture(LINKS.read_bytes()).edges}
    assert coverage.diagram(LINKS.name).flows.keys() == flows


def test_what_is_undone_by_an_error_was_not_passed() -> None:
    coverage = Coverage()
    with ProcessTest(REMINDER, coverage=coverage) as test:
        run = test.start("reminder")
        task = run.task("answer")
        with test.engine.database.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER no_job BEFORE INSERT ON job BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        with pytest.raises(Exception, match="no"):
            test.engine.complete(task.id, {"agreed": True})
        run.assert_waiting("answer")
    assert coverage.diagram("reminder.bpmn").elements["choice"] == 0


def test_the_report_in_text_names_what_was_not_passed() -> None:
    coverage = Coverage()
    with ProcessTest(REMINDER, coverage=coverage) as test:
        test.start("reminder").complete("answer", {"agreed": False})
    lines = coverage.text().splitlines()
    assert lines[0].split() == ["Diagram", "Elements", "Flows", "Covered"]
    assert lines[1].split() == ["reminder.bpmn", "4", "of", "12", "3", "of", "9", "33", "%"]
    assert "  not passed: element book (Book)" in lines
    assert "  not passed: flow to_book (yes)" in lines


def test_the_report_as_a_page_shows_the_diagram_with_what_was_passed(tmp_path: Path) -> None:
    coverage = Coverage()
    with ProcessTest(REMINDER, coverage=coverage) as test:
        test.start("reminder").complete("answer", {"agreed": False})
    coverage.write(tmp_path / "report")
    page = html.fromstring((tmp_path / "report" / "index.html").read_text())
    marks = {str(each.get("data-element")): str(each.get("class")).split()[-1] for each in page.iter("g")}
    assert marks["declined"] == marks["to_declined"] == "covered"
    assert marks["book"] == marks["to_book"] == "missed"
    assert not list(page.iter("script"))
    assert (tmp_path / "report" / "coverage.txt").read_text() == coverage.text()
