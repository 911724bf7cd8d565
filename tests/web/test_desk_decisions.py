"""Decisions and deployments on the desk."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.application import create_app
from app.web import WebConfig
from tests.house import DIAGRAM, LIFETIME, House
from tests.visitor import Page, Visitor
from tests.web.test_deploying import upload
from workflows.engine import Resource

PRICES = DIAGRAM.with_name("dams_price.dmn").read_bytes()
NOTHING = "\N{EN DASH}"
FILES = Path(__file__).parents[1] / "decisions" / "files"
PRICE = "/desk/decisions/Decision_AppointmentPrice"


def cells(page: Page) -> list[list[str]]:
    return [[" ".join(cell.text_content().split()) for cell in row] for row in page.html.xpath("//main//tbody/tr")]


def test_decisions_are_listed_with_their_newest_version(administrator: Visitor) -> None:
    page = administrator.open("/desk/decisions")
    assert (page.status, page.heading) == (200, "Decisions")
    assert any(row[0].startswith("Price of an appointment") and row[3] == "dams_price.dmn" for row in cells(page))
    assert administrator.open("/desk/decisions?page=99").status == 200


def test_a_decision_shows_its_rules_what_they_mean_and_what_asks_it(administrator: Visitor) -> None:
    page = administrator.open(PRICE)
    assert (page.status, page.heading) == (200, "Price of an appointment")
    rules = [row for row in cells(page) if row[0].isdigit()]
    assert rules[0] == ["1", '"Cardiology"', "120.00", NOTHING]
    assert rules[-1] == ["5", "any", "60.00", "Every other specialization"]
    assert "Hit policy FIRST: the first rule that matches counts." in page.text
    assert "Billing, version 1 in Task_Price" in page.text
    asking = administrator.open(page.link("Billing"))
    assert asking.heading == "Billing"
    assert administrator.open(asking.link("Decision_AppointmentPrice")).heading == page.heading
    assert "Nothing is wrong with this file." in page.text
    file = administrator.client.get(f"{PRICE}/1/file")
    assert file.data == PRICES
    assert file.headers["Content-Disposition"] == "attachment; filename=dams_price.dmn"


def test_each_version_is_shown_beside_the_others(house: House, administrator: Visitor) -> None:
    first = PRICES.replace(b"Decision_AppointmentPrice", b"Decision_Versions")
    for price in (b"120.00", b"130.00"):
        house.engine.deploy([Resource("versions.dmn", first.replace(b"120.00", price))])
    page = administrator.open("/desk/decisions/Decision_Versions")
    assert "130.00" in page.text
    assert "120.00" not in page.text
    assert [row[0] for row in cells(page)][-2:] == ["Version 2, shown here", "Version 1"]
    old = administrator.open("/desk/decisions/Decision_Versions/1")
    assert "120.00" in old.text
    assert "version 1, not the newest" in old.text
    assert "The newest version of no process names this decision." in old.text


def test_what_dmn_js_can_not_draw_is_there_as_text(house: House, administrator: Visitor) -> None:
    house.engine.deploy([Resource("boxed.dmn", (FILES / "boxed.dmn").read_bytes())])
    page = administrator.open("/desk/decisions/bill")
    assert "amount: net" in page.text
    assert "total: net + tax amount" in page.text
    assert not page.html.xpath("//*[@data-decisions] | //script[contains(@src, 'dmn-js')]")
    assert "It needs the result of rooms." in administrator.open("/desk/decisions/second").text


@pytest.mark.parametrize("address", ["nothing", "nothing/1", "nothing/1/file"])
def test_an_unknown_decision_is_not_found(administrator: Visitor, address: str) -> None:
    assert administrator.open(f"/desk/decisions/{address}").status == 404
    assert administrator.open(f"{PRICE}/99999999999999999999").status == 404


def test_hostile_text_of_a_decision_is_text(house: House, administrator: Visitor) -> None:
    hostile = PRICES.replace(b"Decision_AppointmentPrice", b"Decision_Hostile").replace(
        b"Every other specialization", b"&lt;script src='//evil.example'&gt;"
    )
    house.engine.deploy([Resource("hostile.dmn", hostile)])
    page = administrator.open("/desk/decisions/Decision_Hostile")
    assert "<script src='//evil.example'>" in page.text
    assert not page.html.xpath("//script[contains(@src, 'evil')]")


def test_decisions_are_drawn_by_dmn_js_within_the_policy(house: House, administrator: Visitor, tmp_path: Path) -> None:
    page = administrator.open(PRICE)
    policy = page.response.headers["Content-Security-Policy"]
    assert "script-src 'self'; connect-src 'self'; font-src 'self'" in policy
    assert "unsafe" not in policy
    config = WebConfig("a secret of the tests", rate_limits=False, longest_session=LIFETIME, node_modules=tmp_path)
    without = replace(house, app=create_app(house.services, config)).visitor("admin").open(PRICE)
    assert without.status == 200
    assert not without.html.xpath("//script | //*[@data-decisions]")


def test_deployments_are_listed_with_who_made_them_and_what_they_brought(house: House, administrator: Visitor) -> None:
    brought = PRICES.replace(b"Decision_AppointmentPrice", b"Decision_Listed").replace(
        b'name="Price of an appointment">\n    <decisionTable', b'name="Listed prices">\n    <decisionTable'
    )
    administrator.submit(upload(administrator, (brought, "listed.dmn")))
    house.engine.deploy([Resource("listed.dmn", brought)])
    rows = [row[1:] for row in cells(administrator.open("/desk/definitions/deployments"))]
    assert ["admin", "listed.dmn", "Listed prices 1"] in rows
    assert [NOTHING, "none: all was deployed before", "Listed prices 1 (unchanged)"] in rows
    assert administrator.open("/desk/definitions/deployments?page=99").status == 200


def test_many_deployments_come_in_pages(house: House, administrator: Visitor) -> None:
    for number in range(26):
        content = PRICES.replace(b"Decision_AppointmentPrice", f"Decision_Many_{number}".encode())
        house.engine.deploy([Resource(f"many{number}.dmn", content)])
    for address in ("/desk/definitions/deployments", "/desk/decisions"):
        first = administrator.open(address)
        assert len(cells(first)) == 25
        (following,) = first.html.xpath("//a[text()='Next page']/@href")
        second = administrator.open(str(following))
        assert cells(second)
        assert not {row[-1] for row in cells(first)} & {row[-1] for row in cells(second) if row[-1].startswith("many")}
