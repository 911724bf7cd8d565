"""SpiffWorkflow as its documentation uses it: its own parser, JSON written and read at each wait, nothing durable."""

from io import BytesIO

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.task_spec import BpmnTaskSpecConverter
from SpiffWorkflow.bpmn.specs.defaults import ServiceTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from workflows.engine import Resource


class PlainSpiff:
    """The process in a file, ready to be run in this thread."""

    def __init__(self, file: Resource, process_id: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(BytesIO(file.content)), filename=file.name)
        self._spec = parser.get_spec(process_id)
        converters = {**DEFAULT_CONFIG, ServiceTask: BpmnTaskSpecConverter}  # it has none for service tasks
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(converters))

    def run(self) -> int:
        """Run an instance to its end; each service task adds one to a variable. Return how many there were."""
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        done = 0
        while not workflow.is_completed():
            workflow = self._serializer.deserialize_json(self._serializer.serialize_json(workflow))
            task = workflow.get_next_task(state=TaskState.STARTED)
            done += 1
            task.data["n"] = done
            task.complete()
            workflow.do_engine_steps()
        return done
