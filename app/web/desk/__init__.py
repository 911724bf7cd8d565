"""The desk: where staff work on tasks and look after processes. `frame.py` is around all of its pages."""

from app.web.desk.actions import actions
from app.web.desk.decisions import decisions
from app.web.desk.definitions import definitions
from app.web.desk.frame import desk
from app.web.desk.heat import heat
from app.web.desk.incidents import incidents
from app.web.desk.instance import instance
from app.web.desk.instances import instances
from app.web.desk.migrating import migrating
from app.web.desk.modifying import modifying
from app.web.desk.tasks import tasks
from app.web.desk.workers import workers

definitions.register_blueprint(heat)
for part in (instance, actions, modifying, migrating):
    instances.register_blueprint(part)
for part in (tasks, definitions, decisions, instances, incidents, workers):
    desk.register_blueprint(part)

__all__ = ["desk"]
