"""The desk: where staff work on tasks and look after processes. `frame.py` is around all of its pages."""

from app.web.desk.definitions import definitions
from app.web.desk.frame import desk
from app.web.desk.tasks import tasks

for part in (tasks, definitions,):
    desk.register_blueprint(part)

__all__ = ["desk"]
