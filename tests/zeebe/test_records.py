"""What the broker exports is in the store: once, in order, and only what was deployed through it."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import pytest

from tests.servers.broker import Broker
from tests.servers.processes import free_port
from tests.zeebe import drawing
from tests.zeebe.conftest import ended, eventually
from workers.runners.zeebe import ZeebeRunner
from workflows.engine import InstanceQuery, ProcessInstance, Resource, TaskQuery, UserTask
from workflows.errors import Conflict, InvalidDiagram, NotSupported
from workflows.routing import RoutedEngine
from workflows.zeebe import RecordsEndpoint, Translation
from workflows.zeebe.records import Record


def the_task(engine: RoutedEngine, instance: ProcessInstance) -> UserTask:
    eventually(lambda: len(engine.tasks(TaskQuery(instance_id=instance.id))) == 1)
    return engine.tasks(TaskQuery(instance_id=instance.id))[0]


@pytest.mark.parametrize("kind", ["own", "job"])
def test_user_tasks_of_both_kinds_are_listed_and_completed(engine: RoutedEngine, kind: str) -> None:
    engine.deploy([drawing.asking(kind)])
    started = engine.start("asking", {"who": "ann"})
    task = the_task(engine, started)
    assert (task.name, task.candidate_groups, task.candidate_users) == ("Ask", ("staff", "interns"), ("ann",))
    assert task.due == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    engine.claim(task.id, "ann")
    assert engine.task(task.id).assignee == "ann"
    engine.complete(task.id, {"answer": 42}, by="ann")
    with pytest.raises(Conflict, match="by 'ann'"):
        engine.complete(task.id)
    ended(engine, started)
    assert engine.variables(started.id) == {"who": "ann", "answer": 42}
    (change,) = engine.variable_history(started.id, "answer")
    assert change.element_id == "ask"


def test_a_task_that_is_a_job_ends_with_an_error(engine: RoutedEngine) -> None:
    engine.deploy([drawing.asking("job")])
    started = engine.start("asking", {"who": "ann"})
    engine.throw_task_error(the_task(engine, started).id, "refused", "never", by="ann")
    ended(engine, started)
    assert [entry.element_id for entry in engine.history(started.id)] == ["start", "ask", "caught", "refused"]
    assert engine.tasks(TaskQuery(instance_id=started.id)) == []


def test_a_task_of_zeebes_own_kind_takes_no_error(engine: RoutedEngine) -> None:
    engine.deploy([drawing.asking("own")])
    task = the_task(engine, engine.start("asking", {"who": "ann"}))
    with pytest.raises(NotSupported, match="Zeebe"):
        engine.throw_task_error(task.id, "refused")
    assert engine.task(task.id) == task


def test_records_that_come_again_change_nothing(engine: RoutedEngine, zeebe_broker: Broker) -> None:
    heard: list[Record] = []
    translation = Translation(engine.mirror)

    def hear(records: Iterable[Record]) -> None:
        found = list(records)
        heard.extend(found)
        translation.write(found)

    zeebe_broker.write = hear
    engine.deploy([drawing.asking("own")])
    started = engine.start("asking", {"who": "ann"})
    engine.complete(the_task(engine, started).id, {"answer": 42})
    before = ended(engine, started)
    history, changes = engine.history(started.id), engine.variable_history(started.id)
    for again in (heard, heard[:3], heard[-5:]):
        Translation(engine.mirror).write(again)
    assert engine.instance(started.id) == before
    assert engine.history(started.id) == history
    assert engine.variable_history(started.id) == changes


def test_what_a_process_throws_and_scripts_are_done_by_us(engine: RoutedEngine, work: ZeebeRunner) -> None:
    engine.deploy([_SCRIPTED])
    started = engine.start("scripted", {"n": 20})
    ended(engine, started)
    assert engine.variables(started.id) == {"n": 20, "double": 40}


def test_an_instance_that_a_message_starts_has_its_key(engine: RoutedEngine, work: ZeebeRunner) -> None:
    engine.deploy([_STARTED_BY_MESSAGE])
    engine.publish_message("come", "A-7", {"n": 1}, time_to_live=timedelta(minutes=1))
    eventually(lambda: len(engine.instances(InstanceQuery(business_key="A-7"))) == 1)
    (started,) = engine.instances(InstanceQuery(business_key="A-7"))
    ended(engine, started)
    assert engine.variables(started.id) == {"n": 1, "key": "A-7"}


def test_a_diagram_that_zeebe_can_not_run_is_refused_whole(engine: RoutedEngine) -> None:
    broken = drawing.diagram(
        "broken",
        "sum",
        """<bpmn:scriptTask id="sum">
          <bpmn:extensionElements><zeebe:script expression="=1" resultVariable="total" /></bpmn:extensionElements>
          <bpmn:incoming>first</bpmn:incoming>
          <bpmn:standardLoopCharacteristics loopMaximum="2" />
        </bpmn:scriptTask>""",
    )
    with pytest.raises(InvalidDiagram, match="Zeebe has no standard loops"):
        engine.deploy([drawing.two_jobs(), broken])
    assert engine.definitions() == []


@pytest.fixture
def endpoint() -> Iterator[tuple[int, list[Record]]]:
    port, heard = free_port(), list[Record]()
    listening = RecordsEndpoint("127.0.0.1", port, username="zeebe", password="secret", write=heard.extend)
    listening.start()
    yield port, heard
    listening.stop()


def send(port: int, password: str) -> int:
    record = {
        "partitionId": 1,
        "position": 7,
        "recordType": "EVENT",
        "valueType": "VARIABLE",
        "intent": "CREATED",
        "key": 1,
        "timestamp": 0,
        "value": {"processInstanceKey": 5, "processDefinitionKey": 6},
    }
    content = f'{{"index":{{}}}}\n{json.dumps(record)}\n'
    sign = b64encode(f"zeebe:{password}".encode()).decode()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/_bulk", content, {"Authorization": f"Basic {sign}"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_endpoint_hears_only_who_knows_the_password(endpoint: tuple[int, list[Record]]) -> None:
    port, heard = endpoint
    eventually(lambda: _answers(port))
    assert send(port, "guessed") == 401
    assert heard == []
    assert send(port, "secret") == 200
    assert [(record.position, record.instance_id) for record in heard] == [(7, "5")]


def _answers(port: int) -> bool:
    try:
        send(port, "nothing")
    except OSError:
        return False
    return True


_BY_MESSAGE = b'<bpmn:messageEventDefinition id="come_event" messageRef="come_message" />'
_STARTED_BY_MESSAGE = Resource(
    "visited.bpmn",
    drawing.job("tell_key")
    .content.replace(b'id="tell_key" name="tell_key"', b'id="visited" name="visited"')
    .replace(b"</bpmn:outgoing></bpmn:startEvent>", b"</bpmn:outgoing>" + _BY_MESSAGE + b"</bpmn:startEvent>")
    .replace(b"<bpmn:error ", b'<bpmn:message id="come_message" name="come" /><bpmn:error '),
)

_SCRIPTED = Resource(
    "scripted.bpmn",
    b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="http://bpmn.io/schema/bpmn" id="file">
  <bpmn:process id="scripted" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="count" />
    <bpmn:scriptTask id="count" scriptFormat="python">
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing><bpmn:script>double = 2 * n</bpmn:script>
    </bpmn:scriptTask>
    <bpmn:sequenceFlow id="b" sourceRef="count" targetRef="end" />
    <bpmn:endEvent id="end"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
""",
)
