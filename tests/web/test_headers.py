"""What browsers are told about our pages."""

import pytest

from tests.house import House
from tests.visitor import Visitor


def test_nothing_but_our_own_styles_and_pictures_is_loaded(patient: Visitor) -> None:
    policy = patient.open("/account").response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_a_page_that_changes_by_itself_runs_our_own_files_alone(patient: Visitor) -> None:
    policy = patient.open("/dashboard").response.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "connect-src 'self'"} <= set(policy)
    assert not any("unsafe" in part for part in policy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ],
)
def test_pages_are_not_sniffed_framed_or_kept(patient: Visitor, name: str, value: str) -> None:
    assert patient.open("/dashboard").response.headers[name] == value


def test_a_service_without_https_does_not_promise_it(patient: Visitor) -> None:
    assert "Strict-Transport-Security" not in patient.open("/dashboard").response.headers


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    cookie = house.visitor().client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("address", ["/login", "/dashboard", "/tasks", "/doctor/expertise", "/nothing"])
def test_pages_carry_no_inline_script_and_no_inline_style(patient: Visitor, address: str) -> None:
    html = patient.open(address).html
    assert not html.xpath("//script[not(@src) or text()] | //style | //@style | //@*[starts-with(name(), 'on')]")


def test_styles_may_be_kept(house: House) -> None:
    with house.visitor().client.get("/static/site.css") as answer:
        assert answer.status_code == 200
        assert "no-store" not in answer.headers.get("Cache-Control", "")
