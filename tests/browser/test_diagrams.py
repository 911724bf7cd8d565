"""bpmn-js, which is what Camunda Modeler draws with, opens every diagram of `bpmn/`, as it is and as it is translated
for a broker, and has nothing to complain of."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.served import ROOT
from tests.chromium import SCREENSHOTS
from workflows.zeebe.profile import portable

SCRIPT = ROOT / "node_modules" / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"
DIAGRAMS = sorted((ROOT / "bpmn").glob("*.bpmn"))
WIDEST = 4000

OPEN = """async (xml) => {
    const viewer = new BpmnJS({container: "#canvas"});
    const {warnings} = await viewer.importXML(xml);
    viewer.get("canvas").zoom("fit-viewport");
    return {warnings: warnings.map(String), shapes: viewer.get("elementRegistry").getAll().length};
}"""


@pytest.fixture(scope="module")
def viewer() -> str:
    """The script of bpmn-js, as set-up installs it for the pages; without it only CI fails."""
    if not SCRIPT.exists():
        pytest.skip("bpmn-js is not installed: run .ci/setup, which needs npm")
    return SCRIPT.read_text()


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_opens_without_warnings(browser: Browser, viewer: str, diagram: Path) -> None:
    opened = open_diagram(browser, viewer, diagram.read_text(), f"diagram-{diagram.stem}")
    assert opened["warnings"] == []
    assert opened["shapes"] >= 5


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda path: path.stem)
def test_a_translated_diagram_opens_with_all_its_shapes(browser: Browser, viewer: str, diagram: Path) -> None:
    translated = portable(diagram.read_bytes(), diagram.name).bpmn.decode()
    opened = open_diagram(browser, viewer, translated, f"diagram-{diagram.stem}-camunda8")
    assert opened == open_diagram(browser, viewer, diagram.read_text(), f"diagram-{diagram.stem}")
    assert opened["warnings"] == []


def open_diagram(browser: Browser, viewer: str, xml: str, picture: str) -> dict[str, Any]:
    page = browser.new_page(viewport={"width": WIDEST, "height": 1200})
    page.set_content('<div id="canvas" style="height: 1150px"></div>')
    page.add_script_tag(content=viewer)
    opened: dict[str, Any] = page.evaluate(OPEN, xml)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{picture}.png")
    page.close()
    return opened
