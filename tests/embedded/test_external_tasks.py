"""Workers elsewhere: which tasks they get, how long, what becomes of their answers, and who was seen."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from workflows.embedded import EmbeddedEngine
from workflows.engine import InstanceState
from workflows.errors import Conflict, InvalidInput, NotFound
from workflows.external_tasks import ExternalTask, ExternalTaskQuery, FetchOrder, Topic

from .conftest import LEASE, TWO_JOBS, Clock, bpmn, line, lock_one, refuses, service

WORK = Topic("work", LEASE)
MAPPED = bpmn(
    "mapped",
    line(
        "startEvent start",
        service("one", "work") + "|<extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="own">mine</camunda:inputParameter>'
        '<camunda:outputParameter name="told">${secret}</camunda:outputParameter>'
        '</camunda:inputOutput><camunda:properties><camunda:property name="colour" value="red" />'
        "</camunda:properties></extensionElements>",
        "userTask after",
        "endEvent end",
    ),
)
GUARDED = bpmn(
    "guarded",
    line("startEvent start", service("one", "work"), "userTask after", "endEvent end")
    + '<boundaryEvent id="caught" attachedToRef="one"><errorEventDefinition id="e" errorRef="full" /></boundaryEvent>'
    + '<userTask id="instead" /><sequenceFlow id="f" sourceRef="caught" targetRef="instead" />',
    '<error id="full" errorCode="full" name="full" />',
)


def fetch_one(engine: EmbeddedEngine, worker: str = "a", topic: Topic = WORK) -> ExternalTask:
    """Fetch the task that must be there."""
    (task,) = engine.fetch_and_lock(worker, [topic], 1)
    return task


def test_a_task_says_what_a_worker_needs(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([MAPPED])
    instance = engine.start("mapped", {"n": [1], "m": 2}, business_key="A-1")
    task = fetch_one(engine, topic=Topic("work", LEASE, variables=("n", "own", "unknown")))
    assert (task.topic, task.instance_id, task.process_id, task.element_id) == ("work", instance.id, "mapped", "one")
    assert (task.business_key, task.created_at, task.priority, task.suspended) == ("A-1", clock.now, 0, False)
    assert (task.worker, task.locked_until, task.retries) == ("a", clock.now + LEASE, None)
    assert (task.variables, task.properties) == ({"n": [1], "own": "mine"}, {"colour": "red"})
    assert task.activity_id == next(entry.id for entry in engine.history(instance.id) if entry.element_id == "one")
    engine.unlock_external(task.id)
    assert fetch_one(engine, topic=Topic("work", LEASE, local_variables=True)).variables == {"own": "mine"}


def test_each_topic_has_its_own_lock(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([bpmn("p1", line("startEvent start", service("one", "slow"))), TWO_JOBS])
    engine.start("p1")
    engine.start("two_jobs")
    tasks = engine.fetch_and_lock("a", [WORK, Topic("slow", timedelta(hours=1)), Topic("unknown", LEASE)], 10)
    assert {task.topic: task.locked_until for task in tasks} == {
        "work": clock.now + LEASE,
        "slow": clock.now + timedelta(hours=1),
    }
    assert engine.fetch_and_lock("b", [WORK], 10) == []
    clock.advance(seconds=31)
    assert [task.topic for task in engine.fetch_and_lock("b", [WORK, Topic("slow", LEASE)], 10)] == ["work"]


def test_filters_choose_among_the_tasks_of_a_topic(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    tagged = MAPPED.content.replace(b'isExecutable="true"', b'isExecutable="true" camunda:versionTag="v2"')
    engine.deploy([type(MAPPED)("mapped.bpmn", tagged)])
    for number in range(150):  # more than are looked at together
        engine.start("two_jobs", {"n": number, "text": "x"}, business_key=f"T-{number}")
    engine.start("mapped", {"n": 149}, business_key="M")
    (mapped,), (plain,) = engine.definitions("mapped"), engine.definitions("two_jobs")
    for topic, keys in (
        (Topic("work", LEASE, business_key="T-3"), ["T-3"]),
        (Topic("work", LEASE, process_variables={"n": 149}), ["M", "T-149"]),
        (Topic("work", LEASE, process_variables={"n": 149, "text": "x"}), ["T-149"]),
        (Topic("work", LEASE, process_variables={"n": "149"}), []),
        (Topic("work", LEASE, process_ids=("mapped", "other")), ["M"]),
        (Topic("work", LEASE, definition_ids=(mapped.id,)), ["M"]),
        (Topic("work", LEASE, version_tag="v2"), ["M"]),
        (Topic("work", LEASE, version_tag="v2", definition_ids=(plain.id,)), []),
    ):
        tasks = engine.fetch_and_lock("a", [topic], 2)
        assert sorted(str(task.business_key) for task in tasks) == keys
        for task in tasks:
            engine.unlock_external(task.id)


def test_workers_choose_what_comes_first(engine: EmbeddedEngine, clock: Clock) -> None:
    task = service("one", "work") + ' camunda:taskPriority="${p}"'
    engine.deploy([bpmn("p1", line("startEvent start", task, "endEvent end"))])

    def fetched(order: FetchOrder) -> list[str | None]:
        for key, priority in (("A", 1), ("B", 5), ("C", 5)):
            engine.start("p1", {"p": priority}, business_key=key)
            clock.advance(seconds=1)
        tasks = engine.fetch_and_lock("a", [WORK], 2, order)
        keys = [task.business_key for task in tasks]
        for instance in engine.instances():
            if instance.ended_at is None:
                engine.cancel(instance.id)
        return keys

    assert fetched(FetchOrder()) == ["B", "C"]
    assert fetched(FetchOrder(newest_first=True)) == ["C", "B"]
    assert fetched(FetchOrder(by_priority=False)) == ["A", "B"]
    assert fetched(FetchOrder(by_priority=False, newest_first=True)) == ["C", "B"]


def test_a_worker_completes_a_task_with_variables_for_its_mappings(engine: EmbeddedEngine) -> None:
    engine.deploy([MAPPED])
    instance = engine.start("mapped", {"n": 1})
    task = fetch_one(engine)
    with pytest.raises(Conflict, match=r"cannot be completed by worker 'b'\. It is locked by worker 'a'\."):
        engine.complete_external(task.id, "b")
    engine.complete_external(task.id, "a", {"n": 2}, {"secret": "psst"})
    assert engine.variables(instance.id)["told"] == "psst"
    assert "secret" not in engine.variables(instance.id)
    assert [open_task.element_id for open_task in engine.tasks()] == ["after"]
    for action in (engine.complete_external, lambda each, worker: engine.extend_lock(each, worker, LEASE)):
        with pytest.raises(NotFound, match="no external task"):
            action(task.id, "a")


def test_a_lost_lock_is_refused_and_a_longer_one_keeps_the_task(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    task = fetch_one(engine, "a")
    clock.advance(seconds=20)
    engine.extend_lock(task.id, "a", LEASE)
    clock.advance(seconds=20)
    assert engine.fetch_and_lock("b", [WORK], 1) == []
    clock.advance(seconds=20)
    assert fetch_one(engine, "b").id == task.id
    refuses(lambda: engine.complete_external(task.id, "a"), Conflict, "locked by worker 'b'")
    refuses(lambda: engine.fail_external(task.id, "a", "late"), Conflict, "locked by worker 'b'")
    refuses(lambda: engine.throw_external_error(task.id, "a", "full"), Conflict, "locked by worker 'b'")
    refuses(lambda: engine.lock_external(task.id, "a", LEASE), Conflict, "locked by worker 'b'")
    engine.unlock_external(task.id, by="admin")
    engine.lock_external(task.id, "c", LEASE)
    refuses(lambda: engine.complete_external(task.id, "b"), Conflict, "locked by worker 'c'")
    engine.complete_external(task.id, "c")
    assert [operation.action for operation in engine.operations(task.instance_id)] == ["unlock"]


def test_own_runners_and_workers_elsewhere_share_jobs(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    engine.start("two_jobs")
    ours, theirs = lock_one(engine), fetch_one(engine)
    assert ours.id != theirs.id
    assert engine.fetch_and_lock("b", [WORK], 1) == []
    refuses(lambda: engine.complete_external(ours.id, "a"), Conflict, "locked by worker 'worker'")
    engine.complete_external(theirs.id, "a")
    engine.complete_job(ours)


def test_failures_count_down_or_as_the_worker_says(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    instance = engine.start("two_jobs")
    task = fetch_one(engine)
    engine.fail_external(task.id, "a", "no paper", "tray 1", retries=5, pause=timedelta(minutes=1))
    assert engine.fetch_and_lock("a", [WORK], 1) == []
    clock.advance(minutes=1)
    again = fetch_one(engine)
    assert (again.id, again.retries, again.error_message) == (task.id, 5, "no paper")
    assert again.error_details == "tray 1"
    engine.fail_external(task.id, "a", "no ink\0", pause=timedelta(0), variables={"tried": 2})
    assert engine.variables(instance.id) == {"tried": 2}
    again = fetch_one(engine)
    assert (again.retries, again.error_message) == (4, "no ink\N{REPLACEMENT CHARACTER}")
    assert again.error_details is None
    engine.fail_external(task.id, "a", "broken", retries=0)
    assert [incident.message for incident in engine.incidents(instance.id)] == ["broken"]
    assert engine.fetch_and_lock("a", [WORK], 1) == []
    assert engine.external_task(task.id).retries == 0
    refuses(lambda: engine.set_external_retries(task.id, -1), InvalidInput, "from 0")
    engine.set_external_retries(task.id, 2, by="admin")
    assert engine.incidents(instance.id) == []
    assert fetch_one(engine).retries == 2
    engine.set_external_retries(task.id, 0, by="admin")
    assert len(engine.incidents(instance.id)) == 1
    refuses(lambda: engine.complete_external(task.id, "a"), Conflict, "cannot be completed")


def test_a_bpmn_error_is_caught_or_becomes_an_incident(engine: EmbeddedEngine) -> None:
    engine.deploy([GUARDED])
    instance = engine.start("guarded")
    engine.throw_external_error(fetch_one(engine).id, "a", "full", "no room", {"why": "full"})
    assert [task.element_id for task in engine.tasks()] == ["instead"]
    assert engine.variables(instance.id)["why"] == "full"
    other = engine.start("guarded")
    engine.throw_external_error(fetch_one(engine).id, "a", "unknown")
    assert len(engine.incidents(other.id)) == 1


def test_tasks_are_listed_counted_and_paged(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS, MAPPED])
    ids = []
    for number in range(3):
        ids.append(engine.start("two_jobs", business_key=f"T-{number}").id)
        clock.advance(seconds=1)
    engine.start("mapped")
    locked = fetch_one(engine)
    engine.suspend(ids[2])

    def listed(**criteria: object) -> list[str]:
        query = ExternalTaskQuery(**criteria)  # type: ignore[arg-type]
        found = engine.external_tasks(query)
        assert engine.count_external_tasks(query) >= len(found)
        return [task.id for task in found]

    everything = listed()
    assert len(everything) == 4
    assert engine.topics() == ["work"]
    assert listed(offset=1, limit=2) == everything[1:3]
    assert engine.count_external_tasks(ExternalTaskQuery(limit=1)) == 4
    assert listed(descending=True) == everything[::-1]
    assert listed(locked=True) == listed(worker="a") == listed(ids=(locked.id,)) == [locked.id]
    assert listed(locked=False) == everything[1:]
    assert listed(suspended=True) == listed(instance_ids=(ids[2],)) == [everything[2]]
    assert listed(process_id="mapped") == listed(instance_ids=("no id:", everything[3].partition(":")[0]))
    assert listed(element_ids=("two",)) == listed(topic="other") == listed(retries_left=False) == []
    assert listed(locked_before=clock.now + LEASE, locked_after=clock.now) == []
    assert listed(locked_before=clock.now + LEASE * 2) == [locked.id]
    engine.set_external_priority(everything[3], 7, by="admin")
    assert listed(priority_from=1) == [everything[3]]
    assert listed(priority_to=6) == everything[:3]
    assert fetch_one(engine).id == everything[3]
    with pytest.raises(InvalidInput):
        listed(offset=-1)
    with pytest.raises(NotFound):
        engine.external_task("nothing")


def test_what_the_engine_does_itself_is_no_external_task(engine: EmbeddedEngine) -> None:
    engine.deploy([bpmn("later", line('startEvent start camunda:asyncAfter="true"', "endEvent end"))])
    instance = engine.start("later")
    assert engine.external_tasks() == []
    assert engine.fetch_and_lock("a", [Topic("dams:continue", LEASE)], 1) == []
    engine.background.run_once()
    assert engine.instance(instance.id).state is InstanceState.COMPLETED


def test_workers_are_seen_with_what_waits_for_them(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    begun = clock.now
    assert engine.fetch_and_lock("elsewhere", [WORK, Topic("other", LEASE)], 1) == []
    clock.advance(seconds=1)
    engine.lock_jobs("ours", ["idle"], 1, LEASE)
    engine.start("two_jobs")
    clock.advance(seconds=59)
    seen = {worker.name: worker for worker in engine.workers()}
    assert list(seen) == ["ours", "elsewhere"]
    assert (seen["elsewhere"].topics, seen["elsewhere"].seen_at) == (("other", "work"), begun)
    assert (seen["elsewhere"].lag, seen["ours"].lag) == (timedelta(seconds=59), None)
    fetch_one(engine, "elsewhere")
    assert [(worker.name, worker.lag) for worker in engine.workers()] == [("elsewhere", None), ("ours", None)]


def test_other_processes_hear_of_workers_and_forget_them_after_a_day(
    engine: EmbeddedEngine, clock: Clock, new_engine: Callable[[], EmbeddedEngine]
) -> None:
    engine.fetch_and_lock("gone", [WORK], 1)
    clock.advance(seconds=6)
    engine.fetch_and_lock("here", [WORK], 1)
    other = new_engine()
    assert [worker.name for worker in other.workers()] == ["here", "gone"]
    clock.advance(days=1)
    other.fetch_and_lock("here", [WORK], 1)
    assert [worker.name for worker in new_engine().workers()] == ["here"]
