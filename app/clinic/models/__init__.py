"""The clinic's tables. `Base.metadata` knows all of them, and the migrations create them."""

from app.clinic.models.agenda import AgendaLine, ViewChange
from app.clinic.models.appointments import Appointment, AppointmentStatus, SlotHold
from app.clinic.models.audit import AuditEntry
from app.clinic.models.availability import AvailabilityException, ExceptionKind, WeeklyBreak, WeeklyHours
from app.clinic.models.base import Base
from app.clinic.models.billing import Posting, PostingKind
from app.clinic.models.care import Diagnosis, LaboratoryRequest, RequestStatus
from app.clinic.models.documents import Document, DocumentKind
from app.clinic.models.entrance import AccountRequest, FailedSignIns, LinkPurpose, LoginSession, OneTimeLink
from app.clinic.models.notices import Notice
from app.clinic.models.oauth import OAuthClient, OAuthGrant
from app.clinic.models.outbox import CalendarMethod, Mail, MailStatus
from app.clinic.models.people import Administrator, Doctor, Login, Patient, Role
from app.clinic.models.repeats import RepeatableRequest
from app.clinic.models.reports import PartStatus, Report, ReportPart
from app.clinic.models.tokens import ApiToken, Scope, scopes_of
from app.clinic.models.waiting_list import OfferStatus, SlotOffer, WaitingEntry, WaitingStatus

__all__ = [
    "AccountRequest",
    "Administrator",
    "AgendaLine",
    "ApiToken",
    "Appointment",
    "AppointmentStatus",
    "AuditEntry",
    "AvailabilityException",
    "Base",
    "CalendarMethod",
    "Diagnosis",
    "Doctor",
    "Document",
    "DocumentKind",
    "ExceptionKind",
    "FailedSignIns",
    "LaboratoryRequest",
    "LinkPurpose",
    "Login",
    "LoginSession",
    "Mail",
    "MailStatus",
    "Notice",
    "OAuthClient",
    "OAuthGrant",
    "OfferStatus",
    "OneTimeLink",
    "PartStatus",
    "Patient",
    "Posting",
    "PostingKind",
    "RepeatableRequest",
    "Report",
    "ReportPart",
    "RequestStatus",
    "Role",
    "Scope",
    "SlotHold",
    "SlotOffer",
    "ViewChange",
    "WaitingEntry",
    "WaitingStatus",
    "WeeklyBreak",
    "WeeklyHours",
    "scopes_of",
]
