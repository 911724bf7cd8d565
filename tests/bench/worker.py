"""A process that works on jobs until its standard input ends: `python -m tests.bench.worker URL`."""

import sys

from workers.registry import Registry, job
from workers.runners.embedded import EmbeddedRunner
from workflows.embedded import EmbeddedEngine, open_engine


@job("work")
def work(n: int = 0) -> dict[str, int]:
    """Count."""
    return {"n": n + 1}


def runner(engine: EmbeddedEngine, name: str) -> EmbeddedRunner:
    """Return what works on the jobs of `engine`."""
    return EmbeddedRunner(engine, Registry.of(sys.modules[__name__]), {}, name=name, threads=2)


def main() -> None:
    """Work."""
    database = open_engine(sys.argv[1])
    working = runner(EmbeddedEngine(database), "bench")
    working.start()
    print("working", flush=True)  # noqa: T201
    sys.stdin.read()
    working.stop()
    database.dispose()


if __name__ == "__main__":
    main()
