"""The chord that counts what belongs to a doctor: two counts beside each other, then a sentence."""

from collections.abc import Sequence

from app.clinic import reports
from workers.celery.workplace import Workplace

COUNT_PATIENTS = "dams.statistics.count_patients"
COUNT_REQUESTS = "dams.statistics.count_requests"
SUMMARIZE = "dams.statistics.summarize"


def count_patients(place: Workplace, docid: str) -> int:
    """Count the patients of a doctor."""
    with place.database.read() as session:
        return reports.count_patients(session, docid=docid)


def count_requests(place: Workplace, docid: str) -> int:
    """Count the laboratory requests of a doctor."""
    with place.database.read() as session:
        return reports.count_laboratory_requests(session, docid=docid)


def summarize(_: Workplace, counts: Sequence[int], docid: str) -> dict[str, str | int]:
    """Say in a sentence what was counted: patients, then requests."""
    patients, requests = counts
    sentence = f"Doctor {docid} has {patients} patients and {requests} lab requests."
    return {"docid": docid, "patients": patients, "lab_requests": requests, "message": sentence}


TASKS = {COUNT_PATIENTS: count_patients, COUNT_REQUESTS: count_requests, SUMMARIZE: summarize}
