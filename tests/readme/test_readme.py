"""The README's commands, run as written, in a copy of the repository as a new user has it.

`make test` is the one that is not run from here: it is what runs this test, and `.ci/run` calls it.
The servers of `make services` are got once for all copies, so they are there already.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

HOME = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
START_SECONDS = 300


def commands(document: str) -> list[str]:
    """Return the shell commands of a document of the repository, without their comments."""
    lines = "".join(BLOCK.findall((HOME / document).read_text())).splitlines()
    return [line.split("#")[0].strip() for line in lines if line.strip()]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the repository's files, committed or about to be, in a folder of their own."""
    folder = tmp_path_factory.mktemp("checkout") / "dams"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOME, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (HOME / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOME / name, folder / name)
    subprocess.run([".ci/setup"], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """Return the environment of a user without settings, but for a free port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAMS_", "VIRTUAL_ENV"))}
    with socket.create_server(("127.0.0.1", 0)) as free:
        return {**kept, "DAMS_PORT": str(free.getsockname()[1])}


@contextmanager
def making(target: str, until: str, copy: Path, environment: dict[str, str]) -> Iterator[list[str]]:
    """Run `make TARGET` until it prints a line with `until`; give what it has printed, and end it as Ctrl+C does."""
    printed: list[str] = []
    runs = threading.Event()
    process = subprocess.Popen(
        ["make", target],
        cwd=copy, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            printed.append(line)
            if until in line:
                runs.set()
        runs.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert runs.wait(START_SECONDS), "".join(printed)
        assert process.poll() is None, "".join(printed)
        yield printed
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def test_make_run_serves_and_prints_address_and_logins_twice_in_a_row(copy: Path, environment: dict[str, str]) -> None:
    logins = []
    for _ in range(2):
        with making("run", "Booting worker", copy, environment) as printed:
            address = f"http://127.0.0.1:{environment['DAMS_PORT']}"
            assert any(address in line for line in printed)
            with urlopen(f"{address}/login", timeout=30) as page:  # noqa: S310 - the address of this test's own service
                assert page.status == 200
            logins.append([line for line in printed if line.startswith("  ")])
    assert logins[0] == logins[1]
    assert any("ana.kovac" in line for line in logins[0])


def test_make_services_runs_servers_that_answer_at_the_printed_addresses(
    copy: Path, environment: dict[str, str]
) -> None:
    with making("services", "Ctrl+C ends them", copy, environment) as printed:
        said = "".join(printed)
        if "Left out" in said:
            pytest.skip(said)
        addresses = re.findall(r"^(Redis|Temporal|Zeebe) .*?127\.0\.0\.1:(\d+)", said, re.MULTILINE)
        assert [name for name, _ in addresses] == ["Redis", "Temporal", "Zeebe"], said
        for _, port in addresses:
            socket.create_connection(("127.0.0.1", int(port)), timeout=30).close()
    for _, port in addresses:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(port)), timeout=30)


def test_every_command_of_the_readme_works_as_written(copy: Path, environment: dict[str, str]) -> None:
    written = commands("README.md")
    assert written[:3] == ["make run", "make test", "make services"]
    for setting_up in ("db upgrade", "seed"):
        subprocess.run([".venv/bin/python", "main.py", *setting_up.split()], cwd=copy, env=environment, check=True)
    for command in written[3:]:
        done = subprocess.run(  # noqa: S602 - the README's own text
            command, shell=True, cwd=copy, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_ci_runs_the_readmes_test_command() -> None:
    assert commands("README.md")[1] in (HOME / ".ci" / "run").read_text()


DOCUMENTS = ["README.md", "CONTRIBUTING.md", "app/README.md", "bpmn/README.md"]
DOCUMENTS += sorted(f"docs/{page.name}" for page in (HOME / "docs").glob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_of_the_documents_lead_somewhere(document: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (HOME / document).read_text()):
        assert ((HOME / document).parent / target).exists(), target
