"""One-time links in mails: their addresses, the pages where people ask for them, and those that can't be used."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.clinic import one_time_links
from app.clinic.errors import NotFound
from app.clinic.models import LinkPurpose, OneTimeLink
from app.clinic.one_time_links import Address
from app.clinic.secret_texts import digest
from app.web.entries import Entries, opened, submit
from app.web.errors import error_page
from app.web.limits import MAILS, MAILS_TO_ONE, count
from app.web.services import config, services
from workflows.diagrams.forms import Form, FormView

_OVER = "This link was used already, or its time has run out. Ask for a new one."


class Ask(Protocol):
    """Puts a mail with a link into the outbox, for whom `reader` names; raises `InvalidInput` if it names nobody."""

    def __call__(
        self, session: Session, reader: str, /, *, clinic_name: str, address: Address, now: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """A page of `endpoint` where whoever is not signed in asks for a link to the page `target`.

    `form` has one field, which says whose mail it goes to.
    """

    endpoint: str
    target: str
    heading: str
    form: Form
    ask: Ask
    lead: str = ""

    def show(self) -> ResponseReturnValue:
        """Show the form."""
        return self._page(opened(self.form))

    def send(self) -> ResponseReturnValue:
        """Have the mail sent that the present request asks for, and say the same to everybody."""
        count(MAILS)
        refused = submit(self.form, self._send)
        return sent_page("Look into your mail") if refused is None else (self._page(refused), 422)

    def over(self) -> ResponseReturnValue:
        """Say that a link can't be used, and where to ask for another."""
        return over_page(self.endpoint)

    def _send(self, entered: Entries) -> None:
        (asked,) = self.form.fields
        reader = entered.text(asked.id)
        count(MAILS_TO_ONE, digest(reader.lower()))
        mail(self.ask, reader, self.target)

    def _page(self, view: FormView) -> str:
        return form_page(self.heading, view, url_for("account.login"), self.lead)


def mail(ask: Ask, reader: str, target: str) -> None:
    """Have the mail sent with a link to the page `target`."""
    found = services()
    with found.database.write() as session:
        ask(session, reader, clinic_name=found.clinic_name, address=address_of(target), now=found.clock())


def address_of(endpoint: str) -> Callable[[str], str]:
    """Return what makes the address of a page out of the secret part of a link, at the clinic's own public address."""
    return lambda text: config().public_url + url_for(endpoint, link=text)


def find(link: str, purpose: LinkPurpose) -> OneTimeLink | None:
    """Return a link by its secret part, None if it can't be used."""
    with services().database.read() as session:
        try:
            return one_time_links.find(session, text=link, purpose=purpose, now=services().clock())
        except NotFound:
            return None


def form_page(heading: str, view: FormView, back: str, lead: str = "") -> str:
    """Return a page that is one form about an account; `back` is an address."""
    return render_template("account/form.html", heading=heading, lead=lead, view=view, back=back)


def sent_page(heading: str) -> str:
    """Say that a mail is on its way, to whoever asked: the same, whether it is."""
    return render_template("account/sent.html", heading=heading, sends_mail=services().sends_mail)


def over_page(endpoint: str) -> ResponseReturnValue:
    """Say that a link can't be used, and that another is to be asked for at `endpoint`."""
    return error_page(404, _OVER, {"Ask for a new link": url_for(endpoint)}, "This link can't be used")
