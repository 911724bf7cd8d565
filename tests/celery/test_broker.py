"""What pages and programs are told without a broker, with one that is away, and with one that never answers."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clinic.models import Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.celery.running import told
from tests.celery.worker import Setting
from tests.house import Clock, House, running_house
from tests.servers.processes import free_port
from workers.celery.asking import Tasks

LONGEST_SECONDS = 60.0
"""Two seconds, on a machine that has nothing else to do."""

ASKED = (
    ("POST", "/login/user/add"),
    ("GET", "/login/user/add/00000000-0000-0000-0000-000000000000"),
    ("POST", "/admin/reports/create"),
    ("GET", "/admin/doc/stats?docid=HSP-200"),
    ("GET", "/admin/doc/stats/00000000-0000-0000-0000-000000000000"),
)
PATIENT = {
    "username": "nora.berg",
    "password": "a quiet pond in March",
    "role": 2,
    "firstname": "Nora",
    "lastname": "Berg",
    "email": "nora@example.org",
    "mobile": "+49 40 5550100",
    "birthday": "1991-05-06",
}


@pytest.fixture(scope="module", params=["none is set", "away", "silent"])
def tasks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tasks | None]:
    """What asks workers for something, in vain."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = free_port() if request.param == "away" else silent.getsockname()[1]
        setting = Setting(str(tmp_path_factory.mktemp("celery")), "", f"redis://127.0.0.1:{port}/0")
        yield None if request.param == "none is set" else setting.tasks


@pytest.fixture(scope="module")
def house(template: Path, tasks: Tasks | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service without a broker that answers."""
    path = tmp_path_factory.mktemp("house") / "dams.db"
    path.write_bytes(template.read_bytes())
    with running_house(path, Clock(), tasks=tasks) as house:
        yield house


@pytest.fixture
def program(house: House) -> Program:
    """A program of an administrator."""
    return program_of(house, "admin", *Scope)


@pytest.mark.parametrize(("method", "address"), ASKED)
def test_every_address_says_so_soon(program: Program, tasks: Tasks | None, method: str, address: str) -> None:
    begun = time.monotonic()
    answer = program.client.open(address, method=method, json=PATIENT, headers=program.headers)
    assert time.monotonic() - begun < LONGEST_SECONDS
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    if tasks is None:
        assert "set DAMS_CELERY_BROKER" in told(answer)["detail"]
    else:
        assert "can't be reached now, and nothing was begun" in told(answer)["detail"]
        assert "127.0.0.1" not in answer.text


def test_pages_say_so_and_no_backup_is_left_half_begun(house: House, tasks: Tasks | None) -> None:
    administrator = house.visitor("admin")
    listing, workers = administrator.open("/admin/reports"), administrator.open("/admin/workers")
    assert (listing.status, workers.status) == (200, 200)
    assert "Nothing is sent to workers now." in workers.text
    if tasks is None:
        assert "DAMS_CELERY_BROKER" in listing.text
        assert "DAMS_CELERY_BROKER" in workers.text
        return
    assert "Jobs of processes are kept" in workers.text
    page = administrator.submit(listing, form="/admin/reports")
    assert (page.status, page.heading) == (503, "Not available right now")
    assert "nothing was begun" in page.text
    assert "There are none." in administrator.open("/admin/reports").text
