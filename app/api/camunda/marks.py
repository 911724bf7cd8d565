"""Who may use Camunda's REST: administrators, whose tokens need the scope of what they do.

The guard of the pages holds it; a view without a mark is refused to everybody.
"""

from app.clinic.models import Role, Scope
from app.web.access import only

reads = only(Role.ADMINISTRATOR, scope=Scope.READ_PROCESSES)
"""For views that only read."""

runs = only(Role.ADMINISTRATOR, scope=Scope.RUN_PROCESSES)
"""For views that change something."""

asks = only(Role.ADMINISTRATOR, scope=(Scope.READ_PROCESSES, Scope.RUN_PROCESSES))
"""For views that every program may ask, whatever it does here."""
