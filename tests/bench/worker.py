"""A process that works on jobs until its standard input ends: `python -m tests.bench.worker URL [ZEEBE_ADDRESS]`."""

import sys

from app.database import Database
from workers.registry import Registry, job
from workers.runners.embedded import EmbeddedRunner
from workers.runners.zeebe import ZeebeRunner
from workflows.embedded import EmbeddedEngine, open_engine
from workflows.zeebe import Connection, Gateway


@job("work")
def work(n: int = 0) -> dict[str, int]:
    """Count."""
    return {"n": n + 1}


def runner(engine: EmbeddedEngine, name: str) -> EmbeddedRunner:
    """Return what works on the jobs of `engine`."""
    return EmbeddedRunner(engine, Registry.of(sys.modules[__name__]), {}, name=name, threads=2)


def zeebe_runner(url: str, address: str) -> ZeebeRunner:
    """Return what works on the jobs of a broker."""
    registry = Registry.of(sys.modules[__name__])
    gateway = Gateway(Connection(address=address))
    return ZeebeRunner(gateway, Database.open(url), registry, {}, {}, name="bench", threads=2)


def main() -> None:
    """Work."""
    url, *address = sys.argv[1:]
    database = open_engine(url)
    working = zeebe_runner(url, *address) if address else runner(EmbeddedEngine(database), "bench")
    working.start()
    print("working", flush=True)  # noqa: T201
    sys.stdin.read()
    working.stop()
    database.dispose()


if __name__ == "__main__":
    main()
