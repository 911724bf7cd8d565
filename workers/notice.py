"""The jobs that tell people something."""

from sqlalchemy.orm import Session

from app.clinic import appointments, notices
from workers.clinic import Clinic
from workers.registry import Job, job


@job("notify_doctor")
def notify_doctor(job: Job, session: Session, clinic: Clinic, ticketid: str) -> None:
    """Leave the doctor a notice of the new appointment, once for each job."""
    appointment = appointments.find_by_ticket(session, ticketid=ticketid)
    local = appointment.starts_at.astimezone(clinic.details.zone)
    notices.notify(
        session,
        login_id=appointment.doctor.login_id,
        subject=f"New appointment on {local:%A %-d %B %Y at %H:%M}",
        body=f"{appointment.patient.full_name} comes to see you on {local:%A %-d %B %Y at %H:%M} (ticket {ticketid}).",
        key=job.key,
        now=clinic.now(),
        ticketid=ticketid,
    )
