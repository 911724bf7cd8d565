"""The first commands: tables, demo data, the booking process; what they refuse, and that they may be repeated."""

from pathlib import Path

import pytest

from app.clinic.models import Role
from tests.cli.conftest import BOOKING, PROCESS_ID, ROOT, Installation, Order, Outcome, SetUp


def test_the_tables_are_made_once_however_often_they_are_asked_for(set_up: SetUp) -> None:
    for upgrade in set_up.upgrades:
        assert (upgrade.status, upgrade.out) == (0, "The database is up to date.\n")


def test_seeding_prints_the_same_demo_logins_each_time(set_up: SetUp, order: Order) -> None:
    first = set_up.seed
    assert first.status == 0
    assert order("seed") == Outcome(0, first.out, "")
    password = (set_up.installation.folder / "demo_password").read_text()
    assert first.out.startswith(f"Demo logins, all with the password {password}\n")
    counts = {role: first.out.count(f" {role.name.lower()} ") for role in Role}
    assert counts == {Role.ADMINISTRATOR: 1, Role.DOCTOR: 6, Role.PATIENT: 20}


def test_deploying_names_the_process_and_its_version(set_up: SetUp) -> None:
    assert set_up.deployment.status == 0
    assert f"{PROCESS_ID} version 1 (Doctor's Appointment)" in set_up.deployment.out.splitlines()


def test_upgrading_brings_the_workflows_that_are_code_once(installation: Installation) -> None:
    with installation.engine() as engine:
        assert [definition.version for definition in engine.definitions("dams_payment", latest=False)] == [1]


def test_a_broken_file_is_named_with_its_line_and_keeps_the_good_one_out(
    installation: Installation, order: Order, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.bpmn"
    broken.write_text("<definitions>\n<process>\n")
    (deployed,) = installation.run(["deploy", str(broken), "bpmn/README.md", BOOKING])
    assert (deployed.status, deployed.out) == (1, "")
    assert "broken.bpmn:3:" in deployed.err
    assert "README.md" in deployed.err
    with installation.engine() as engine:
        assert [definition.version for definition in engine.definitions(PROCESS_ID, latest=False)] == [1]
    linted = order("lint", str(broken))
    assert linted.status == 1
    assert linted.out.startswith("broken.bpmn:3:")


def test_a_good_file_gives_the_linter_nothing_to_say(order: Order) -> None:
    assert order("lint", str(ROOT / BOOKING)) == Outcome(0, "", "")


def test_a_file_that_is_not_there_is_told(order: Order) -> None:
    refused = order("deploy", "no/such.bpmn")
    assert refused.status == 2
    assert "File 'no/such.bpmn' does not exist" in refused.err


def test_a_production_clinic_takes_no_demo_data(order: Order) -> None:
    refused = order("seed", ENVIRONMENT="production", SECRET_KEY="k" * 32)
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("Error: This is a production clinic")


@pytest.mark.parametrize("arguments", [("seed",), ("tasks",), ("start", PROCESS_ID, "--as", "admin"), ("serve",)])
def test_a_database_that_is_not_up_to_date_says_how_to_mend_that(
    order: Order, tmp_path: Path, arguments: list[str]
) -> None:
    refused = order(*arguments, DATA_DIR=str(tmp_path))
    assert refused == Outcome(1, "", "Error: The database is not up to date. Mend that with: main.py db upgrade\n")


def test_a_database_that_cannot_be_reached_is_told(order: Order) -> None:
    refused = order("instances", DATABASE_URL="sqlite:////no/such/folder/dams.db")
    assert refused == Outcome(1, "", "Error: The database can't be used now: unable to open database file\n")


def test_a_wrong_setting_is_one_sentence_and_status_2(order: Order, tmp_path: Path) -> None:
    assert order("tasks", PORT="0") == Outcome(2, "", "Error: DAMS_PORT: Input should be greater than or equal to 1.\n")
    assert order("tasks", PROT="1").err.startswith("Error: Unknown settings: DAMS_PROT. Known are")
    file = tmp_path / "file"
    file.write_text("")
    assert order("tasks", DATA_DIR=str(file)) == Outcome(
        2, "", f"Error: DAMS_DATA_DIR: {file} can't be made: File exists.\n"
    )
