"""Files with parts missing, doubled or moved: whatever is left compiles or is refused, and nothing else happens."""

from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from workflows.diagrams import Graph, Problem, compile_diagram
from workflows.diagrams.forms import Form
from workflows.errors import InvalidDiagram

FILES = Path(__file__).parent / "files"
SOURCES = [
    FILES / "release_camunda7.bpmn",
    FILES / "release_camunda8.bpmn",
    FILES / "referral_camunda7.bpmn",
    FILES / "referral_camunda8.bpmn",
    Path(__file__).parents[2] / "bpmn" / "dams_appointment.bpmn",
]


def damage(root: etree._Element, chance: Random) -> None:
    """Change one thing at random place."""
    elements = list(root.iter("*"))[1:]
    element = chance.choice(elements)
    parent = element.getparent()
    assert parent is not None
    names = [str(name) for name in element.attrib]
    match chance.randrange(6):
        case 0:
            parent.remove(element)
        case 1 if names:
            del element.attrib[chance.choice(names)]
        case 2 if names:
            values = [str(value) for other in elements for value in other.attrib.values()]
            element.set(chance.choice(names), chance.choice([*values, "", "-1", "${", "=", "x:y"]))
        case 3:
            element.addnext(deepcopy(element))
        case 4:
            target = chance.choice([other for other in elements if element not in other.iterancestors()])
            if target is not element:
                target.append(element)
        case _:
            element.text = chance.choice(["", "${a", "=(", "-3", "\u00e9"])


def outcome(content: bytes) -> Graph | tuple[Problem, ...]:
    """Return the graph of a file, or its problems."""
    try:
        return compile_diagram(content, "damaged.bpmn", forms={"amount": Form("amount")})
    except InvalidDiagram as error:
        return error.problems


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_damaged_file_compiles_or_is_refused(source: Path, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  the damage is to be the same in each run
    root = etree.fromstring(source.read_bytes())
    for _ in range(chance.randint(1, 5)):
        damage(root, chance)
    result = outcome(etree.tostring(root))
    if isinstance(result, Graph):
        assert result.processes
        assert all(flow.target in result.nodes for node in result.nodes.values() for flow in node.outgoing)
    else:
        assert result
        assert all(problem.what and problem.mend for problem in result)
