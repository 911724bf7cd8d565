"""Runs DAGs with `dag.test()` inside Airflow's environment, which needs no server, and prints what came of them.

The argument is JSON: a list of `[file, dag id, conf, connection]`, the last one being the service's address and token.
So is the last line that is printed, an object for each: the states of the run and of its tasks, and what these kept as
XComs. The lines before are Airflow's log, with a line `=== dag id ===` before each.
"""

import json
import os
import sys
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select


def try_dag(file: str, dag_id: str, conf: dict[str, Any], connection: dict[str, Any]) -> dict[str, Any]:
    """Run one DAG."""
    sys.stdout.write(f"\n=== {dag_id} ===\n")
    os.environ["AIRFLOW_CONN_DAMS"] = json.dumps(connection)
    bag = DagBag(file)
    if bag.import_errors:
        raise SystemExit(str(bag.import_errors))
    run = bag.dags[dag_id].test(run_conf=conf)
    with create_session() as session:
        kept = session.scalars(select(XComModel).where(XComModel.run_id == run.run_id, XComModel.dag_id == dag_id))
        values: dict[str, Any] = {}
        for each in kept:
            values.setdefault(each.task_id, {}).setdefault(each.key, []).append(XComModel.deserialize_value(each))
        tasks = {task.task_id: (str(task.state), task.try_number) for task in run.get_task_instances(session=session)}
    return {"run_id": run.run_id, "state": str(run.state), "tasks": tasks, "values": values}


answers = [try_dag(*wanted) for wanted in json.loads(sys.argv[1])]
sys.stdout.write("\n" + json.dumps(answers, default=str) + "\n")
