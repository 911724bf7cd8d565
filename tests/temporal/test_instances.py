"""What only Temporal promises of an instance: it outlives everybody, and however long it is, its histories are not."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from tests.embedded.conftest import bpmn, line, service
from tests.servers.temporal import TemporalServer, running_temporal
from workflows.engine import InstanceState, TaskQuery
from workflows.values import Variables

from .hosted import Hosted, hosted
from .skipping import skipping

_ROUNDS = 3_334
"""Rounds of three elements each: 10,000 elements and a few more."""

_LOOP = bpmn(
    "counting",
    '<startEvent id="begin" /><exclusiveGateway id="again" />'
    '<scriptTask id="count" scriptFormat="feel" camunda:asyncBefore="true" camunda:resultVariable="n">'
    "<script>n + 1</script></scriptTask>"
    '<exclusiveGateway id="enough" default="no" /><endEvent id="done" />'
    '<sequenceFlow id="a" sourceRef="begin" targetRef="again" />'
    '<sequenceFlow id="b" sourceRef="again" targetRef="count" />'
    '<sequenceFlow id="c" sourceRef="count" targetRef="enough" />'
    '<sequenceFlow id="yes" sourceRef="enough" targetRef="done"><conditionExpression '
    f'xsi:type="tFormalExpression">${{n == {_ROUNDS}}}</conditionExpression></sequenceFlow>'
    '<sequenceFlow id="no" sourceRef="enough" targetRef="again" />',
)
_LONGEST = 100
_PATIENCE = timedelta(minutes=1)
_TWO_JOBS = bpmn("two_jobs", line("startEvent begin", service("one", "work"), service("two", "work"), "endEvent end"))
_MONTH = bpmn(
    "month",
    line("startEvent begin", "userTask answer", "endEvent end")
    + '<boundaryEvent id="late" attachedToRef="answer" cancelActivity="false"><outgoing>out</outgoing>'
    "<timerEventDefinition><timeDuration>P30D</timeDuration></timerEventDefinition></boundaryEvent>"
    '<sequenceFlow id="out" sourceRef="late" targetRef="remind" />'
    '<serviceTask id="remind" camunda:type="external" camunda:topic="remind" />',
)


def eventually(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until something holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def test_an_instance_goes_on_when_worker_and_server_are_killed(tmp_path: Path) -> None:
    database, mark = f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "mark"
    with running_temporal(tmp_path) as server, hosted(database, server.address, works=False) as service:
        command = [sys.executable, "-m", "tests.temporal.working", server.address, database]
        command += [service.hosting.task_queue, str(mark)]
        service.engine.deploy([_TWO_JOBS])
        with subprocess.Popen(command) as worker:
            started = service.engine.start("two_jobs")
            eventually(mark.exists)
            worker.kill()
        server.crash()
        with subprocess.Popen(command) as worker:
            eventually(lambda: service.engine.instance(started.id).ended_at is not None)
            worker.kill()
        _is_done_once(service, started.id)


def _is_done_once(service: Hosted, instance_id: str) -> None:
    entries = service.engine.history(instance_id)
    assert [entry.element_id for entry in entries] == ["begin", "one", "two", "end"]
    done = service.engine.variables(instance_id)["done"]
    assert isinstance(done, list)
    assert len(set(map(str, done))) == len(done) == 2


def test_a_month_passes_in_a_moment(tmp_path: Path, time_skipping_temporal: Path, sqlite_url: str) -> None:
    reminded: list[Variables] = []

    def remind(variables: Variables) -> Variables:
        reminded.append(variables)
        return {}

    with skipping(time_skipping_temporal) as server, hosted(sqlite_url, server.address) as service:
        service.engine.deploy([_MONTH])
        started = service.engine.start("month", {"who": "ann"})
        begun = time.monotonic()
        server.skip(timedelta(days=29))
        assert service.mover.status(started.id)["jobs"] == []
        server.skip(timedelta(days=1))
        service.run_jobs({"remind": remind})
        print(f"30 days took {time.monotonic() - begun:.1f} s")  # noqa: T201 - shown by pytest -s
        assert reminded == [{"who": "ann"}]
        (task,) = service.engine.tasks(TaskQuery(instance_id=started.id))
        service.engine.complete(task.id)
        assert service.engine.instance(started.id).state is InstanceState.COMPLETED


def test_ten_thousand_elements_fit_into_short_histories(temporal_server: TemporalServer, sqlite_url: str) -> None:
    with hosted(sqlite_url, temporal_server.address, longest=_LONGEST) as service:
        service.engine.deploy([_LOOP])
        started = service.engine.start("counting", {"n": 0})
        eventually(lambda: service.engine.instance(started.id).ended_at is not None, 300.0)
        assert service.engine.variables(started.id) == {"n": _ROUNDS}
        assert len(service.engine.history(started.id)) == 3 * _ROUNDS + 2
        lengths = service.connection.ask(lambda client: _lengths(client, started.id), _PATIENCE)
    assert len(lengths) > 2
    assert max(lengths) < 2 * _LONGEST


async def _lengths(client: Client, instance_id: str) -> list[int]:
    """Return how many events each run of an instance has, from the last to the first."""
    lengths, run_id = [], ""
    while True:
        history = await client.get_workflow_handle(instance_id, run_id=run_id or None).fetch_history()
        lengths.append(len(history.events))
        began = history.events[0].workflow_execution_started_event_attributes
        if not began.continued_execution_run_id:
            return lengths
        run_id = began.continued_execution_run_id


def test_the_server_finds_instances_by_what_they_are_and_wait_for(
    temporal_server: TemporalServer, sqlite_url: str
) -> None:
    with hosted(sqlite_url, temporal_server.address) as service:
        service.connection.ask(service.hosting.attributes.make, _PATIENCE)
        eventually(lambda: service.connection.ask(service.hosting.attributes.known, _PATIENCE))
        service.engine.deploy([_MONTH])
        started = service.engine.start("month", business_key="B-1")

        mine = "DamsProcessId = 'month'"

        def found(query: str) -> list[str]:
            return service.connection.ask(lambda client: _find(client, f"{query} AND {mine}"), _PATIENCE)

        eventually(lambda: found("DamsOpenTasks = 'answer'") == [started.id])
        assert found("DamsBusinessKey = 'B-1' AND DamsVersion = 1") == [started.id]
        (task,) = service.engine.tasks(TaskQuery(instance_id=started.id))
        service.engine.complete(task.id)
        eventually(lambda: found("DamsOpenTasks = 'answer'") == [])


async def _find(client: Client, query: str) -> list[str]:
    return [found.id async for found in client.list_workflows(query)]
