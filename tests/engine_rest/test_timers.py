"""Timers over HTTP: among the jobs, fired by hand, and put off."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.program import Program
from tests.house import House
from workflows.engine import InstanceState, Resource

ALARM = Path(__file__).parent / "diagrams" / "alarm.bpmn"
JOB = "/engine-rest/job"


@pytest.fixture
def alarm(house: House) -> str:
    """The id of an instance with a timer that repeats every hour, and one that is due tomorrow."""
    house.engine.deploy([Resource(ALARM.name, ALARM.read_bytes())])
    return house.engine.start("Alarm").id


def jobs(program: Program, instance_id: str, **criteria: Any) -> list[dict[str, Any]]:
    answer = program.get(JOB, processInstanceId=instance_id, **criteria)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()
    counted = program.get(f"{JOB}/count", processInstanceId=instance_id, **criteria).get_json()
    assert counted == {"count": len(found)}
    return found


def put(program: Program, path: str, body: dict[str, Any]) -> int:
    return program.client.put(f"{JOB}/{path}", json=body, headers=program.headers).status_code


def when(job: dict[str, Any]) -> datetime:
    return datetime.strptime(job["dueDate"], "%Y-%m-%dT%H:%M:%S.%f%z")


def test_timers_are_found_with_the_times_at_which_they_are_due(house: House, program: Program, alarm: str) -> None:
    ring, late = jobs(program, alarm)
    now = house.clock.now.replace(microsecond=house.clock.now.microsecond // 1000 * 1000)
    assert (when(ring) - now, when(late) - now) == (timedelta(hours=1), timedelta(days=1))
    assert (ring["processDefinitionKey"], ring["retries"], ring["suspended"]) == ("Alarm", 1, False)
    assert jobs(program, alarm, timers="true", activityId="late") == [late]
    assert jobs(program, alarm, jobIds=f"{ring['id']},{late['id']}", active="true") == [ring, late]
    assert program.get(JOB, processInstanceId=alarm, maxResults=1, firstResult=1).get_json() == [late]
    between = (now + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    assert jobs(program, alarm, dueDates=f"lt_{between}") == [ring]
    body = {"processInstanceIds": [alarm], "dueDates": [{"operator": "gt", "value": between}]}
    assert program.post(JOB, body).get_json() == [late]
    assert program.get(f"{JOB}/{late['id']}").get_json() == late
    for of_others in ("messages", "withException", "noRetriesLeft", "suspended"):
        assert jobs(program, alarm, **{of_others: "true"}) == []
    assert put(program, f"{late['id']}/retries", {"retries": 1}) == 400


def test_a_timer_is_fired_by_hand_and_one_that_repeats_comes_again(house: House, program: Program, alarm: str) -> None:
    ring, late = jobs(program, alarm)
    first = when(ring)
    assert program.post(f"{JOB}/{ring['id']}/execute").status_code == 204
    assert "rung" in [entry.element_id for entry in house.engine.history(alarm)]
    again = jobs(program, alarm)
    assert [(each["id"], when(each)) for each in again] == [
        (ring["id"], first + timedelta(hours=1)),
        (late["id"], when(late)),
    ]
    assert program.post(f"{JOB}/{late['id']}/execute").status_code == 204
    assert house.engine.instance(alarm).state is InstanceState.COMPLETED
    assert program.post(f"{JOB}/{late['id']}/execute").status_code == 404
    assert [each.action for each in house.engine.operations(alarm)] == ["fire_timer", "fire_timer"]


def test_a_timer_is_put_off_and_stays_so_when_it_was_suspended(house: House, program: Program, alarm: str) -> None:
    late = jobs(program, alarm)[1]
    due = when(late) + timedelta(days=3)
    assert (
        put(program, f"{late['id']}/duedate", {"duedate": due.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"}) == 204
    )
    assert when(jobs(program, alarm)[1]) == due
    house.engine.suspend(alarm)
    assert jobs(program, alarm) == []
    assert put(program, f"{late['id']}/duedate", {"duedate": None}) == 400
    assert program.post(f"{JOB}/{late['id']}/execute").status_code == 404
    house.engine.resume(alarm)
    assert when(jobs(program, alarm)[1]) == due
    house.engine.cancel(alarm)
