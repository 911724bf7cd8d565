"""A service whose other engine is not there yet: it says for whom it waits, shows its pages, and ends when asked."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Installation
from tests.lives import eventually
from tests.servers.processes import free_port


@pytest.mark.parametrize(
    ("engine", "said"),
    [("temporal", "No Temporal server answers at {address}"), ("zeebe", "No Zeebe broker answers")],
)
def test_pages_answer_while_an_engine_is_waited_for(engine: str, said: str, template: Path, tmp_path: Path) -> None:
    (tmp_path / "dams.db").write_bytes(template.read_bytes())
    port, records, nobody = free_port(), f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    elsewhere = {f"{engine.upper()}_ADDRESS": nobody, "ZEEBE_RECORDS_ADDRESS": records}
    serving = Installation(tmp_path).popen("serve", ENGINE=engine, PORT=str(port), **elsewhere)
    log = tmp_path / "serve.log"
    try:
        eventually(lambda: said.format(address=nobody) in log.read_text())
        eventually(lambda: _status(f"http://127.0.0.1:{port}/login") == 200)
    finally:
        serving.terminate()
        status = serving.wait(60)
    assert (status, "Traceback" in log.read_text()) == (0, False), log.read_text()


def _status(address: str) -> int:
    """Return with which status an address answers, 0 as long as nobody listens."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 -- our own address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
