"""A worker that knows a mail server sends what stands in the outbox."""

from tests.cli.conftest import Installation
from tests.servers.smtp import Mailbox, running_smtp


def test_a_worker_sends_the_mail_of_the_demo_clinic(installation: Installation) -> None:
    mailbox = Mailbox()
    with running_smtp(mailbox) as port:
        worker = installation.popen(
            "worker",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(port),
            SMTP_SECURITY="none",
            MAIL_SENDER="desk@clinic.example",
        )
        try:
            (mail, *_others) = mailbox.wait_for(1)
        finally:
            worker.terminate()
            assert worker.wait(60) == 0
    assert mail["From"] == "Riverside Clinic <desk@clinic.example>"
    assert mail["To"].addresses[0].addr_spec.endswith("@example.org")
