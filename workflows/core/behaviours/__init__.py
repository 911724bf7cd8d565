"""What each kind of element does, by its BPMN name. A new kind of element is a class beside its kin and a line here."""

from collections.abc import Mapping

from workflows.core.behaviours.activities import Activity
from workflows.core.behaviours.calls import CallActivity
from workflows.core.behaviours.events import BoundaryEvent, IntermediateCatchEvent, StartEvent
from workflows.core.behaviours.gateways import EventBasedGateway, ExclusiveGateway
from workflows.core.behaviours.joins import ComplexGateway, InclusiveGateway, ParallelGateway
from workflows.core.behaviours.subprocesses import AdHocSubProcess, SubProcess
from workflows.core.behaviours.tasks import ReceiveTask, SendTask, UserTask, WorkTask
from workflows.core.behaviours.throwing import EndEvent, ThrowEvent
from workflows.core.machine import Behaviour

BEHAVIOURS: Mapping[str, Behaviour] = {
    "startEvent": StartEvent(),
    "intermediateCatchEvent": IntermediateCatchEvent(),
    "boundaryEvent": BoundaryEvent(),
    "intermediateThrowEvent": ThrowEvent(),
    "endEvent": EndEvent(),
    "exclusiveGateway": ExclusiveGateway(),
    "parallelGateway": ParallelGateway(),
    "inclusiveGateway": InclusiveGateway(),
    "complexGateway": ComplexGateway(),
    "eventBasedGateway": EventBasedGateway(),
    "task": WorkTask(),
    "manualTask": Activity(),
    "serviceTask": WorkTask(),
    "businessRuleTask": WorkTask(),
    "scriptTask": WorkTask(),
    "userTask": UserTask(),
    "sendTask": SendTask(),
    "receiveTask": ReceiveTask(),
    "callActivity": CallActivity(),
    "subProcess": SubProcess(),
    "transaction": SubProcess(),
    "adHocSubProcess": AdHocSubProcess(),
}
