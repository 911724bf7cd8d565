"""Who stands in front of the house, and how far a booking is."""

from collections.abc import Callable

import pytest

from tests.house import House
from tests.visitor import Page, Visitor


@pytest.fixture
def patient(house: House) -> Visitor:
    """A new patient, signed in."""
    return house.visitor(house.add_patient())


@pytest.fixture
def doctor(house: House) -> Visitor:
    """A doctor of the demo clinic, signed in."""
    return house.visitor("amara.okafor")


@pytest.fixture
def administrator(house: House) -> Visitor:
    """The administrator of the demo clinic, signed in."""
    return house.visitor("admin")


Booking = Callable[[Visitor, int], Page]


@pytest.fixture
def book() -> Booking:
    """Start a booking (staff for the first patient) and fill this many of its forms; return the page that comes."""

    def fill(visitor: Visitor, forms: int) -> Page:
        patients = visitor.open("/doctor/patients")
        first = visitor.open("/dashboard") if patients.status == 403 else patients
        page = visitor.submit(first, form="/doctor/appointments/new")
        for name in ("specialization", "docid", "starts_at", "priority_level")[:forms]:
            options = page.options(name)
            page = visitor.submit(page, {name: options[0]})
        return page

    return fill
