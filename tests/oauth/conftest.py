"""The service over HTTP, for clients of OAuth that are no part of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask

from app.application import create_app
from app.web import WebConfig
from tests.house import LIFETIME, House
from tests.servers.http import serving


@dataclass(frozen=True, slots=True)
class Site:
    """A house that answers at `url`, such as `http://127.0.0.1:8000`."""

    house: House
    url: str

    @property
    def app(self) -> Flask:
        """The same application, for visitors."""
        return self.house.app


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[Site]:
    """The house of this module over HTTP, which knows its own address."""
    with serving() as (url, answer_with):
        config = WebConfig("a secret of the tests", public_url=url, rate_limits=False, longest_session=LIFETIME)
        app = create_app(house.services, config)
        answer_with(app)
        yield Site(replace(house, app=app), url)
