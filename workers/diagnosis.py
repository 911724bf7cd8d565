"""The jobs that look up what a doctor told a patient to do."""

from typing import Any

from sqlalchemy.orm import Session

from app.clinic import diagnoses
from workers.clinic import Clinic
from workers.registry import Job, job


@job("select_diagnosis")
def select_diagnosis(
    *, job: Job, session: Session, clinic: Clinic, docid: str, patientid: int, requested_by: str | None = None
) -> dict[str, Any]:
    """Find what exactly this doctor told exactly this patient, newest first. Each diagnosis that is read is noted in
    the audit, as read by who asked, or by the process if nobody is named."""
    reader = requested_by or f"process {job.instance_id}"
    found = diagnoses.list_resolutions(session, docid=docid, patientid=patientid, now=clinic.now(), by=reader)
    return {"data": [{"docid": docid, "patientid": patientid, "resolution": text} for text in found]}


@job("retrieve_analysis")
def retrieve_analysis(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep only what the patient is to do."""
    return {"result": [record["resolution"] for record in records]}
