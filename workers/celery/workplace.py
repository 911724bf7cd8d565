"""What a task stands on: the service of the process that runs it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.database import Database
from workers.clinic import Clinic
from workers.runners.attempts import Attempts
from workflows.embedded import EmbeddedEngine


@dataclass(frozen=True, slots=True)
class Workplace:
    """The clinic and its database, the engine with what does its jobs, and the folder of reports.

    `name` is what the engine knows this worker by; `lease` is how long a job is its own without a sign of life.
    """

    database: Database
    clinic: Clinic
    engine: EmbeddedEngine
    attempts: Attempts
    reports: Path
    name: str
    lease: timedelta
