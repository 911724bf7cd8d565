"""The engine in memory: the whole port with nothing to set up, for threads and in any number."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from workflows.engine import InstanceQuery, InstanceState, Resource, TaskQuery
from workflows.errors import Conflict, NotFound
from workflows.testing import Clock, InMemoryEngine

REMINDER = Path(__file__).with_name("diagrams") / "reminder.bpmn"
RESOURCE = Resource(REMINDER.name, REMINDER.read_bytes())
LEASE = timedelta(minutes=1)


def test_engines_know_nothing_of_each_other_and_leave_nothing() -> None:
    with InMemoryEngine() as one, InMemoryEngine() as other:
        one.deploy([RESOURCE])
        assert other.definitions() == []
        path = Path(str(one.database.url.database))
        assert path.exists()
    assert not path.parent.exists()


def test_threads_share_an_engine_and_nothing_is_lost() -> None:
    with InMemoryEngine() as engine:
        engine.deploy([RESOURCE])

        def use(number: int) -> None:
            started = engine.start("reminder", {"agreed": False}, business_key=str(number))
            (task,) = engine.tasks(TaskQuery(instance_id=started.id))
            engine.complete(task.id)
            with pytest.raises(Conflict):
                engine.complete(task.id)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(use, range(100)))
        ended = engine.instances(InstanceQuery(states=(InstanceState.COMPLETED,), limit=1000))
        assert sorted(int(str(each.business_key)) for each in ended) == list(range(100))


def test_a_handler_reads_the_engine_while_its_transaction_writes() -> None:
    with InMemoryEngine() as engine:
        engine.deploy([RESOURCE])
        started = engine.start("reminder", {"agreed": True})
        (task,) = engine.tasks()
        engine.complete(task.id)
        (job,) = engine.lock_jobs("worker", ["book"], 1, LEASE)
        with engine.job_transaction(job) as transaction:
            transaction.connection.execute(text("CREATE TABLE booking (id INTEGER)"))
            transaction.complete({"ticket": 7})
            assert engine.instance(started.id).state is InstanceState.ACTIVE
        assert engine.instance(started.id).state is InstanceState.COMPLETED
        with engine.database.connect() as connection:
            assert connection.execute(text("SELECT * FROM booking")).all() == []


def test_timers_and_jobs_follow_the_clock() -> None:
    clock = Clock()
    with InMemoryEngine(clock=clock) as engine:
        assert engine.next_due() is None
        engine.deploy([RESOURCE])
        engine.start("reminder")
        week = clock() + timedelta(days=7)
        assert engine.next_due() == week
        clock.set(week)
        engine.background.run_once()
        (job,) = engine.lock_jobs("worker", ["remind"], 1, LEASE)
        assert engine.next_due() == week + LEASE
        engine.complete_job(job)
        assert engine.next_due() == week + timedelta(days=7)


def test_scripts_run_in_it() -> None:
    script = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Platform"
        modeler:executionPlatformVersion="7.22.0" id="definitions" targetNamespace="http://bpmn.io/schema/bpmn"
        xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
        <process id="sum" isExecutable="true" camunda:historyTimeToLive="30"><startEvent id="start" />
        <sequenceFlow id="a" sourceRef="start" targetRef="add" />
        <scriptTask id="add" scriptFormat="python"><script>total = 1 + 2</script></scriptTask>
        <sequenceFlow id="b" sourceRef="add" targetRef="end" /><endEvent id="end" /></process></definitions>"""
    for _ in range(2):
        with InMemoryEngine() as engine:
            engine.deploy([Resource("sum.bpmn", script)])
            assert engine.variables(engine.start("sum").id) == {"total": 3}


def test_what_a_definition_was_compiled_to() -> None:
    with InMemoryEngine() as engine:
        (definition,) = engine.deploy([RESOURCE]).definitions
        assert engine.graph(definition.id).nodes["answer"].type == "userTask"
        with pytest.raises(NotFound):
            engine.graph("unknown")
