"""Deployed processes on the desk."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.application import create_app
from app.web import WebConfig
from app.web.desk.libraries import BPMN_JS, DMN_JS, version_of
from tests.house import DIAGRAM, LIFETIME, House
from tests.visitor import Visitor
from workflows.engine import Resource


def definition_id(house: House, process_id: str) -> str:
    return house.engine.definitions(process_id)[0].id


@pytest.mark.parametrize(
    ("process_id", "name", "element"),
    [
        ("Process_ApptDams01", "Doctor's Appointment", "Reserve slot"),
        ("Process_Billing", "Billing", "Charge the appointment"),
        ("dams_payment", "Payment", "dams_patient_onhold"),
    ],
)
def test_a_process_has_a_picture_whether_drawn_or_written_in_python(
    house: House, administrator: Visitor, process_id: str, name: str, element: str
) -> None:
    page = administrator.open(f"/desk/definitions/{definition_id(house, process_id)}")
    assert (page.status, page.heading) == (200, name)
    (picture,) = page.html.xpath("//main//figure//svg")
    assert element in " ".join(picture.text_content().split())
    assert picture.xpath(".//@style | .//style") == []  # the page's policy forbids them
    (sheet,) = page.html.xpath("//link[contains(@href, 'picture.css')]/@href")
    style = administrator.client.get(str(sheet))
    assert (style.status_code, style.mimetype) == (200, "text/css")


def test_an_unknown_definition_is_not_found(administrator: Visitor) -> None:
    assert administrator.open("/desk/definitions/nothing").status == 404
    assert administrator.open("/desk/definitions/nothing/file").status == 404


def test_the_file_is_sent_as_it_was_deployed(house: House, administrator: Visitor) -> None:
    answer = administrator.client.get(f"/desk/definitions/{definition_id(house, 'Process_ApptDams01')}/file")
    assert answer.data == DIAGRAM.read_bytes()
    assert answer.headers["Content-Disposition"] == f"attachment; filename={DIAGRAM.name}"


def test_the_desk_runs_scripts_of_this_site_and_no_others(administrator: Visitor) -> None:
    page = administrator.open("/desk/definitions")
    policy = page.response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not page.html.xpath("//script[not(@src)] | //style | //@style | //@*[starts-with(name(), 'on')]")
    assert "script-src" not in administrator.open("/accounts").response.headers["Content-Security-Policy"]


def test_pages_do_without_libraries(house: House, tmp_path: Path) -> None:
    config = WebConfig("a secret of the tests", rate_limits=False, longest_session=LIFETIME, node_modules=tmp_path)
    administrator = replace(house, app=create_app(house.services, config)).visitor("admin")
    page = administrator.open(f"/desk/definitions/{definition_id(house, 'Process_Billing')}")
    assert page.status == 200
    assert not page.html.xpath("//script | //*[@data-diagram]")
    assert page.html.xpath("//figure//svg")
    assert administrator.open("/desk/libraries/bpmn-js/18.31.1/LICENSE").status == 404


def test_a_version_shows_what_runs_of_it_beside_the_others(house: House, administrator: Visitor) -> None:
    file = DIAGRAM.with_name("dams_billing.bpmn").read_bytes().replace(b"Process_Billing", b"Process_Counted")
    changed = file.replace(b"<bpmn:definitions ", b"<!-- changed --><bpmn:definitions ", 1)
    for content in (file, changed):
        house.engine.deploy([Resource("counted.bpmn", content)])
    old = house.engine.definitions("Process_Counted", latest=False)[-1]
    page = administrator.open(f"/desk/definitions/{old.id}")
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in page.html.xpath("//main//tbody/tr")]
    assert [(row[0], row[2]) for row in rows] == [("Version 2", "0"), ("Version 1, shown here", "0")]
    assert "Nothing is wrong with this file." in page.text
    assert not page.html.xpath("//a[contains(@href, '/start')]")  # the newest version alone is started


@pytest.mark.parametrize(("library", "script"), [(BPMN_JS, "bpmn"), (DMN_JS, "dmn")])
def test_libraries_may_be_kept_and_bring_their_licence(house: House, library: str, script: str) -> None:
    with house.app.app_context():
        version = version_of(library)
    if version is None:
        pytest.skip(f"{library} is not installed: run .ci/setup, which needs npm")
    client = house.visitor().client
    for file in ("LICENSE", f"dist/{script}-navigated-viewer.production.min.js"):
        with client.get(f"/desk/libraries/{library}/{version}/{file}") as answer:
            assert answer.status_code == 200
            assert answer.cache_control.max_age == 365 * 24 * 60 * 60
    assert client.get(f"/desk/libraries/{library}/1.0.0/LICENSE").status_code == 404
    assert client.get(f"/desk/libraries/{library}/{version}/../../package.json").status_code == 404
    assert client.get(f"/desk/libraries/long/{version}/package.json").status_code == 404
