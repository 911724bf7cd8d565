"""A service that is killed and started again, and somebody who goes on using it."""

import http.cookiejar
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from lxml.html import FormElement, HtmlElement, document_fromstring

from tests.browser.served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service for the tests of this module."""
    service = Served(tmp_path_factory.mktemp("restart"))
    service.prepare()
    service.start()
    yield service
    service.stop()


@dataclass(frozen=True, slots=True)
class Page:
    """What came back, after all redirects."""

    address: str
    html: HtmlElement

    @property
    def path(self) -> str:
        """The path of the address."""
        return urllib.parse.urlsplit(self.address).path

    @property
    def heading(self) -> str:
        """The first heading."""
        return str(self.html.xpath("normalize-space(//h1)"))

    def form(self, action: str) -> FormElement:
        """Return the form whose action contains `action`."""
        return next(form for form in self.html.forms if action in str(form.action))

    def link(self, text: str) -> str:
        """Return the address of the first link that contains `text`."""
        return next(str(link.get("href")) for link in self.html.iter("a") if text in link.text_content())


class Client:
    """A browser without pictures, whose cookies outlive the service."""

    def __init__(self, address: str) -> None:
        self._address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def open(self, path: str, data: dict[str, str] | None = None) -> Page:
        """Open a page, or send a form."""
        encoded = None if data is None else urllib.parse.urlencode(data).encode()
        with self._opener.open(urllib.parse.urljoin(self._address, path), encoded, timeout=30) as answer:
            return Page(answer.url, document_fromstring(answer.read()))

    def submit(self, page: Page, action: str, **values: str) -> Page:
        """Send a form as it stands on the page, changed by `values`."""
        form = page.form(action)
        return self.open(str(form.action), {**dict(form.form_values()), **values})

    def sign_in(self, username: str, password: str) -> Page:
        """Sign in."""
        return self.submit(self.open("/login"), "/login", username=username, password=password)

    def begin(self) -> Page:
        """Start a booking."""
        return self.submit(self.open("/dashboard"), "/doctor/appointments/new")

    def fill(self, page: Page) -> Page:
        """Choose the first of what a form of the booking offers, and go on."""
        name = str(page.html.xpath("string(//main//input[@type='radio']/@name)"))
        first = str(page.html.xpath("string(//main//input[@type='radio']/@value)"))
        return self.submit(page, "/doctor/", **{name: first})
