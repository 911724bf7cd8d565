"""The diagrams that the benches run."""

from itertools import pairwise

from workflows.engine import Resource

_OPEN = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Platform" '
    'modeler:executionPlatformVersion="7.22.0" id="definitions" targetNamespace="http://bpmn.io/schema/bpmn">'
)
_SERVICE = 'camunda:type="external" camunda:topic="work"'
_FIELD = '<camunda:formField id="note" label="Note" type="string" />'
_FORM = f"<extensionElements><camunda:formData>{_FIELD}</camunda:formData></extensionElements>"


def _process(name: str, inside: str) -> Resource:
    process = (
        f'<process id="{name}" name="{name}" isExecutable="true" camunda:historyTimeToLive="30">{inside}</process>'
    )
    return Resource(f"{name}.bpmn", f"{_OPEN}{process}</definitions>".encode())


def _flows(*ids: str) -> str:
    return "".join(
        f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}" />'
        for source, target in pairwise(ids)
    )


def services(count: int) -> Resource:
    """The process `services`: service tasks in a line."""
    ids = [f"task{number}" for number in range(count)]
    tasks = "".join(f'<serviceTask id="{name}" {_SERVICE} />' for name in ids)
    return _process(
        "services", f'<startEvent id="begin" />{tasks}<endEvent id="done" />' + _flows("begin", *ids, "done")
    )


def rounds() -> Resource:
    """The process `rounds`: a form for the user `who` that comes again and again, and counts in a variable."""
    inside = (
        '<startEvent id="begin" /><exclusiveGateway id="again" />'
        f'<userTask id="ask" name="Ask" camunda:assignee="${{who}}">{_FORM}</userTask>'
        '<scriptTask id="count" scriptFormat="feel" camunda:resultVariable="n"><script>n + 1</script></scriptTask>'
    )
    return _process("rounds", inside + _flows("begin", "again", "ask", "count", "again"))


def many() -> Resource:
    """The process `many`: a service task for each of `items`, all at once."""
    loop = '<multiInstanceLoopCharacteristics camunda:collection="${items}" camunda:elementVariable="item" />'
    inside = f'<startEvent id="begin" /><serviceTask id="each" {_SERVICE}>{loop}</serviceTask><endEvent id="done" />'
    return _process("many", inside + _flows("begin", "each", "done"))


def open_at_the_end() -> Resource:
    """The process `open`: two service tasks, then a form that nobody fills."""
    inside = (
        f'<startEvent id="begin" /><serviceTask id="one" {_SERVICE} /><serviceTask id="two" {_SERVICE} />'
        f'<userTask id="ask" name="Ask" camunda:assignee="${{who}}">{_FORM}</userTask>'
    )
    return _process("open", inside + _flows("begin", "one", "two", "ask"))
