"""A process that works until its standard input ends: `python -m tests.bench.worker URL [zeebe|temporal ADDRESS]`."""

import sys

from app.database import Database
from workers.registry import Registry, job
from workers.runners.embedded import EmbeddedRunner
from workers.runners.temporal import TemporalRunner
from workers.runners.zeebe import ZeebeRunner
from workflows.embedded import EmbeddedEngine, open_engine
from workflows.embedded.cores import ZEEBE
from workflows.temporal.connection import Connection, Target
from workflows.zeebe import Connection as Broker
from workflows.zeebe import Gateway


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
    gateway = Gateway(Broker(address=address))
    return ZeebeRunner(gateway, Database.open(url), registry, {}, {}, name="bench", threads=2)


def temporal_runner(url: str, address: str) -> TemporalRunner:
    """Return what works on the instances and jobs of a Temporal server."""
    registry, database = Registry.of(sys.modules[__name__]), Database.open(url)
    engine = EmbeddedEngine(database.engine)
    return TemporalRunner(engine, Connection(Target(address)), registry, {}, database, threads=2)


def chosen(url: str, engine: str, address: str) -> ZeebeRunner | TemporalRunner:
    """Return what works for an engine elsewhere."""
    return zeebe_runner(url, address) if engine == ZEEBE else temporal_runner(url, address)


def main() -> None:
    """Work."""
    url, *elsewhere = sys.argv[1:]
    database = open_engine(url)
    working = chosen(url, *elsewhere) if elsewhere else runner(EmbeddedEngine(database), "bench")
    working.start()
    print("working", flush=True)  # noqa: T201
    sys.stdin.read()
    working.stop()
    database.dispose()


if __name__ == "__main__":
    main()
