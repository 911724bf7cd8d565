"""Backups written by a group of tasks, over HTTP, on a real worker."""

import csv
import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from app.clinic import audit
from app.clinic.exports import KINDS
from app.clinic.models import Administrator, Doctor, Login, Patient, Role, Scope
from tests.api.conftest import program_of
from tests.api.program import Program
from tests.celery.running import Worker, eventually, told
from tests.house import House
from tests.visitor import Visitor
from workers.celery import backups

MANY = 100_000
MOST_GROWTH = 48 * 1024
"""In kB: what a hundred thousand patients may add to the memory of the process that writes them."""

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture
def program(house: House) -> Program:
    """A program of an administrator."""
    return program_of(house, "admin", Scope.REPORTS)


def ordered(program: Program) -> str:
    """Ask for a report; return its address."""
    answer = program.post("/admin/reports/create")
    assert answer.status_code == 202
    assert answer.headers["Location"] == told(answer)["href"]
    return str(told(answer)["href"])


def state(program: Program, address: str) -> str:
    return str(told(program.get(address))["state"])


def downloaded(program: Program, address: str) -> dict[str, list[dict[str, str]]]:
    """Return the rows of all files, by file."""
    files = {}
    for file in told(program.get(address))["files"]:
        with program.get(file["href"]) as answer:
            assert answer.headers["Content-Disposition"] == f"attachment; filename={file['name']}"
            files[file["name"]] = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
    return files


def stored(house: House, table: type[Administrator] | type[Doctor] | type[Patient]) -> Iterator[dict[str, str]]:
    """Return the rows of a table with those of their logins, as the file of a backup has to have them."""
    kept = [column.key for column in table.__table__.columns if column.key != "name_key"]
    with house.services.database.read() as session:
        for person in session.scalars(select(table).order_by(*table.__table__.primary_key)):
            assert isinstance(person, table)
            login = person.login
            values = {name: getattr(person, name) for name in kept}
            values |= {"username": login.username, "active": login.active, "created_at": login.created_at.isoformat()}
            yield {name: "" if value is None else str(value) for name, value in values.items()}


def unescaped(row: dict[str, str]) -> dict[str, str]:
    return {name: value.removeprefix("'") for name, value in row.items()}


def test_the_files_hold_what_the_tables_hold(house: House, program: Program) -> None:
    house.add_patient('=HYPERLINK("http://example.org","Novak"), junior')
    address = ordered(program)
    eventually(lambda: state(program, address), "done")
    files = downloaded(program, address)
    assert list(files) == ["dams_admin.csv", "dams_doctor.csv", "dams_patient.csv"]
    for name, table in KINDS.items():
        assert [unescaped(row) for row in files[name]] == list(stored(house, table))
        assert not any(value.startswith(("=", "+", "-", "@")) for row in files[name] for value in row.values())
        assert "password" not in " ".join(files[name][0])
    with house.services.database.read() as session:
        taken = audit.list_entries(session, subject=told(program.get(address))["id"])
    assert {(entry.action, str(entry.details["file"])) for entry in taken} == {("backup read", name) for name in KINDS}


def test_a_page_asks_for_a_backup_shows_how_far_it_is_and_offers_its_files(
    worker: Worker, administrator: Visitor
) -> None:
    with worker.holding(backups.WRITE) as held:
        page = administrator.submit(administrator.open("/admin/reports"), form="/admin/reports")
        held()
        assert page.heading in {"The backup is waiting", "The backup is being written"}
        assert len(page.html.xpath("//progress")) == 3
        assert page.html.xpath("//meta[@http-equiv='refresh']")
        assert not page.html.xpath("//a[contains(., 'Download')]")
    eventually(lambda: administrator.open(page.path).heading, "The backup is complete")
    page = administrator.open(page.path)
    assert not page.html.xpath("//meta[@http-equiv='refresh']")
    with administrator.client.get(page.link("Download dams_patient.csv")) as answer:
        assert answer.mimetype == "text/csv"
    assert "Complete" in administrator.open("/admin/reports").text


def test_a_file_that_can_not_be_written_is_told_and_the_others_are_kept(
    worker: Worker, program: Program, administrator: Visitor
) -> None:
    with worker.holding(backups.WRITE):
        address = ordered(program)
        report_id = told(program.get(address))["id"]
        (worker.folder / "reports" / report_id / "dams_doctor.csv" / "in the way").mkdir(parents=True)
    eventually(lambda: state(program, address), "failed")
    files = {file["name"]: file for file in told(program.get(address))["files"]}
    assert [file["state"] for file in files.values()] == ["done", "failed", "done"]
    assert "IsADirectoryError" in files["dams_doctor.csv"]["error"]
    assert program.get(f"/admin/reports/{report_id}/dams_doctor.csv").status_code == 404
    with program.get(files["dams_patient.csv"]["href"]) as answer:
        assert answer.status_code == 200
    page = administrator.open(f"/admin/reports/{report_id}")
    assert page.heading == "The backup is not complete"
    assert "It could not be written" in page.text


def test_a_killed_worker_is_replaced_and_the_file_is_whole(house: House, worker: Worker, program: Program) -> None:
    with worker.holding(backups.WRITE) as held:
        address = ordered(program)
        os.kill(held(), signal.SIGKILL)
    eventually(lambda: state(program, address), "done")
    assert [unescaped(row) for row in downloaded(program, address)["dams_doctor.csv"]] == list(stored(house, Doctor))


@pytest.mark.parametrize(
    "address",
    [
        "/admin/reports/{id}/dams_login.csv",
        "/admin/reports/{id}/..%2F..%2Fdams.db",
        "/admin/reports/{id}/%2Fetc%2Fpasswd",
        "/admin/reports/..%2F..%2Fetc/passwd",
        "/admin/reports/nothing/progress",
        "/admin/reports/nothing",
    ],
)
def test_nothing_but_files_of_reports_is_sent(program: Program, administrator: Visitor, address: str) -> None:
    made = ordered(program)
    eventually(lambda: state(program, made), "done")
    report_id = told(program.get(made))["id"]
    assert administrator.client.get(address.format(id=report_id)).status_code == 404


def test_backups_are_for_administrators_and_made_by_post(house: House, program: Program) -> None:
    doctor = program_of(house, "amara.okafor", Scope.READ_CLINIC)
    assert doctor.post("/admin/reports/create").status_code == 403
    assert Program(house.app).post("/admin/reports/create").status_code == 401
    answer = program.get("/admin/reports/create")
    assert (answer.status_code, told(answer)["detail"]) == (405, "This address takes POST, not GET.")
    assert house.visitor("amara.okafor").open("/admin/reports").status == 403


def test_a_hundred_thousand_patients_are_written_in_flat_memory(house: House, worker: Worker, program: Program) -> None:
    small = ordered(program)
    eventually(lambda: state(program, small), "done")
    before = most_memory(worker)
    now = house.clock.now
    with house.services.database.write() as session:
        first = session.scalars(select(Patient.patientid).order_by(Patient.patientid.desc())).first() or 0
        names = [f"many.{number}" for number in range(first + 1, first + 1 + MANY)]
        login = {"password_hash": "none", "role": Role.PATIENT, "active": True, "created_at": now}
        session.execute(insert(Login), [{"id": name, "username": name, **login} for name in names])
        person = {"firstname": "Many", "midname": "", "lastname": "Patients", "name_key": "patients many"}
        person |= {"email": "many@example.org", "mobile": "040 5550103", "profession": "", "address": ""}
        born = now.date().replace(year=1980)
        session.execute(insert(Patient), [{"login_id": name, "birthday": born, **person} for name in names])
    address = ordered(program)
    eventually(lambda: state(program, address), "done")
    rows = {file["name"]: file["rows"] for file in told(program.get(address))["files"]}
    assert rows["dams_patient.csv"] == first + MANY
    written = worker.folder / "reports" / told(program.get(address))["id"] / "dams_patient.csv"
    with written.open(newline="") as file:
        assert [row["username"] for row in csv.DictReader(file)][-MANY:] == names
    assert most_memory(worker) - before < MOST_GROWTH


def most_memory(worker: Worker) -> int:
    """Return the most memory that the processes of a worker's pool have used, in kB."""
    (stats,) = worker.setting.app().control.inspect(timeout=30, limit=1).stats().values()
    statuses = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in stats["pool"]["processes"]]
    return max(int(line.split()[1]) for lines in statuses for line in lines if line.startswith("VmHWM"))
