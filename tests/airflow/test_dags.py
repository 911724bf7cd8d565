"""Each DAG on its own, with `dag.test()`, against the running service."""



from tests.airflow.conftest import HERE, Call, Try
from tests.servers.airflow import DAGS

OURS = str(DAGS / "report_login_count.py"), str(DAGS / "dams_nightly.py")
OPERATORS = str(HERE / "dags" / "try_operators.py")


def test_the_report_says_how_many_accounts_there_are(try_dags: Try, call: Call) -> None:
    (run,) = try_dags([(OURS[0], "report_login_count", {})])
    count = len(call("GET", "/login/list/all").json()["records"])
    assert run["state"] == "success"
    assert run["values"]["count_login"]["records"] == [count]
    (message,) = run["values"]["return_report"]["report_msg"]
    assert message.startswith("As of 20")
    assert message.endswith(f", there are {count} users.")


def test_the_night_reminds_backs_up_counts_and_prunes(try_dags: Try, call: Call) -> None:
    (run,) = try_dags([(OURS[1], "dams_nightly", {})])
    assert run["state"] == "success", run
    assert (
        run["values"]["remind"]["return_value"][0]["results"] == run["values"]["remind"]["return_value"][0]["overdue"]
    )
    (report,) = run["values"]["backup_is_complete"]["return_value"]
    assert {file["state"] for file in report["files"]} == {"done"}
    doctors = [doctor["docid"] for doctor in call("GET", "/api/v1/doctors").json()["items"]]
    (sentences,) = run["values"]["summary"]["return_value"]
    assert [sentence.split()[1] for sentence in sentences] == doctors
    assert isinstance(run["values"]["prune"]["return_value"][0], int)


def test_a_process_gives_its_variables(try_dags: Try) -> None:
    (run,) = try_dags([(OPERATORS, "try_process", {"amount": 21})])
    assert run["state"] == "success"
    for task in ("in_triggerer", "in_worker"):
        (variables,) = run["values"][task]["return_value"]
        assert variables == {"amount": 21, "doubled": 42}
