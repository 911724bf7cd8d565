"""The page of all notices."""

import pytest

from tests.house import House
from tests.visitor import Visitor
from tests.web.test_dashboard import leave_notice


def told(house: House, number: int) -> Visitor:
    """Somebody with this many notices."""
    username = house.add_patient()
    for each in range(number):
        leave_notice(house, username, f"Notice {each:02}")
    return house.visitor(username)


def test_all_notices_are_listed_page_by_page(house: House) -> None:
    visitor = told(house, 30)
    dashboard = visitor.open("/dashboard")
    assert dashboard.text.count("Notice ") < 30
    first = visitor.open(dashboard.link("All notices"))
    assert "30 notices, page 1 of 2" in first.text
    assert ("Notice 29" in first.text, "Notice 00" in first.text) == (True, False)
    second = visitor.open(first.link("Next page"))
    assert ("Notice 29" in second.text, "Notice 00" in second.text) == (False, True)


def test_what_is_read_leaves_the_unread_ones_and_the_page_stays(house: House) -> None:
    visitor = told(house, 2)
    page = visitor.open("/notices?show=unread")
    assert "Unread (2)" in page.text
    (first, *_rest) = page.html.xpath("//li//form/@action")
    after = visitor.submit(page, form=first)
    assert after.path == "/notices"
    unread = visitor.open(after.link("Unread"))
    assert "1 notice" in unread.text
    everything = visitor.open(unread.link("All"))
    assert "2 notices" in everything.text
    assert len(everything.html.xpath("//*[contains(@class, 'unread')]")) == 1


def test_everything_is_read_at_once(house: House) -> None:
    visitor = told(house, 3)
    after = visitor.submit(visitor.open("/notices"), form="/notices/read")
    assert (after.path, "Unread (0)" in after.text) == ("/notices", True)
    assert "You have read everything." in visitor.open("/notices?show=unread").text


def test_nobody_sees_anothers_notices(house: House) -> None:
    told(house, 1)
    assert "Notice 00" not in told(house, 0).open("/notices").text


@pytest.mark.parametrize("query", ["page=0", "page=-9", "page=99", "page=x", "show=%00", "show=nothing"])
def test_a_page_that_is_not_there_is_the_nearest(house: House, query: str) -> None:
    page = told(house, 1).open(f"/notices?{query}")
    assert (page.status, "Notice 00" in page.text) == ((400, False) if "%00" in query else (200, True))
