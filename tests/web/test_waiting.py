"""What is shown while a process works and no form is ready yet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.web import WebConfig, create_app
from tests.house import House
from tests.visitor import Page, Visitor
from tests.web.conftest import Booking
from workers.runners.embedded import EmbeddedRunner


@pytest.fixture
def slow(house: House) -> House:
    """The house when its workers rest: whatever has to be done stays undone."""
    house.runner.stop()
    config = WebConfig("a secret of the tests", rate_limits=False, patience=timedelta(milliseconds=20))
    return replace(house, app=create_app(house.services, config))


def work(house: House) -> None:
    """Do the jobs that wait now."""
    assert isinstance(house.runner, EmbeddedRunner)
    house.runner.run_waiting()


@pytest.fixture
def visitor(slow: House) -> Visitor:
    return slow.visitor(slow.add_patient())


@pytest.fixture
def page(visitor: Visitor, book: Booking) -> Page:
    """A booking whose first job nobody has done yet."""
    return book(visitor, 0)


def test_a_page_says_so_and_reloads_itself_without_a_script(page: Page) -> None:
    assert (page.status, page.path, page.heading) == (200, "/doctor/progress", "Working on it")
    assert page.html.xpath("//meta[@http-equiv='refresh']/@content") == ["2"]


def test_it_goes_on_to_the_form_once_that_is_ready(slow: House, visitor: Visitor, page: Page) -> None:
    work(slow)
    assert visitor.open(page.address).path == "/doctor/expertise"


def test_the_dashboard_leads_back_to_it(visitor: Visitor, page: Page) -> None:
    dashboard = visitor.open("/dashboard")
    assert "Being worked on" in dashboard.text
    assert visitor.open(dashboard.link("Look")).address == page.address


def test_a_form_whose_answer_takes_long_is_done_all_the_same(slow: House, visitor: Visitor, page: Page) -> None:
    work(slow)
    form = visitor.open(page.address)
    waiting = visitor.submit(form, {"specialization": form.options("specialization")[0]})
    assert waiting.heading == "Working on it"
    assert visitor.submit(form, {"specialization": form.options("specialization")[1]}).status == 409
    work(slow)
    assert visitor.open(waiting.address).path == "/doctor/select"


def test_what_is_being_worked_on_cannot_be_abandoned(visitor: Visitor, page: Page) -> None:
    question = visitor.open(page.address.replace("progress", "abandon"))
    assert question.heading == "Working on it"
