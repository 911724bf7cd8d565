"""A worker in a process of its own: `python -m tests.zeebe.worker DATABASE_URL GRPC_ADDRESS LEASE_SECONDS`."""

import sys
import threading

from app.database import Database
from tests.zeebe import handlers
from workers.registry import Registry
from workers.runners.zeebe import ZeebeRunner
from workflows.zeebe import Connection, Gateway


def main() -> None:
    """Work until it is killed."""
    url, address, lease = sys.argv[1:]
    gateway = Gateway(Connection(address=address))
    registry = Registry.of(handlers)
    ZeebeRunner(gateway, Database.open(url), registry, {}, {}, name="doomed", lease_seconds=int(lease)).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
