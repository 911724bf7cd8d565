"""Translating diagrams on the command line."""

from pathlib import Path

from tests.cli.conftest import BOOKING, ROOT, Order
from workflows.diagrams import compile_diagram, compile_form
from workflows.expressions.dialect import Dialect


def test_a_camunda7_diagram_is_written_for_camunda8_with_its_forms(order: Order, tmp_path: Path) -> None:
    target = tmp_path / "booking.bpmn"
    written = order("convert", BOOKING, "--to", "camunda8", "-o", str(target))
    assert written.status == 0
    assert written.out.splitlines()[0] == f"Wrote {target}"
    assert "Note: dams_appointment.bpmn:" in written.err
    forms = [compile_form(path.read_bytes(), path.name) for path in tmp_path.glob("*.form")]
    assert len(forms) == 4
    graph = compile_diagram(target.read_bytes(), target.name, forms={form.id: form for form in forms})
    assert graph.dialect is Dialect.CAMUNDA8


def test_without_an_output_the_file_stands_beside_the_original(order: Order, tmp_path: Path) -> None:
    original = tmp_path / "absence.bpmn"
    original.write_bytes((ROOT / "bpmn" / "dams_absence.bpmn").read_bytes())
    assert order("convert", str(original), "--to", "camunda8").status == 0
    assert compile_diagram((tmp_path / "absence.camunda8.bpmn").read_bytes(), "absence.camunda8.bpmn").processes


def test_a_diagram_that_no_broker_runs_is_refused_and_nothing_is_written(order: Order, tmp_path: Path) -> None:
    case = ROOT / "tests" / "conformance" / "cases" / "gateways" / "complex_resets.bpmn"
    target = tmp_path / "resets.bpmn"
    refused = order("convert", str(case), "--to", "camunda8", "-o", str(target))
    assert (refused.status, refused.out) == (1, "")
    assert "complex_resets.bpmn:" in refused.err
    assert "Zeebe has no complex gateway." in refused.err
    assert not target.exists()
    assert order("convert", str(case), "--to", "camunda9").status == 2
