"""Who may start which process from a page: what the diagram says, and administrators where it says nothing."""

from app.clinic.models import Role
from app.web.identity import User
from workflows.engine import ProcessDefinition


def may_start(definition: ProcessDefinition, user: User) -> bool:
    """Say whether this person may start the process; nobody may, if it is not offered in task lists."""
    users, groups = definition.candidate_starter_users, definition.candidate_starter_groups
    if not definition.startable:
        return False
    if not users and not groups:
        return user.role is Role.ADMINISTRATOR
    return user.group in groups or any(name in users for name in user.names)
