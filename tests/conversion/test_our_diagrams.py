"""The clinic's own diagrams, of both dialects, are taken by a broker as they stand in `bpmn/`."""

from pathlib import Path

import pytest
from pyzeebe.proto import gateway_pb2 as api

from tests.conversion.drawings import ROOT
from tests.servers.broker import Broker
from workflows.zeebe.profile import portable

_BPMN = ROOT / "bpmn"


@pytest.mark.parametrize("diagram", sorted(_BPMN.glob("*.bpmn")), ids=lambda path: path.stem)
def test_a_diagram_of_the_clinic_is_taken_by_a_broker(diagram: Path, zeebe_broker: Broker) -> None:
    converted = portable(diagram.read_bytes(), diagram.name)
    decisions = {path.name: path.read_bytes() for path in _BPMN.glob("*.dmn")}
    files = {diagram.name: converted.bpmn, **converted.forms, **decisions}
    resources = [api.Resource(name=name, content=content) for name, content in files.items()]
    answer = zeebe_broker.gateway.call("DeployResource", api.DeployResourceRequest(resources=resources))
    keys = [found.process.processDefinitionKey for found in answer.deployments if found.HasField("process")]
    assert len(keys) == 1
    for key in keys:
        zeebe_broker.gateway.call("DeleteResource", api.DeleteResourceRequest(resourceKey=key))
