"""Every night: reminders of bills, a backup, figures of each doctor, and history that was kept long enough."""

import os
import time
from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, PokeReturnValue, dag, task
from airflow.sdk.exceptions import AirflowFailException

from operators import Service, StartProcessOperator

ZONE = os.environ.get("DAMS_TIME_ZONE", "Europe/London")
_SECONDS_BETWEEN_LOOKS = 2.0
_BACKUP_SECONDS = 3600
_UNDER_WAY = frozenset({"waiting", "running"})


@dag(
    description="Remind of bills, back up, count for each doctor, prune history",
    schedule=CronTriggerTimetable("0 2 * * *", timezone=ZONE, run_immediately=False),
    catchup=False,
    is_paused_upon_creation=False,
    default_args={"retries": 3, "retry_exponential_backoff": True, "max_retry_delay": timedelta(minutes=30)},
    tags=["dams", "processes", "reports"],
    doc_md="""
    ### The clinic's night

    `remind` runs the process *Reminders of Overdue Bills* and waits for its end. `backup` has the clinic's people
    written as CSV files, and `backup_is_complete` waits for them; only then `prune` removes the history of processes
    that was kept long enough. `statistics` counts patients and laboratory requests, one task for each doctor. Backup
    and statistics need the service's Celery workers.
    """,
)
def dams_nightly() -> None:
    """Remind, back up and prune, count."""
    StartProcessOperator(
        task_id="remind",
        process_id="Process_PaymentReminders",
        doc_md="Starts the process that reminds of overdue bills, and waits in the triggerer until it has ended.",
    )
    backup_is_complete(backup()) >> prune()
    summary(statistics.expand(docid=doctors()))


@task(doc_md="Has administrators, doctors and patients written as CSV files.")
def backup() -> str:
    """Return where to read how far the backup is."""
    return str(Service().post("/admin/reports/create")["href"])


@task.sensor(poke_interval=_SECONDS_BETWEEN_LOOKS, timeout=_BACKUP_SECONDS, doc_md="Waits until all files are written.")
def backup_is_complete(href: str) -> PokeReturnValue:
    """Look once; a file that can't be written fails the task."""
    report = Service().get(href)
    if report["state"] == "failed":
        reasons = ", ".join(f"{file['name']}: {file['error']}" for file in report["files"] if file["error"])
        raise AirflowFailException(f"The backup is not complete: {reasons}")
    return PokeReturnValue(is_done=report["state"] not in _UNDER_WAY, xcom_value=report)


@task(doc_md="Removes ended processes whose diagrams do not ask for their history any more.")
def prune() -> int:
    """Return how many were removed."""
    return int(Service().post("/api/v1/history/prune")["removed"])


@task(doc_md="Lists the doctors, by their numbers.")
def doctors() -> list[str]:
    """Return the numbers of the active doctors."""
    return [str(doctor["docid"]) for doctor in Service().get("/api/v1/doctors", limit=1000)["items"]]


@task(
    doc_md="Counts the patients and laboratory requests of one doctor.",
    map_index_template="{{ task.op_kwargs['docid'] }}",
    execution_timeout=timedelta(minutes=10),
)
def statistics(docid: str) -> dict[str, Any]:
    """Return the figures of a doctor."""
    service = Service()
    figures = service.get("/admin/doc/stats", docid=docid)
    while "href" in figures:  # where to look for them, as long as they are not there
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        figures = service.get(figures["href"])
    return figures


@task(doc_md="Puts the sentences about all doctors together.")
def summary(figures: list[dict[str, Any]]) -> list[str]:
    """Return a sentence for each doctor."""
    return [str(each["message"]) for each in figures]


dams_nightly()
