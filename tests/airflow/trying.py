"""Running DAGs with `dag.test()` in a process of Airflow's environment: all at once, as its start takes seconds."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.airflow import DAGS, environment
from tests.servers.programs import AIRFLOW

HERE = Path(__file__).parent
OPERATORS = HERE / "dags" / "try_operators.py"
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Wanted:
    """A DAG to run with a configuration, and the address and token of the service that it is to speak with."""

    dag_id: str
    service: str
    token: str
    conf: dict[str, Any]

    def entry(self) -> list[object]:
        """Return what the program inside takes."""
        ours = DAGS / f"{self.dag_id}.py"
        extra = {"Authorization": f"Bearer {self.token}"}
        connection = {"conn_type": "http", "host": self.service, "extra": extra}
        return [str(ours if ours.exists() else OPERATORS), self.dag_id, self.conf, connection]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a run: its id, its state, those of its tasks with the number of attempts, XComs by task, the log."""

    run_id: str
    state: str
    tasks: dict[str, tuple[str, int]]
    values: dict[str, dict[str, list[Any]]]
    log: str

    def value(self, task: str, key: str = "return_value") -> Any:
        """Return the only value of a task's key."""
        (value,) = self.values[task][key]
        return value


def try_dags(migrated: Path, home: Path, wanted: list[Wanted]) -> list[Tried]:
    """Run DAGs one after the other, in `home`, with a copy of the database of `migrated`."""
    home.mkdir()
    (home / "airflow.db").write_bytes((migrated / "airflow.db").read_bytes())
    done = subprocess.run(
        [AIRFLOW, HERE / "inside" / "try_dags.py", json.dumps([each.entry() for each in wanted])],
        env=environment(home, HERE / "dags"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-10_000:]
    log, _, last = done.stdout.rstrip().rpartition("\n")
    logs = re.split("^=== .* ===$", log, flags=re.MULTILINE)[1:]
    return [
        Tried(
            run["run_id"], run["state"], {name: tuple(each) for name, each in run["tasks"].items()}, run["values"], text
        )
        for run, text in zip(json.loads(last), logs, strict=True)
    ]
