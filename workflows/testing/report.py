"""The report of a path coverage, as text and as a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from workflows.engine import Resource
from workflows.pictures import Mark, draw, read_picture

_HEADS = ("Elements", "Flows", "Covered")
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h2 { margin: 2rem 0 0.3rem; }
p { margin: 0.3rem 0; }
.picture { overflow-x: auto; border: 1px solid light-dark(#d9e1de, #2e3b38); border-radius: 0.6rem; padding: 0.5rem; }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 1.2rem 0.25rem 0; text-align: right; }
th:first-child, td:first-child { text-align: left; }
code { font-size: 0.9em; }
"""


@dataclass(slots=True)
class DiagramCoverage:
    """One version of a file: how often each of its elements and sequence flows was passed, by id."""

    resource: Resource
    names: dict[str, str]
    elements: dict[str, int]
    flows: dict[str, int]

    @property
    def missed(self) -> list[str]:
        """The ids of what was never passed, in the order of the file: elements, then flows."""
        return [each for counts in (self.elements, self.flows) for each, times in counts.items() if not times]

    @property
    def percentage(self) -> float:
        """How much of the elements and flows was passed; 100 for a file without any."""
        total = len(self.elements) + len(self.flows)
        return 100 * (total - len(self.missed)) / total if total else 100.0


def table(diagrams: Sequence[DiagramCoverage]) -> str:
    """Return a line for each diagram, with what was not passed below it."""
    width = max([7, *(len(diagram.resource.name) for diagram in diagrams)])
    rows = [f"{'Diagram':{width}} {_HEADS[0]:>10} {_HEADS[1]:>10} {_HEADS[2]:>8}"]
    for diagram in diagrams:
        elements, flows, covered = _figures(diagram)
        rows.append(f"{diagram.resource.name:{width}} {elements:>10} {flows:>10} {covered:>8}")
        rows += [f"  not passed: {_called(diagram, element_id)}" for element_id in diagram.missed]
    return "\n".join(rows) + "\n"


def page(diagrams: Sequence[DiagramCoverage]) -> str:
    """Return a page with the table and the pictures."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    rows = "".join(_row(number, diagram) for number, diagram in enumerate(diagrams))
    sections = "".join(_section(number, diagram) for number, diagram in enumerate(diagrams))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Path coverage</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>Path coverage</h1>"
        "<p>What the instances of a test run have passed is drawn bold and green, the rest dashed and orange. "
        "Point at an element to see how often it was passed.</p>"
        f'<table><thead><tr><th scope="col">Diagram</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        f"{sections}</body></html>\n"
    )


def _row(number: int, diagram: DiagramCoverage) -> str:
    figures = "".join(f"<td>{figure}</td>" for figure in _figures(diagram))
    return f'<tr><td><a href="#diagram-{number}">{escape(diagram.resource.name)}</a></td>{figures}</tr>'


def _section(number: int, diagram: DiagramCoverage) -> str:
    counts = diagram.elements | diagram.flows
    picture = draw(
        read_picture(diagram.resource.content, diagram.resource.name),
        title=f"Path coverage of {diagram.resource.name}",
        marks={element: [Mark.COVERED if times else Mark.MISSED] for element, times in counts.items()},
        notes={element: _times(times) for element, times in counts.items()},
    )
    missed = "".join(f"<li><code>{escape(_called(diagram, element))}</code></li>" for element in diagram.missed)
    told = f"<p>Not passed:</p><ul>{missed}</ul>" if missed else "<p>Everything was passed.</p>"
    head = f'<h2 id="diagram-{number}">{escape(diagram.resource.name)}</h2>'
    scrolled = f'<div class="picture" tabindex="0" role="group" aria-labelledby="diagram-{number}">{picture}</div>'
    return f"<section>{head}{scrolled}{told}</section>"


def _figures(diagram: DiagramCoverage) -> tuple[str, str, str]:
    return _share(diagram.elements), _share(diagram.flows), f"{int(diagram.percentage)} %"


def _share(counts: dict[str, int]) -> str:
    return f"{sum(1 for times in counts.values() if times)} of {len(counts)}"


def _called(diagram: DiagramCoverage, element_id: str) -> str:
    name = diagram.names[element_id]
    kind = "flow" if element_id in diagram.flows else "element"
    return f"{kind} {element_id}" + (f" ({name})" if name else "")


def _times(times: int) -> str:
    return "passed once" if times == 1 else f"passed {times} times" if times else "not passed"
