"""A worker for instances and jobs that is to be killed: `python -m tests.temporal.working ADDRESS DATABASE QUEUE MARK`.

Its first job writes the file MARK and never ends; a worker that finds the file does every job at once.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import Worker

from workflows.embedded import EmbeddedEngine, open_engine
from workflows.temporal.connection import Connection, Target
from workflows.temporal.jobs import job_worker
from workflows.temporal.payloads import JobInput
from workflows.temporal.post import Hosting
from workflows.temporal.worker import ProcessWorker, Workers
from workflows.values import Variables


def work(address: str, database: str, queue: str, mark: str) -> None:
    """Work until the process is killed."""
    store = EmbeddedEngine(open_engine(database))
    threads = ThreadPoolExecutor(2)

    def execute(job: JobInput, _failures: int) -> Variables:
        if not Path(mark).exists():
            Path(mark).touch()
            threading.Event().wait()
        return {"done": [*job.variables.get("done", []), job.key]}

    def jobs(client: Client) -> Worker:
        return job_worker(client, queue, "work", execute, threads=threads, slots=2)

    workers = Workers(Connection(Target(address)), [ProcessWorker(store.mirror, Hosting(queue)), partial(jobs)])
    workers.start()
    threading.Event().wait()


if __name__ == "__main__":
    work(*sys.argv[1:])
