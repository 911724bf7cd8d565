"""Laboratory requests: doctors ask for a test, administrators approve it, or refuse it and say why.

Whoever shows the details of requests notes in the audit, by `note_reading`, who read them.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from app.clinic import audit, notices, people, validation
from app.clinic.errors import NotAllowed, NotFound
from app.clinic.models import LaboratoryRequest, RequestStatus
from app.clinic.models.care import LONGEST_REFUSAL, LONGEST_TEXT
from app.clinic.paging import Page, page_of

_LARGEST_NUMBER = 2**31 - 1


def request_test(
    session: Session, *, docid: str, patientid: int, details: str, now: datetime, by: str
) -> LaboratoryRequest:
    """Ask for a test of a patient of this doctor.

    Raise `NotFound` for another's patient as for an unknown one, `InvalidInput` for empty or too long details.
    """
    patient = people.find_patient_of(session, docid=docid, patientid=patientid)
    asked = LaboratoryRequest(
        docid=docid,
        patientid=patient.patientid,
        details=validation.paragraphs("details", details, longest=LONGEST_TEXT),
        requested_at=now,
    )
    session.add(asked)
    session.flush()
    _note(session, "laboratory test requested", asked, now, by)
    return asked


def approve(session: Session, *, request_id: int, empid: str, now: datetime, by: str) -> LaboratoryRequest:
    """Let a test be done, and tell the doctor; raise `NotFound`, or `NotAllowed` if it was decided on already."""
    return _decide(session, request_id, RequestStatus.APPROVED, empid=empid, now=now, by=by)


def refuse(session: Session, *, request_id: int, empid: str, reason: str, now: datetime, by: str) -> LaboratoryRequest:
    """Refuse a test, and tell the doctor why.

    Raise `NotFound`, `InvalidInput` without a reason, or `NotAllowed` if it was decided on already.
    """
    why = validation.text("reason", reason, longest=LONGEST_REFUSAL)
    return _decide(session, request_id, RequestStatus.REFUSED, empid=empid, refusal=why, now=now, by=by)


def find_request(session: Session, *, request_id: int) -> LaboratoryRequest:
    """Return a request; raise `NotFound`."""
    known = 0 < request_id <= _LARGEST_NUMBER
    asked = session.get(LaboratoryRequest, request_id) if known else None
    if asked is None:
        raise NotFound("laboratory request", request_id)
    return asked


def list_requests(
    session: Session, *, status: RequestStatus, page: int = 1, per_page: int = 25
) -> Page[LaboratoryRequest]:
    """Return a page of the requests of one status: open ones from the oldest on, decided ones newest first."""
    age = (LaboratoryRequest.requested_at, LaboratoryRequest.id)
    order = age if status is RequestStatus.OPEN else tuple(column.desc() for column in age)
    query = select(LaboratoryRequest).where(LaboratoryRequest.status == status).order_by(*order)
    return page_of(session, query, page=page, per_page=per_page)


def list_for_doctor(session: Session, *, docid: str, patientid: int) -> list[LaboratoryRequest]:
    """Return what every doctor asked for a patient of this doctor, newest first.

    Raise `NotFound` for another's patient as for an unknown one.
    """
    patient = people.find_patient_of(session, docid=docid, patientid=patientid)
    query = select(LaboratoryRequest).where(LaboratoryRequest.patientid == patient.patientid)
    return list(session.scalars(query.order_by(LaboratoryRequest.requested_at.desc(), LaboratoryRequest.id.desc())))


def select_requests(
    *, status: RequestStatus | None = None, patientid: int | None = None, docid: str | None = None
) -> Select[LaboratoryRequest]:
    """Return the query for requests, newest first: of one status or patient, or of those whom a doctor treats."""
    query = select(LaboratoryRequest)
    if status is not None:
        query = query.where(LaboratoryRequest.status == status)
    if patientid is not None:
        query = query.where(LaboratoryRequest.patientid == patientid)
    if docid is not None:
        query = query.where(LaboratoryRequest.patientid.in_(people.patientids_of(docid)))
    return query.order_by(LaboratoryRequest.requested_at.desc(), LaboratoryRequest.id.desc())


def note_reading(session: Session, requests: Iterable[LaboratoryRequest], *, now: datetime, by: str) -> None:
    """Note who read these requests: one entry for each, about its patient."""
    for asked in requests:
        audit.record(
            session,
            who=by,
            action="laboratory request read",
            subject=f"patient {asked.patientid}",
            now=now,
            details={"request": asked.id},
        )


def _decide(
    session: Session,
    request_id: int,
    status: RequestStatus,
    *,
    empid: str,
    now: datetime,
    by: str,
    refusal: str = "",
) -> LaboratoryRequest:
    """Change an open request; of two who decide at the same moment the first wins."""
    asked = find_request(session, request_id=request_id)
    still_open = LaboratoryRequest.id == asked.id, LaboratoryRequest.status == RequestStatus.OPEN
    change = update(LaboratoryRequest).where(*still_open)
    change = change.values(status=status, empid=empid, decided_at=now, refusal=refusal)
    decided = session.execute(change.returning(LaboratoryRequest.id)).first() is not None
    session.refresh(asked)
    if not decided:
        who = asked.administrator.full_name if asked.administrator else ""
        raise NotAllowed(f"This request was {asked.status} already, by {who}.")
    _note(session, f"laboratory test {status}", asked, now, by)
    _tell_doctor(session, asked, now)
    return asked


def _tell_doctor(session: Session, asked: LaboratoryRequest, now: datetime) -> None:
    """Leave a notice without the details of the test: notices also go out by mail."""
    reason = f" The reason: {asked.refusal}" if asked.refusal else ""
    notices.notify(
        session,
        login_id=asked.doctor.login_id,
        subject=f"A laboratory test was {asked.status}",
        body=f"You asked for it for {asked.patient.full_name}.{reason}",
        key=f"laboratory request {asked.id} {asked.status}",
        now=now,
    )


def _note(session: Session, action: str, asked: LaboratoryRequest, now: datetime, by: str) -> None:
    audit.record(session, who=by, action=action, subject=f"laboratory request {asked.id}", now=now)
