"""Laboratory requests: doctors ask for a test, administrators approve it, or refuse it and say why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.clinic import audit, notices, people, validation
from app.clinic.errors import NotAllowed, NotFound
from app.clinic.models import LaboratoryRequest, RequestStatus
from app.clinic.models.care import LONGEST_REFUSAL, LONGEST_TEXT

_LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Some of the requests: page `number` (from 1) of `pages`, out of `total`."""

    requests: list[LaboratoryRequest]
    number: int
    pages: int
    total: int


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


def list_requests(session: Session, *, status: RequestStatus, page: int = 1, per_page: int = 25) -> RequestPage:
    """Return a page of the requests of one status: open ones from the oldest on, decided ones newest first.

    A page beyond the last is the last.
    """
    query = select(LaboratoryRequest).where(LaboratoryRequest.status == status)
    total = session.scalar(select(func.count()).where(LaboratoryRequest.status == status)) or 0
    pages = max(1, -(-total // per_page))
    number = min(max(1, page), pages)
    age = (LaboratoryRequest.requested_at, LaboratoryRequest.id)
    ordered = query.order_by(*(age if status is RequestStatus.OPEN else (column.desc() for column in age)))
    return RequestPage(
        list(session.scalars(ordered.limit(per_page).offset((number - 1) * per_page))), number, pages, total
    )


def list_for_doctor(session: Session, *, docid: str, patientid: int) -> list[LaboratoryRequest]:
    """Return what every doctor asked for a patient of this doctor, newest first.

    Raise `NotFound` for another's patient as for an unknown one.
    """
    patient = people.find_patient_of(session, docid=docid, patientid=patientid)
    query = select(LaboratoryRequest).where(LaboratoryRequest.patientid == patient.patientid)
    return list(session.scalars(query.order_by(LaboratoryRequest.requested_at.desc(), LaboratoryRequest.id.desc())))


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
