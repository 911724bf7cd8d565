"""What is said when something goes wrong: the right status, a sentence, and nothing of the inside."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue

from app.clinic import errors as clinic
from app.database import Database
from app.web import WebConfig, create_app
from app.web.access import public
from tests.house import House
from tests.visitor import Visitor
from workflows import errors as workflows

SECRET = "the password of the database is swordfish"


@pytest.fixture
def failing(house: House) -> Flask:
    """The pages, and one that fails as its address says."""
    app = create_app(house.services, WebConfig("secret", rate_limits=False))
    errors: dict[str, Exception] = {
        "unknown": ZeroDivisionError(SECRET),
        "engine_not_found": workflows.NotFound(SECRET),
        "engine_conflict": workflows.Conflict(SECRET),
        "engine_input": workflows.InvalidInput(SECRET),
        "engine_unable": workflows.NotSupported(SECRET),
        "engine_away": workflows.Unavailable(SECRET),
        "expression": workflows.ExpressionError("x", SECRET),
        "clinic_not_found": clinic.NotFound("notice", SECRET),
        "clinic_input": clinic.SlotNotOffered("starts_at", SECRET),
        "clinic_conflict": clinic.SlotTaken(SECRET),
    }

    @public
    def fail(name: str) -> ResponseReturnValue:
        raise errors[name]

    app.add_url_rule("/fail/<name>", view_func=fail)
    return app


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("unknown", 500),
        ("engine_not_found", 404),
        ("engine_conflict", 409),
        ("engine_input", 422),
        ("engine_unable", 501),
        ("engine_away", 503),
        ("expression", 422),
        ("clinic_not_found", 404),
        ("clinic_input", 422),
        ("clinic_conflict", 409),
    ],
)
def test_each_error_has_its_status_and_keeps_its_text_inside(
    failing: Flask, caplog: pytest.LogCaptureFixture, name: str, status: int
) -> None:
    with caplog.at_level(logging.ERROR):
        page = Visitor(failing).open(f"/fail/{name}")
    assert page.status == status
    assert page.heading
    assert SECRET not in page.response.text
    assert (SECRET in caplog.text) == (status >= 500)


def test_a_page_that_is_not_there_is_said_with_a_way_on(patient: Visitor) -> None:
    page = patient.open("/nothing")
    assert (page.status, page.heading) == (404, "There is no such page")
    assert page.link("dashboard") == "/dashboard"


def test_a_page_that_is_not_there_says_so_to_everybody(house: House) -> None:
    page = house.visitor().open("/nothing")
    assert page.status == 404
    assert page.link("Sign in") == "/login"


def test_the_wrong_method_is_answered_with_the_right_ones(patient: Visitor) -> None:
    page = patient.open("/logout")
    assert page.status == 405
    assert "POST" in page.response.headers["Allow"]


def test_a_database_that_is_gone_is_not_available(house: House, tmp_path: Path) -> None:
    lost = Database.open(f"sqlite:///{tmp_path / 'missing' / 'dams.db'}")
    visitor = Visitor(create_app(replace(house.services, database=lost), WebConfig("secret")))
    page = visitor.sign_in("admin", "whatever it was")
    assert (page.status, page.heading) == (503, "Not available right now")
    lost.close()


@pytest.mark.parametrize("address", ["/tasks/%00", "/documents/%00/pdf", "/doctor/expertise?booking=%00"])
def test_a_nul_in_an_address_is_refused(patient: Visitor, address: str) -> None:
    assert patient.open(address).status == 400


def test_a_nul_in_a_form_is_refused(house: House) -> None:
    assert house.visitor().sign_in("admin\0", "whatever").status == 400
