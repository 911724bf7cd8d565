"""A real SMTP server for tests, in a thread: it keeps what it takes, and refuses what it is told to."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope

_PATIENCE = 60.0


@dataclass(slots=True)
class Mailbox:
    """What a server took, in order; `answers` is what it says to addresses that it does not take, such as 550."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    async def handle_RCPT(self, *arguments: object) -> str:  # noqa: N802 -- aiosmtpd's own name
        """Take an address, or refuse it."""
        _server, _session, envelope, address, _options = arguments
        assert isinstance(envelope, Envelope)
        assert isinstance(address, str)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *arguments: object) -> str:  # noqa: N802 -- aiosmtpd's own name
        """Take a mail."""
        _server, _session, envelope = arguments
        assert isinstance(envelope, Envelope)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        with self.arrived:
            self.mails.append(message)
            self.recipients.extend(envelope.rcpt_tos)
            self.arrived.notify_all()
        return "250 OK"

    def wait_for(self, number: int) -> list[EmailMessage]:
        """Return the mails once so many have come."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.mails) >= number, _PATIENCE), "the mail did not come"
            return list(self.mails)


def a_port() -> socket.socket:
    """Return a socket that has a port of the loopback interface to itself, at which nobody listens yet."""
    reserved = socket.socket()
    reserved.bind(("127.0.0.1", 0))
    return reserved


@contextmanager
def running_smtp(mailbox: Mailbox, listener: socket.socket | None = None) -> Iterator[int]:
    """Serve SMTP while the block runs, at a port of its own or at the one of `a_port`; give the port."""
    listener = listener or a_port()
    loop, serves = asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=_serve, args=(loop, mailbox, listener, serves), name="smtp")
    thread.start()
    assert serves.wait(_PATIENCE), "the server did not start"
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _serve(loop: asyncio.AbstractEventLoop, mailbox: Mailbox, listener: socket.socket, serves: threading.Event) -> None:
    """Run the loop from its start to its end in this thread: that of the tests may have one, of their browser."""
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(mailbox, hostname="tests", enable_SMTPUTF8=True, loop=loop), sock=listener)
    )
    loop.call_soon(serves.set)
    loop.run_forever()
    loop.run_until_complete(_end(server))
    loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    conversations = asyncio.all_tasks() - {asyncio.current_task()}
    for conversation in conversations:
        conversation.cancel()
    await asyncio.gather(*conversations, return_exceptions=True)
