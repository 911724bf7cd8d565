"""What the audit keeps of deployments."""

from collections.abc import Mapping

from app.clinic import audit
from app.web.identity import the_user
from app.web.services import services
from workflows.engine import Deployment


def note_deployment(deployment: Deployment, action: str, details: Mapping[str, str | bool | None]) -> None:
    """Keep in the audit that who is signed in has done this to a deployment."""
    with services().database.write() as session:
        audit.record(
            session,
            who=the_user().id,
            action=action,
            subject=deployment.id,
            now=services().clock(),
            details={"name": deployment.name, **details},
        )
