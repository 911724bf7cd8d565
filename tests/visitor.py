"""Somebody in front of a browser: opens pages, and sends forms as they stand on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Flask
from lxml.html import FormElement, HtmlElement, document_fromstring
from werkzeug.test import TestResponse

Values = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Page:
    """What came back, after all redirects."""

    response: TestResponse

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def address(self) -> str:
        """The path, with its query if it has one."""
        return self.response.request.full_path.rstrip("?")

    @property
    def path(self) -> str:
        """The path alone."""
        return self.response.request.path

    @property
    def booking(self) -> str:
        """The id of the instance that the address names."""
        return self.response.request.args.get("booking", "")

    @property
    def html(self) -> HtmlElement:
        """The document."""
        return document_fromstring(self.response.text)

    @property
    def text(self) -> str:
        """What can be read, with single spaces."""
        return " ".join(self.html.text_content().split())

    @property
    def heading(self) -> str:
        """The first heading."""
        return " ".join(self.html.xpath("string(//h1)").split())

    def form(self, action: str = "") -> FormElement:
        """Return the form in the main part whose action contains `action`: the first, if there are more."""
        return next(
            form for form in self.html.forms if action in str(form.action) and "/logout" not in str(form.action)
        )

    @property
    def action(self) -> str:
        """Where the form of the main part is sent."""
        return str(self.form().action)

    def options(self, name: str) -> list[str]:
        """Return what can be chosen for a field."""
        inputs = self.html.xpath(f"//input[@name='{name}']/@value | //select[@name='{name}']/option[@value!='']/@value")
        return [str(value) for value in inputs]

    def chosen(self, name: str) -> list[str]:
        """Return what is entered or chosen for a field."""
        return [value for key, value in self.form().form_values() if key == name]

    def link(self, text: str) -> str:
        """Return the address of the first link that contains `text`."""
        return next(str(link.get("href")) for link in self.html.iter("a") if text in link.text_content())


class Visitor:
    """A browser of its own: cookies are kept from page to page."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def open(self, address: str) -> Page:
        """Open an address, through its redirects."""
        return Page(self.client.get(address, follow_redirects=True))

    def sign_in(self, username: str, password: str, address: str = "/login") -> Page:
        """Sign in."""
        return self.submit(self.open(address), {"username": username, "password": password})

    def submit(self, page: Page, values: Values | None = None, form: str = "", *, follow: bool = True) -> Page:
        """Send a form of `page` as it stands there, changed by `values`; an empty text leaves a field out."""
        found = page.form(form)
        data: dict[str, str | list[str]] = {}
        for name, value in found.form_values():
            data[name] = [*data.get(name, []), value]
        data.update({name: value if isinstance(value, str) else list(value) for name, value in (values or {}).items()})
        data = {name: value for name, value in data.items() if value != ""}
        return self.post(str(found.action), data, follow=follow)

    def post(self, address: str, data: Mapping[str, object], *, follow: bool = True) -> Page:
        """Send `data` to an address."""
        return Page(self.client.post(address, data=dict(data), follow_redirects=follow))
