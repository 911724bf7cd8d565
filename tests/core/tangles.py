"""Random unstructured diagrams: gateways, tasks and events joined by whatever flows come to mind."""

from hypothesis import strategies as st

from tests.core import drawing as d
from workflows.diagrams.graph import Graph

_KINDS = (
    "userTask", "task", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "serviceTask",
    "intermediateCatchEvent", "intermediateThrowEvent", "receiveTask",
)  # fmt: skip
_DECIDING = ("exclusiveGateway", "inclusiveGateway", "complexGateway")


@st.composite
def tangled(draw: st.DrawFn) -> Graph:
    """A process of up to ten elements and as many flows again. What can only run in circles has a job in it."""
    drawing = d.Drawing()
    drawing.line("start", "e0")
    count = draw(st.integers(2, 9))
    for number in range(1, count):
        kind = draw(st.sampled_from(_KINDS))
        event = d.message("m") if kind == "receiveTask" else d.signal("go")
        drawing.node(
            f"e{number}",
            kind,
            events=(event,) if "Event" in kind or kind == "receiveTask" else (),
            job=d.job() if kind == "serviceTask" else None,
            start_quantity=draw(st.sampled_from((1, 1, 1, 2))) if "ask" in kind else 1,
        )
    drawing.node("end", events=(d.TERMINATE,) if draw(st.booleans()) else ())
    targets = [f"e{number}" for number in range(1, count)] + ["end"]
    for number in range(count):
        source = f"e{number}"
        flows = draw(st.lists(st.sampled_from(targets), min_size=1, max_size=3))
        for index, target in enumerate(flows):
            decides = drawing.nodes[source].type in _DECIDING
            drawing.flow(source, target, f"x = {index}" if decides and index else None, default=decides and not index)
    return drawing.graph()
