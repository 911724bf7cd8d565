"""Every noon: how many accounts the clinic has."""

import os
from datetime import timedelta
from typing import Any

from airflow.providers.http.operators.http import HttpOperator
from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowFailException

from operators.service import CONNECTION, OPTIONS, accepted

ZONE = os.environ.get("DAMS_TIME_ZONE", "Europe/London")


@dag(
    description="Report the number of login accounts",
    schedule=CronTriggerTimetable("0 12 * * *", timezone=ZONE, run_immediately=False),
    catchup=False,
    is_paused_upon_creation=False,
    default_args={"retries": 3, "retry_exponential_backoff": True, "max_retry_delay": timedelta(minutes=10)},
    tags=["dams", "reports"],
    doc_md="""
    ### How many accounts are there?

    Each noon of the clinic, or whenever somebody asks for it on the clinic's own page *DAG runs*, this lists the
    accounts, counts them, lets the service write a sentence, and keeps it as the XCom `report_msg` of `return_report`.
    What the service refuses fails at once; what it can't answer is tried again.
    """,
)
def report_login_count() -> None:
    """List, count, report."""
    listed = HttpOperator(
        task_id="list_all_login",
        http_conn_id=CONNECTION,
        method="GET",
        endpoint="/login/list/all",
        extra_options=OPTIONS,
        response_check=accepted,
        response_filter=lambda response: response.json()["records"],
        doc_md="Asks the service for all accounts: ids, user names and roles. Passwords are not among them.",
    )
    counted = count_login(listed.output)
    reported = HttpOperator(
        task_id="report_count",
        http_conn_id=CONNECTION,
        method="GET",
        endpoint="/login/report/count",
        data={"login_count": "{{ ti.xcom_pull(task_ids='count_login', key='records') }}"},
        extra_options=OPTIONS,
        response_check=accepted,
        response_filter=lambda response: response.json()["message"],
        doc_md="Lets the service write the sentence about the count.",
    )
    counted >> reported >> return_report(reported.output)


@task(doc_md='Counts the accounts, and keeps the number as the XCom `records`. None at all fails with "Data is empty".')
def count_login(records: list[dict[str, Any]], **context: Any) -> int:
    """Return how many there are."""
    if not records:
        raise AirflowFailException("Data is empty")
    context["ti"].xcom_push(key="records", value=len(records))
    return len(records)


@task(doc_md="Keeps the sentence as the XCom `report_msg`, which the service reads.")
def return_report(message: str, **context: Any) -> None:
    """Keep the sentence."""
    context["ti"].xcom_push(key="report_msg", value=message)


report_login_count()
