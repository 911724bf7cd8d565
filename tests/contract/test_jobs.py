"""What every engine promises about jobs, their errors, and incidents."""

from datetime import timedelta

import pytest

from workflows.errors import BpmnError, Conflict, NotFound
from workflows.values import JsonValue, Variables

from .subject import Scenario, eventually


def test_jobs_are_done_in_order_and_their_answers_are_kept(scenario: Scenario) -> None:
    scenario.deploy("order")
    started = scenario.engine.start("order", {"item": "book"})
    seen: list[Variables] = []

    def reserve(variables: Variables) -> Variables:
        seen.append(variables)
        return {"shelf": 7}

    def charge(variables: Variables) -> Variables:
        seen.append(variables)
        return {"paid": True}

    scenario.subject.run_jobs({"reserve": reserve, "charge": charge})
    scenario.ends(started)
    assert seen == [{"item": "book"}, {"item": "book", "shelf": 7}]
    assert scenario.engine.variables(started.id) == {"item": "book", "shelf": 7, "paid": True}
    assert scenario.path(started) == ["start", "reserve", "charge", "end"]


def test_an_error_goes_to_its_boundary_event(scenario: Scenario) -> None:
    scenario.deploy("order")
    started = scenario.engine.start("order")

    def charge(_variables: Variables) -> Variables:
        raise BpmnError("refused", "the card has expired", {"tried": ["4000"]})

    scenario.subject.run_jobs({"reserve": lambda _: {}, "charge": charge})
    scenario.engine.complete(scenario.task(started, "ask_again").id)
    scenario.ends(started)
    assert scenario.engine.variables(started.id)["tried"] == ["4000"]
    outcomes = {entry.element_id: entry.outcome for entry in scenario.history(started)}
    assert outcomes["charge"] == "cancelled"
    assert outcomes["given_up"] == "completed"
    assert "end" not in outcomes


def test_a_failing_job_is_tried_again(scenario: Scenario) -> None:
    scenario.deploy("order")
    started = scenario.engine.start("order")
    attempts: list[Variables] = []

    def charge(variables: Variables) -> Variables:
        attempts.append(variables)
        if len(attempts) < 3:
            raise RuntimeError("no connection")
        return {}

    scenario.subject.run_jobs({"reserve": lambda _: {}, "charge": charge})
    scenario.ends(started)
    assert len(attempts) == 3


def test_a_job_that_fails_for_good_is_an_incident_that_can_be_resolved(scenario: Scenario) -> None:
    scenario.deploy("order")
    started = scenario.engine.start("order", business_key="A-1")

    def charge(_variables: Variables) -> Variables:
        raise RuntimeError("no connection at all")

    scenario.subject.run_jobs({"reserve": lambda _: {}, "charge": charge})
    incident = scenario.incident(started)
    assert (incident.instance_id, incident.element_id) == (started.id, "charge")
    assert "no connection at all" in incident.message
    assert (incident.process_id, incident.business_key) == ("order", "A-1")
    assert scenario.engine.incidents(process_id="order", element_id="charge") == [incident]
    assert scenario.engine.incidents(process_id="review") == []
    assert scenario.engine.incidents(element_id="reserve") == []
    eventually(lambda: scenario.engine.instance(started.id).incidents == 1)
    scenario.engine.resolve(incident.id, retries=1)
    scenario.subject.run_jobs({"charge": lambda _: {}})
    scenario.ends(started)
    eventually(lambda: scenario.engine.incidents() == [])
    with pytest.raises(Conflict):
        scenario.engine.resolve(incident.id)


def test_parallel_branches_lose_nothing(scenario: Scenario) -> None:
    scenario.deploy("parallel")
    started = scenario.engine.start("parallel", {"shared": 1})

    def count(variables: Variables) -> Variables:
        result: JsonValue = [variables["letter"], variables["shared"]]
        return {"result": result, f"result_{variables['letter']}": result}

    scenario.subject.run_jobs({"count": count})
    scenario.ends(started)
    results = {f"result_{letter}": [letter, 1] for letter in "abcd"}
    variables = scenario.engine.variables(started.id)
    assert {name: variables.get(name) for name in results} == results
    assert variables["shared"] == 1


def test_statistics_tell_what_happened_in_each_element(scenario: Scenario) -> None:
    scenario.deploy("order")
    done = [scenario.engine.start("order") for _ in range(3)]
    scenario.subject.run_jobs({"reserve": lambda _: {}, "charge": lambda _: {}})
    for instance in done:
        scenario.ends(instance)
    scenario.subject.pass_time(timedelta(seconds=1))
    stuck = scenario.engine.start("order")

    def charge(_variables: Variables) -> Variables:
        raise RuntimeError("no connection at all")

    scenario.subject.run_jobs({"reserve": lambda _: {}, "charge": charge})
    scenario.incident(stuck)
    (definition,) = scenario.engine.definitions("order")
    found = {each.element_id: each for each in scenario.engine.element_statistics(definition.id)}
    assert {element: (each.entered, each.running, each.incidents) for element, each in found.items()} == {
        "start": (4, 0, 0),
        "reserve": (4, 0, 0),
        "charge": (4, 1, 1),
        "end": (3, 0, 0),
    }
    median, p95 = found["charge"].median, found["charge"].p95
    assert median is not None
    assert p95 is not None
    assert timedelta(0) <= median <= p95
    assert found["end"].median is not None
    since = stuck.started_at
    later = {each.element_id: each.entered for each in scenario.engine.element_statistics(definition.id, since=since)}
    assert later == {"start": 1, "reserve": 1, "charge": 1}
    with pytest.raises(NotFound):
        scenario.engine.element_statistics("nothing")
