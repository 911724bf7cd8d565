"""The embedded engine: durable processes in this program, on SQLite or PostgreSQL, without a server.

engine = EmbeddedEngine(open_engine("sqlite:///dams.db"), scripts=ScriptRunner())
"""

from workflows.embedded.database import open_engine
from workflows.embedded.engine import EmbeddedEngine
from workflows.embedded.handling import JobTransaction
from workflows.embedded.jobs import LockedJob

__all__ = ["EmbeddedEngine", "JobTransaction", "LockedJob", "open_engine"]
