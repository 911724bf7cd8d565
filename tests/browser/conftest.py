"""The real service, and a real Chromium in front of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.browser.served import Served
from tests.chromium import SCREENSHOTS
from tests.house import PASSWORD, House
from tests.lives import eventually
from tests.servers.http import serving

DESKTOP, PHONE = (1200, 800), (360, 740)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service with demo data."""
    service = Served(tmp_path_factory.mktemp("served"))
    service.prepare()
    service.start()
    yield service
    service.stop()


Visit = Callable[..., Page]


@contextmanager
def visits(browser: Browser, address: str, password: str) -> Iterator[Visit]:
    """Lend browsers of somebody's own, signed in; `context` takes options of Playwright's browser context."""
    contexts: list[BrowserContext] = []

    def sign_in(username: str, **context: object) -> Page:
        contexts.append(browser.new_context(base_url=address, locale="en-GB", **context))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.goto("/")
        page.get_by_label("User name").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "/login" not in address)
        return page

    yield sign_in
    for context in contexts:
        context.close()


@pytest.fixture
def visit(served: Served, browser: Browser) -> Iterator[Visit]:
    """Open a browser in front of the service, signed in as one of the demo clinic."""
    with visits(browser, served.address, served.password) as sign_in:
        yield sign_in


@pytest.fixture(scope="module")
def house_address(house: House) -> Iterator[str]:
    """Where the service answers whose clock the test moves: from threads, as the browser's loop has the tests' own."""
    with serving() as (address, serve):
        serve(house.app)
        yield address


@pytest.fixture
def enter(house_address: str, browser: Browser) -> Iterator[Visit]:
    """Open a browser in front of the service whose clock the test moves, signed in."""
    with visits(browser, house_address, PASSWORD) as sign_in:
        yield sign_in


def reload_until(page: Page, wanted: Locator) -> None:
    """Load the page again until something is there to be seen, as a patient reader does."""

    def look() -> bool:
        page.reload()
        return wanted.is_visible()

    eventually(look)


Keep = Callable[[Page, str], None]


@pytest.fixture
def keep() -> Keep:
    """Keep a picture of the page at desktop and at phone width, where nothing may stick out to the side."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        for width, height in (DESKTOP, PHONE):
            resize(page, width, height)
            whole = page.locator("html").evaluate("html => [html.scrollWidth, html.scrollHeight]")
            assert whole[0] <= width, f"{name} is {whole[0]} pixels wide on a screen of {width}"
            resize(page, width, whole[1])  # all of it: bars that stick lie at its end
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png")
        resize(page, *DESKTOP)

    return take


def resize(page: Page, width: int, height: int) -> None:
    """Give the page another size, and wait until it has it: Chromium tells it by another way than what it is asked."""
    page.set_viewport_size({"width": width, "height": height})
    eventually(lambda: page.locator("html").evaluate("() => [innerWidth, innerHeight]"), [width, height])
