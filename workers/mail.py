"""Sends the outbox through an SMTP server, in a thread of this process.

Any number of processes may send. A server that can't be reached, or says "later", only means a pause; what it refuses
for good is a mail's final state, which staff see on the page of the outbox.
"""

import logging
import random
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import InterfaceError, OperationalError

from app.clinic import outbox
from app.clinic.details import ClinicDetails
from app.clinic.mail_format import compose
from app.clinic.models import Mail
from app.database import Database

_log = logging.getLogger(__name__)
_IDLE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_ANSWER_SECONDS = 20.0
"""How long the server may take for each answer; all answers for a mail together stay well within its lease."""

_LEASE = timedelta(minutes=10)
_REFUSED_FOR_GOOD = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and as whom. `security` is how the connection is encrypted."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


class Refused(Exception):
    """The server does not take this mail, now or (`final`) ever, or nothing can be made of it."""

    def __init__(self, reason: str, *, final: bool) -> None:
        self.final = final
        super().__init__(reason)


class MailSender:
    """A thread that sends what is due. `clinic.email` is the sender of all mail; `clock` is aware."""

    def __init__(
        self, database: Database, server: MailServer, clinic: ClinicDetails, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._server = server
        self._clinic = clinic
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mail")

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Return when the mail that is being sent is sent."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def send_due(self) -> int:
        """Send what is due now, in this thread; return how many mails were sent.

        Raise `OSError` or `SMTPException` when the server can't be used; the mail that it happened to has a pause.
        """
        sent, connection = 0, None
        try:
            while not self._stopping.is_set() and (mail := self._taken()) is not None:
                try:
                    connection = connection or self._connected()
                    self._deliver(connection, mail)
                except Refused as refusal:
                    self._note_failure(mail, str(refusal), final=refusal.final)
                except (OSError, smtplib.SMTPException) as error:
                    self._note_failure(mail, f"{type(error).__name__}: {error}")
                    raise
                else:
                    self._note_sent(mail)
                    sent += 1
        finally:
            if connection is not None:
                with suppress(OSError, smtplib.SMTPException):
                    connection.quit()
        return sent

    def _work(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            pause = _IDLE_SECONDS
            try:
                self.send_due()
                failures = 0
            except (OSError, smtplib.SMTPException, OperationalError, InterfaceError) as error:
                failures += 1
                pause = min(_LONGEST_PAUSE_SECONDS, 2.0**failures) * random.uniform(0.5, 1)  # noqa: S311 -- spreads load
                _log.warning("Mail can't be sent now; trying again in %.1f s: %s", pause, error)
            except Exception:  # noqa: BLE001 -- reported, and tried again: nothing may stop silently
                failures += 1
                pause = _LONGEST_PAUSE_SECONDS
                _log.exception("The sender of mail failed; it goes on in %.0f s", pause)
            self._stopping.wait(pause)

    def _taken(self) -> Mail | None:
        with self._database.read() as session:  # a transaction that writes would stop others, each second
            if not outbox.is_due(session, now=self._clock()):
                return None
        with self._database.write() as session:
            return outbox.take(session, now=self._clock(), lease=_LEASE)

    def _connected(self) -> smtplib.SMTP:
        """Return a connection to the server, encrypted and signed in as it should be."""
        server, name = self._server, socket.gethostname()
        if server.security == "tls":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=_ANSWER_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, name, timeout=_ANSWER_SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _deliver(self, connection: smtplib.SMTP, mail: Mail) -> None:
        try:
            message = compose(mail, self._clinic)
            connection.send_message(message)
        except (ValueError, smtplib.SMTPNotSupportedError) as error:
            raise Refused(str(error), final=True) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _refusal(code, answer) from error
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error

    def _note_sent(self, mail: Mail) -> None:
        with self._database.write() as session:
            kept = outbox.mark_sent(session, mail_id=mail.id, lease=mail.lease or "", now=self._clock())
        if not kept:
            _log.warning("Mail %s took longer than its lease; it may be sent twice", mail.id)

    def _note_failure(self, mail: Mail, reason: str, *, final: bool = False) -> None:
        _log.warning("Mail %s was not sent (attempt %d): %s", mail.id, mail.attempts, reason)
        with self._database.write() as session:
            outbox.mark_failed(
                session, mail_id=mail.id, lease=mail.lease or "", error=reason, now=self._clock(), final=final
            )


def _refusal(code: int, answer: bytes | str) -> Refused:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return Refused(f"The server said {code} {text}", final=code >= _REFUSED_FOR_GOOD)
