"""The embedded engine: durable processes in this program, on SQLite or PostgreSQL, without a server.

engine = EmbeddedEngine(open_engine("sqlite:///dams.db"), scripts=ScriptRunner())
"""

from workflows.embedded.database import open_engine
from workflows.embedded.engine import EmbeddedEngine
from workflows.embedded.handling import Exchange, JobTransaction, Wanted
from workflows.embedded.jobs import Answer, LockedJob

__all__ = ["Answer", "EmbeddedEngine", "Exchange", "JobTransaction", "LockedJob", "Wanted", "open_engine"]
