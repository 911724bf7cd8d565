"""`make services`: real servers for a user's own service, in the foreground, with their data under `var/services`."""

import signal
import threading
from contextlib import ExitStack
from pathlib import Path

from app.engines import RECORDS_USER, records_password
from app.settings import load
from tests.servers.processes import free_port, is_free
from tests.servers.programs import ServerMissingError
from tests.servers.redis import running_redis
from tests.servers.temporal import running_temporal
from tests.servers.zeebe import Records, running_zeebe

_FOLDER = Path(__file__).resolve().parents[2] / "var" / "services"


def main() -> None:
    """Run the servers that this machine has until SIGINT, SIGTERM or SIGHUP."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    with ExitStack() as running:
        for start in (_redis, _temporal, _zeebe):
            if ended.is_set():
                return
            try:
                start(running)
            except ServerMissingError as missing:
                _say(f"Left out: {missing}")
        _say("Ctrl+C ends them; what they have stored stays in var/services.")
        ended.wait()


def _redis(running: ExitStack) -> None:
    server = running.enter_context(running_redis(_folder("redis"), _port(6379)))
    _say(f"Redis     {server.url}")
    _say(f"            DAMS_CELERY_BROKER={server.url} make run")


def _temporal(running: ExitStack) -> None:
    pages = _port(8233)
    server = running.enter_context(running_temporal(_folder("temporal"), _port(7233), pages))
    _say(f"Temporal  {server.address}, its pages at http://127.0.0.1:{pages}")
    _say(f"            DAMS_ENGINE=temporal TEMPORAL_ADDRESS={server.address} make run")


def _zeebe(running: ExitStack) -> None:
    """Run a broker that tells the service of this folder what happens, as soon as that runs."""
    settings = load()
    told = Records(f"http://{settings.zeebe_records_address}", RECORDS_USER, records_password(settings))
    broker = running_zeebe(_folder("zeebe"), told, port=_port(26500), rest_port=_port(8080))
    server = running.enter_context(broker)
    _say(f"Zeebe     {server.address}, its REST API at {server.rest}")
    _say(f"            DAMS_ENGINE=zeebe ZEEBE_ADDRESS={server.address} DAMS_ZEEBE_REST_URL={server.rest} make run")


def _folder(name: str) -> Path:
    folder = _FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _port(customary: int) -> int:
    """Return the port at which everybody looks for such a server, or another one if it is taken."""
    return customary if is_free(customary) else free_port()


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is a program


if __name__ == "__main__":
    main()
