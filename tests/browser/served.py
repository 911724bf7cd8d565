"""The service as its users run it: `main.py` in processes of its own, with a database of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.processes import free_port

ROOT = Path(__file__).parents[2]
_READY_SECONDS = 180.0


@dataclass(slots=True)
class Served:
    """A clinic with demo data in `folder`, that can be started, killed and started again at one address.

    `settings` are more than the usual ones, by their names without prefix.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """The password of all demo logins."""
        return (self.folder / "demo_password").read_text()

    def prepare(self) -> None:
        """Create the database, fill it, deploy the clinic's processes."""
        self.run("db", "upgrade")
        self.run("seed")
        self.run("deploy", *(str(path) for path in sorted((ROOT / "bpmn").iterdir()) if path.suffix != ".md"))
        self.deploy_booking()

    def deploy_booking(self, core: str = "dams") -> str:
        """Deploy the booking process for a core; return what the command says. It may be served meanwhile."""
        return self.run("deploy", "--core", core, "bpmn/dams_appointment.bpmn")

    def start(self) -> None:
        """Serve, and return when it answers."""
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "main.py", "serve"],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the service did not start:\n{(self.folder / 'serve.log').read_text()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End every process of the service at once, with SIGKILL."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, as an operator does."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)
            self._process.wait(30)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:  # noqa: S310 - our own
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def run(self, *arguments: str) -> str:
        """Give a command; return what it says. The service may run meanwhile."""
        command = [sys.executable, "main.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def environment(self) -> dict[str, str]:
        """Return the environment of its processes: nothing of the machine's own settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DAMS_")}
        own = {"DAMS_DATA_DIR": str(self.folder), "DAMS_PORT": str(self.port), "DAMS_JOB_LEASE_SECONDS": "5"}
        own |= {"DAMS_WRITES_PER_MINUTE": "0", "DAMS_TOKEN_WRITES_PER_MINUTE": "0"}  # tests are quicker than people
        chosen = {f"DAMS_{name}": value for name, value in self.settings.items()}
        return {**inherited, **own, **chosen}
