"""Each DAG, and each operator, on its own: with `dag.test()`, against the running service."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.airflow.conftest import Call
from tests.airflow.trying import Tried, Wanted, try_dags
from tests.browser.served import Served

INSTANCES = "/api/v1/process-instances"


class _NobodyHere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"records": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def empty_service() -> Iterator[str]:
    """Give the address of a service without a single account, which ours can't be."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _NobodyHere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def tried(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path, clinic: Served, token: str, call: Call
) -> dict[str, Tried]:
    """What came of all runs, by the names that the tests below ask for."""
    ended = call("POST", INSTANCES, json={"process_id": "airflow_quick", "variables": {"amount": 4}}).json()["id"]
    here, home = clinic.address, tmp_path_factory.mktemp("tried") / "home"
    with empty_service() as empty:
        wanted = {
            "report": Wanted("report_login_count", here, token, {}),
            "report of nobody": Wanted("report_login_count", empty, token, {}),
            "report without a good token": Wanted("report_login_count", here, "dams_guessed", {}),
            "night": Wanted("dams_nightly", here, token, {}),
            "process": Wanted("try_process", here, token, {"amount": 21}),
            "broken process": Wanted("try_process", here, token, {"process_id": "airflow_breaks"}),
            "process elsewhere": Wanted("try_process", here, token, {"process_id": "airflow_elsewhere", "amount": 21}),
            "broken process elsewhere": Wanted(
                "try_process", here, token, {"process_id": "airflow_elsewhere", "amount": 1}
            ),
            "unknown process": Wanted("try_process", here, token, {"process_id": "nothing"}),
            "message": Wanted("try_message", here, token, {}),
            "sensor": Wanted("try_sensor", here, token, {"instance_id": ended}),
            "sensor of nothing": Wanted("try_sensor", here, token, {"instance_id": "nothing"}),
        }
        runs = try_dags(migrated, home, list(wanted.values()))
    return dict(zip(wanted, runs, strict=True))


def test_the_report_says_how_many_accounts_there_are(tried: dict[str, Tried], call: Call) -> None:
    run = tried["report"]
    count = len(call("GET", "/login/list/all").json()["records"])
    assert run.state == "success"
    assert run.value("count_login", "records") == count
    message = run.value("return_report", "report_msg")
    assert message.startswith("As of 20")
    assert message.endswith(f", there are {count} users.")


def test_a_report_of_nobody_fails(tried: dict[str, Tried]) -> None:
    run = tried["report of nobody"]
    assert run.state == "failed"
    assert run.tasks["count_login"][0] == "failed"
    assert run.tasks["return_report"][0] == "upstream_failed"
    assert "Data is empty" in run.log


def test_what_the_service_refuses_fails_at_once(tried: dict[str, Tried]) -> None:
    run = tried["report without a good token"]
    assert run.state == "failed"
    assert run.tasks["list_all_login"] == ("failed", 1)
    assert "The service answered 401: Send a personal API token" in run.log


def test_the_night_reminds_backs_up_counts_and_prunes(tried: dict[str, Tried], call: Call) -> None:
    run = tried["night"]
    assert run.state == "success"
    reminded = run.value("remind")
    assert len(reminded["results"]) == len(reminded["overdue"]) > 0
    assert {file["state"] for file in run.value("backup_is_complete")["files"]} == {"done"}
    doctors = [doctor["docid"] for doctor in call("GET", "/api/v1/doctors").json()["items"]]
    assert [sentence.split()[1] for sentence in run.value("summary")] == doctors
    assert len(run.values["statistics"]["return_value"]) == len(doctors)
    assert isinstance(run.value("prune"), int)


@pytest.mark.parametrize("process", ["process", "process elsewhere"])
@pytest.mark.parametrize("task", ["in_triggerer", "in_worker"])
def test_a_process_gives_its_variables(tried: dict[str, Tried], process: str, task: str) -> None:
    assert tried[process].value(task) == {"amount": 21, "doubled": 42}


@pytest.mark.parametrize("process", ["broken process", "broken process elsewhere"])
@pytest.mark.parametrize("task", ["in_triggerer", "in_worker"])
def test_an_incident_fails_the_task_with_its_text(tried: dict[str, Tried], process: str, task: str) -> None:
    run = tried[process]
    assert run.tasks[task] == ("failed", 2)
    assert "has an incident at choose: no condition holds behind gateway choose" in run.log


def test_a_second_attempt_finds_the_instance_of_the_first(tried: dict[str, Tried], call: Call) -> None:
    run = tried["broken process"]
    assert run.tasks == {"in_triggerer": ("failed", 2), "in_worker": ("failed", 2)}
    listed = call("GET", INSTANCES, params={"process_id": "airflow_breaks"}).json()["items"]
    keys = sorted(instance["business_key"] for instance in listed if run.run_id in instance["business_key"])
    assert keys == [f"try_process/{run.run_id}/{task}" for task in ("in_triggerer", "in_worker")]


def test_an_unknown_process_fails_at_once(tried: dict[str, Tried]) -> None:
    run = tried["unknown process"]
    assert run.tasks["in_worker"] == ("failed", 1)
    assert "There is no process nothing." in run.log


def test_a_message_reaches_the_process_that_listens_later(tried: dict[str, Tried]) -> None:
    run = tried["message"]
    assert run.state == "success"
    assert run.value("listen") == {"said": "hello"}


def test_a_sensor_sees_the_end_of_an_instance(tried: dict[str, Tried]) -> None:
    run = tried["sensor"]
    assert run.state == "success"
    assert run.value("look") == {"amount": 4, "doubled": 8}
    assert tried["sensor of nothing"].tasks["look"] == ("failed", 1)
