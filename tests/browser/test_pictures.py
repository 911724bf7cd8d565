"""Pictures of diagrams as a browser draws them."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.served import ROOT
from tests.chromium import SCREENSHOTS
from workflows.pictures import Mark, draw, read_picture

DIAGRAMS = sorted((ROOT / "bpmn").glob("*.bpmn"))
STICKING_OUT = """() => [...document.querySelectorAll('.shape:not(.frame)')].flatMap(shape => {
    const figure = shape.querySelector(':scope > rect.outline'), name = shape.querySelector(':scope > text');
    if (!figure || !name) return [];
    const around = figure.getBoundingClientRect(), inside = name.getBoundingClientRect();
    const fits = inside.left >= around.left && inside.right <= around.right
        && inside.top >= around.top && inside.bottom <= around.bottom;
    return fits ? [] : [name.textContent];
})"""
COLOURS = """() => Object.fromEntries(['covered', 'missed', 'active', 'incident'].map(mark => {
    const style = getComputedStyle(document.querySelector(`.${mark} > .outline`));
    return [mark, style.stroke + style.fill];
}))"""


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_names_fit_into_their_tasks(browser: Browser, path: Path) -> None:
    page = browser.new_page()
    page.set_content(draw(read_picture(path.read_bytes()), title=path.name))
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.locator("svg").screenshot(path=SCREENSHOTS / f"picture-{path.stem}.png")
    assert page.evaluate(STICKING_OUT) == []
    page.close()


def test_marks_differ_and_follow_the_scheme_of_the_page(browser: Browser) -> None:
    picture = read_picture((ROOT / "bpmn/dams_appointment.bpmn").read_bytes())
    tasks = [shape.id for shape in picture.shapes if shape.kind.endswith("Task")]
    svg = draw(picture, title="Marks", marks={task: [mark] for task, mark in zip(tasks, Mark, strict=False)})
    seen = set()
    for scheme in ("light", "dark"):
        page = browser.new_page()
        page.set_content(f'<html style="color-scheme: {scheme}">{svg}</html>')
        seen |= {(mark, colour) for mark, colour in page.evaluate(COLOURS).items()}
        page.close()
    assert len({colour for _, colour in seen}) == 2 * len(Mark)
