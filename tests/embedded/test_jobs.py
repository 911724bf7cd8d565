"""Jobs: leases, back-off, incidents, and that each takes effect once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from workflows.embedded import Answer, EmbeddedEngine, Wanted
from workflows.engine import InstanceState
from workflows.errors import Conflict, InvalidInput

from .conftest import LEASE, TWO_JOBS, Clock, bpmn, line, lock_one, run_jobs, service

FAILING = bpmn(
    "failing",
    line("startEvent start", service("one", "work"), "userTask after", "endEvent end")
    + '<boundaryEvent id="caught" attachedToRef="one"><errorEventDefinition id="e1" errorRef="full" /></boundaryEvent>'
    + '<userTask id="instead" /><sequenceFlow id="f1" sourceRef="caught" targetRef="instead" />',
    '<error id="full" errorCode="full" name="full" />',
)


def test_a_job_says_what_a_handler_needs(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs", {"n": [1]}, business_key="A-1")
    job = lock_one(engine)
    assert (job.type, job.instance_id, job.process_id, job.element_id) == ("work", started.id, "two_jobs", "one")
    assert (job.business_key, job.variables, job.lease_expires) == ("A-1", {"n": [1]}, clock.now + LEASE)
    assert job.key == job.id


def test_a_leased_job_is_not_offered_again_before_its_lease_runs_out(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    first = lock_one(engine, worker="a")
    assert engine.lock_jobs("b", ["work"], 1, LEASE) == []
    clock.advance(seconds=30)
    second = lock_one(engine, worker="b")
    assert second.id == first.id
    with pytest.raises(Conflict, match="not leased to you any more"):
        engine.complete_job(first, {"by": "a"})
    with pytest.raises(Conflict, match="not leased to you any more"):
        engine.extend_lease(first, LEASE)
    with pytest.raises(Conflict, match="not leased to you any more"):
        engine.fail_job(first, "late")
    engine.complete_job(second, {"by": "b"})
    assert engine.variables(second.instance_id) == {"by": "b"}


def test_a_job_is_completed_once(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs")
    job = lock_one(engine)
    engine.complete_job(job, {"n": 1})
    with pytest.raises(Conflict, match="not leased to you any more"):
        engine.complete_job(job, {"n": 2})
    assert run_jobs(engine) == 1
    assert engine.instance(started.id).state is InstanceState.COMPLETED
    assert engine.variables(started.id) == {"n": 1}


def test_a_lease_can_be_extended(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    job = lock_one(engine)
    clock.advance(seconds=20)
    engine.extend_lease(job, LEASE)
    clock.advance(seconds=20)
    assert engine.lock_jobs("b", ["work"], 1, LEASE) == []
    engine.complete_job(job)


def test_a_lease_that_ran_out_counts_as_long_as_nobody_else_asks(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    job = lock_one(engine)
    clock.advance(hours=1)
    engine.complete_job(job)
    assert lock_one(engine).element_id == "two"


def test_urgent_jobs_come_first_then_old_ones(engine: EmbeddedEngine, clock: Clock) -> None:
    for name, priority in (("low", 1), ("high", 9)):
        task = service("one", "work") + f' camunda:taskPriority="{priority}"'
        engine.deploy([bpmn(name, line("startEvent start", task, "endEvent end"))])
    ids = []
    for name in ("low", "high", "low", "high"):
        ids.append(engine.start(name).id)
        clock.advance(seconds=1)
    jobs = engine.lock_jobs("worker", ["work"], 3, LEASE)
    assert [job.instance_id for job in jobs] == [ids[1], ids[3], ids[0]]


def test_only_the_types_asked_for_are_leased(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    assert engine.lock_jobs("worker", ["other"], 10, LEASE) == []
    assert engine.lock_jobs("worker", [], 10, LEASE) == []
    assert len(engine.lock_jobs("worker", ["other", "work"], 10, LEASE)) == 1


def test_a_failed_job_waits_longer_each_time_then_becomes_an_incident(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs")
    job = lock_one(engine)
    retries = job.retries
    pauses = []
    for left in range(retries, 1, -1):
        assert job.retries == left
        engine.fail_job(job, "no printer")
        failed_at = clock.now
        while not (jobs := engine.lock_jobs("worker", ["work"], 1, LEASE)):
            clock.advance(milliseconds=100)
        job = jobs[0]
        pauses.append(clock.now - failed_at)
    assert pauses == sorted(pauses)
    assert timedelta(seconds=0.7) <= pauses[0] <= timedelta(seconds=1.4)
    assert engine.incidents() == []
    engine.fail_job(job, "no printer at all")
    clock.advance(days=1)
    assert engine.lock_jobs("worker", ["work"], 1, LEASE) == []
    (incident,) = engine.incidents(started.id)
    assert (incident.kind, incident.message, incident.element_id) == ("job", "no printer at all", "one")
    assert engine.instance(started.id).incidents == 1


def test_a_resolved_incident_gives_the_job_new_retries(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    started = engine.start("two_jobs")
    job = lock_one(engine)
    while not engine.incidents():
        engine.fail_job(job, "no printer", pause=timedelta(0))
        job = (engine.lock_jobs("worker", ["work"], 1, LEASE) or [job])[0]
    (incident,) = engine.incidents()
    with pytest.raises(InvalidInput, match="at least one retry"):
        engine.resolve(incident.id, retries=0)
    engine.resolve(incident.id, retries=5, by="admin")
    assert (engine.incidents(), engine.instance(started.id).incidents) == ([], 0)
    with pytest.raises(Conflict, match="resolved before"):
        engine.resolve(incident.id)
    again = lock_one(engine)
    assert (again.id, again.retries) == (job.id, 5)
    engine.complete_job(again)
    assert run_jobs(engine) == 1
    assert engine.instance(started.id).state is InstanceState.COMPLETED


def test_the_retry_cycle_of_a_diagram_sets_attempts_and_pauses(engine: EmbeddedEngine, clock: Clock) -> None:
    cycle = "<camunda:failedJobRetryTimeCycle>PT1M,PT10M</camunda:failedJobRetryTimeCycle>"
    cycle = f"<extensionElements>{cycle}</extensionElements>"
    engine.deploy([bpmn("cycle", line("startEvent start", service("one", "work") + f"|{cycle}", "endEvent end"))])
    engine.start("cycle")
    for pause in (1, 10):
        engine.fail_job(lock_one(engine), "not yet")
        clock.advance(minutes=pause, seconds=-1)
        assert engine.lock_jobs("worker", ["work"], 1, LEASE) == []
        clock.advance(seconds=1)
    engine.fail_job(lock_one(engine), "never")
    assert [incident.message for incident in engine.incidents()] == ["never"]


def test_a_postponed_job_keeps_its_retries(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    job = lock_one(engine)
    engine.postpone_job(job, timedelta(minutes=5))
    assert engine.lock_jobs("worker", ["work"], 1, LEASE) == []
    clock.advance(minutes=5)
    assert lock_one(engine).retries == job.retries


def test_a_bpmn_error_goes_to_its_boundary_event(engine: EmbeddedEngine) -> None:
    engine.deploy([FAILING])
    started = engine.start("failing")
    job = lock_one(engine)
    engine.throw_error(job, "full", "no slot left")
    assert [task.element_id for task in engine.tasks()] == ["instead"]
    with pytest.raises(Conflict, match="not leased to you any more"):
        engine.complete_job(job)
    assert engine.instance(started.id).incidents == 0


def test_a_bpmn_error_that_nothing_catches_is_an_incident_and_can_be_tried_again(engine: EmbeddedEngine) -> None:
    engine.deploy([FAILING])
    engine.start("failing")
    engine.throw_error(lock_one(engine), "other", "what is this")
    (incident,) = engine.incidents()
    assert "other" in incident.message
    assert engine.lock_jobs("worker", ["work"], 1, LEASE) == []
    engine.resolve(incident.id)
    engine.complete_job(lock_one(engine))
    assert [task.element_id for task in engine.tasks()] == ["after"]


def test_workers_in_two_engines_never_lease_the_same_job(new_engine: Callable[[], EmbeddedEngine]) -> None:
    one, other = new_engine(), new_engine()
    one.deploy([TWO_JOBS])
    for _ in range(5):
        one.start("two_jobs")
    first = one.lock_jobs("a", ["work"], 3, LEASE)
    second = other.lock_jobs("b", ["work"], 3, LEASE)
    assert len({job.id for job in (*first, *second)}) == 5


def test_what_a_handler_answers_must_be_json(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    engine.start("two_jobs")
    job = lock_one(engine)
    with pytest.raises(InvalidInput, match="n is inf"):
        engine.complete_job(job, {"n": float("inf")})
    engine.complete_job(job)


def test_answers_are_taken_and_jobs_leased_together(engine: EmbeddedEngine) -> None:
    engine.deploy([TWO_JOBS])
    started = [engine.start("two_jobs").id for _ in range(5)]
    wanted = Wanted("worker", ["work"], 10, LEASE)
    first = engine.exchange_jobs([], wanted)
    second = engine.exchange_jobs([Answer(job, {"n": number}) for number, job in enumerate(first.leased)], wanted)
    assert (len(first.leased), first.refusals, second.refusals) == (5, [], [None] * 5)
    assert [job.element_id for job in second.leased] == ["two"] * 5
    done = engine.exchange_jobs([Answer(job) for job in second.leased], Wanted("worker", ["work"], 0, LEASE))
    assert (done.leased, done.refusals) == ([], [None] * 5)
    assert {engine.instance(found).state for found in started} == {InstanceState.COMPLETED}
    assert {engine.variables(found)["n"] for found in started} == {0, 1, 2, 3, 4}


def test_an_answer_that_is_refused_harms_no_other(engine: EmbeddedEngine, clock: Clock) -> None:
    engine.deploy([TWO_JOBS])
    for _ in range(4):
        engine.start("two_jobs")
    jobs = engine.lock_jobs("worker", ["work"], 4, LEASE)
    engine.cancel(jobs[1].instance_id)
    clock.advance(minutes=1)
    (taken,) = engine.lock_jobs("other", ["work"], 1, LEASE)
    answers = [Answer(job, {"n": 1}) for job in jobs[:3]] + [Answer(jobs[3], {"n": float("nan")})]
    refusals = engine.exchange_jobs(answers, Wanted("worker", ["work"], 0, LEASE)).refusals
    assert taken.id == jobs[0].id
    assert [type(refusal) for refusal in refusals] == [Conflict, Conflict, type(None), InvalidInput]
    engine.complete_job(taken, {"n": 2})
    engine.complete_job(jobs[3])
    assert [engine.variables(job.instance_id) for job in jobs] == [{"n": 2}, {}, {"n": 1}, {}]
    assert len(engine.lock_jobs("worker", ["work"], 9, LEASE)) == 3


def test_answers_for_one_instance_are_taken_together(engine: EmbeddedEngine) -> None:
    gateways = '<parallelGateway id="fork" /><parallelGateway id="join" />'
    branches = "".join(
        f'<serviceTask id="{name}" camunda:type="external" camunda:topic="work" />'
        f'<sequenceFlow id="to_{name}" sourceRef="fork" targetRef="{name}" />'
        f'<sequenceFlow id="from_{name}" sourceRef="{name}" targetRef="join" />'
        for name in ("a", "b", "c")
    )
    ends = line("startEvent start", "task begin") + line("task finish", "endEvent end").replace("flow0", "flow1")
    flows = '<sequenceFlow id="f1" sourceRef="begin" targetRef="fork" />'
    flows += '<sequenceFlow id="f2" sourceRef="join" targetRef="finish" />'
    engine.deploy([bpmn("parallel", gateways + branches + ends + flows)])
    started = engine.start("parallel")
    jobs = engine.lock_jobs("worker", ["work"], 3, LEASE)
    answers = [Answer(job, {job.element_id: 1}) for job in jobs] + [Answer(jobs[0], {"a": 2})]
    refusals = engine.exchange_jobs(answers, Wanted("worker", ["work"], 9, LEASE)).refusals
    assert [type(refusal) for refusal in refusals].count(Conflict) == 1
    assert engine.variables(started.id) == {"a": 1, "b": 1, "c": 1}
    assert engine.instance(started.id).state is InstanceState.COMPLETED


def test_answers_that_would_hold_up_others_for_long_are_taken_one_by_one(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.deploy([TWO_JOBS])
    started = [engine.start("two_jobs").id for _ in range(3)]
    monkeypatch.setattr("workflows.embedded.runtime._LONG_SECONDS", -1.0)
    jobs = engine.lock_jobs("worker", ["work"], 3, LEASE)
    answers = [Answer(job, {"n": 1}) for job in jobs]
    assert engine.exchange_jobs(answers, Wanted("worker", ["work"], 0, LEASE)).refusals == [None] * 3
    assert [engine.variables(found) for found in started] == [{"n": 1}] * 3
