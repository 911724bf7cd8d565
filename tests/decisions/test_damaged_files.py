"""Files with something cut out, doubled or changed: refused with problems, or run; nothing else ever happens."""

from contextlib import suppress
from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.decisions.drawing import FILES, NOW
from workflows.decisions import DecisionError, compile_decisions, lint_decisions

CONTENTS = [path.read_bytes() for path in sorted(FILES.glob("*.dmn"))]
TEXTS = st.sampled_from(["", " ", "d", "#dish", "1 +", "< 5", "not(", "UNIQUE", "PRIORITY", "SUM", "string", "date"])


def damaged(data: st.DataObject) -> bytes:
    root = etree.fromstring(data.draw(st.sampled_from(CONTENTS)))
    for _ in range(data.draw(st.integers(1, 3))):
        elements = list(root.iterdescendants("*"))
        if not elements:  # all of it was below what an earlier round cut out
            break
        element = data.draw(st.sampled_from(elements))
        parent = element.getparent()
        match data.draw(st.sampled_from(["cut", "double", "move", "text", "attribute"])):
            case "cut" if parent is not None:
                parent.remove(element)
            case "double" if parent is not None:
                parent.append(deepcopy(element))
            case "move":
                data.draw(st.sampled_from(elements)).append(deepcopy(element))
            case "attribute" if element.attrib:
                element.set(data.draw(st.sampled_from(list(element.attrib))), data.draw(TEXTS))
            case _:
                element.text = data.draw(TEXTS)
    return etree.tostring(root)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_file_is_refused_or_runs(data: st.DataObject) -> None:
    content = damaged(data)
    problems = lint_decisions(content, "damaged.dmn")
    if problems:
        assert all(problem.what and problem.mend for problem in problems)
        return
    graph = compile_decisions(content, "damaged.dmn")
    for decision_id in graph.decisions:
        with suppress(DecisionError):
            graph.evaluate(decision_id, {"age": 70, "insured": True, "temperature": 5, "day": "Weekday"}, NOW)
