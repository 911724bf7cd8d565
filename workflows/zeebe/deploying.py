"""Taking files to the broker: each diagram in words of Camunda 8, with the forms and decisions that it refers to."""

from collections.abc import Iterator, Mapping, Sequence

from pyzeebe.proto.gateway_pb2 import DeployResourceRequest, DeployResourceResponse
from pyzeebe.proto.gateway_pb2 import Resource as Sent

from workflows.diagrams.problems import Problem
from workflows.embedded.mirror import Mirror
from workflows.embedded.reading import DiagramFile, Files
from workflows.engine import ProcessDefinition
from workflows.errors import InvalidDiagram, InvalidInput
from workflows.expressions.dialect import Dialect
from workflows.zeebe.gateway import Gateway
from workflows.zeebe.profile import portable

_MEND = "Change what Camunda 8 does not take, or let the embedded engine run this process."


def deploy(gateway: Gateway, mirror: Mirror, files: Files, new: Sequence[ProcessDefinition]) -> Mapping[str, str]:
    """Deploy the diagrams of the definitions `new` together with all decisions and forms, as `Placement` says."""
    names = {definition.resource_name for definition in new}
    sent = dict(_translated(mirror, files, [file for file in files.diagrams if file.file.name in names]))
    sent |= {file.file.name: file.file.content for file in files.decisions}
    if not sent:
        return {}
    request = DeployResourceRequest(resources=[Sent(name=name, content=content) for name, content in sent.items()])
    try:
        answer: DeployResourceResponse = gateway.call("DeployResource", request)
    except InvalidInput as refusal:
        raise InvalidDiagram([_problem(refusal, list(sent))]) from refusal
    keys = {each.process.bpmnProcessId: str(each.process.processDefinitionKey) for each in answer.deployments}
    return {definition.id: keys[definition.process_id] for definition in new}


def _translated(mirror: Mirror, files: Files, diagrams: Sequence[DiagramFile]) -> Iterator[tuple[str, bytes]]:
    """Give the files to send. Each diagram ends with its checksum, so that the broker takes it for a new version
    whenever the store does, also when only a form has changed."""
    forms = {form_id: file.form for form_id, file in files.forms.items()}
    problems: list[Problem] = []
    for diagram in diagrams:
        try:
            converted = portable(diagram.file.content, diagram.file.name, forms)
        except InvalidDiagram as error:
            problems.extend(error.problems)
            continue
        yield diagram.file.name, b"%s\n<!-- %s -->\n" % (converted.bpmn.rstrip(), files.checksum(diagram).encode())
        yield from converted.forms.items()
        for form_id in diagram.form_ids if diagram.graph.dialect is Dialect.CAMUNDA8 else ():
            file = files.forms[form_id]
            resource = file.file or mirror.resource(str(file.resource_id))
            yield f"{form_id}.form", resource.content
    if problems:
        raise InvalidDiagram(sorted(set(problems)))


def _problem(refusal: InvalidInput, names: Sequence[str]) -> Problem:
    """Return the broker's own words, about the file that they name."""
    said = " ".join(str(refusal).split())
    named = next((name for name in names if name in said), names[0])
    return Problem(named, 0, "", "", said if said.endswith(".") else f"{said}.", _MEND)
