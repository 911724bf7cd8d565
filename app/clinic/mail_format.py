"""From the outbox to the internet: one mail as RFC 5322 and MIME have it.

The library's own header types write what comes from people, so a name or subject can't add a header: a line break in
one is a `ValueError`. All text is encoded to ASCII on the way, which every server takes.
"""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.clinic.details import ClinicDetails
from app.clinic.models import Mail

_SEVEN_BITS = SMTP.clone(cte_type="7bit")


def compose(mail: Mail, clinic: ClinicDetails) -> EmailMessage:
    """Return a mail of the clinic, whose `email` it comes from; each time the same, with its own Message-ID.

    Plain text, and beside it what the recipient's calendar is asked for. Raise `ValueError` for an address that no
    mail can be sent to.
    """
    message = EmailMessage(policy=_SEVEN_BITS)
    message["From"] = _address(clinic.name, clinic.email)
    message["To"] = _address(mail.name, mail.address)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{clinic.email.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{mail.body}\n\n{clinic.name}\n")
    if mail.calendar is not None and mail.method is not None:
        message.add_alternative(
            mail.calendar.decode(),
            subtype="calendar",
            filename="appointment.ics",
            disposition="inline",
            params={"method": mail.method.value, "component": "VEVENT"},
        )
    return message


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    try:
        return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (IndexError, ValueError, MessageError) as error:
        raise ValueError(f"{address} is no address that mail can be sent to: {error}") from error
