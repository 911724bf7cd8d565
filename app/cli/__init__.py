"""The command line's part that asks the engine: starting and reading instances, and what operators do to them.

`main.py` adds these commands to its own. They reach the engine through the port alone.
"""

from app.cli.accounts import administrator
from app.cli.convert import convert
from app.cli.operations import incidents, instance, prune, retry
from app.cli.processes import instances, start, tasks
from app.cli.tokens import token
from app.cli.views import views

COMMANDS = (start, tasks, instances, instance, incidents, retry, prune, token, administrator, convert, views)
"""What `main.py` adds to its command line."""

__all__ = ["COMMANDS"]
