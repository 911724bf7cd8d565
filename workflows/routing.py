"""One engine to everybody, whatever moves which process: the embedded one, or Zeebe or Temporal elsewhere.

Questions are answered from the embedded engine's tables, in which all of them keep what their instances do. A command
goes to the engine that moves the instance. So pages, programs and the command line see one engine, and one house may
run one process here and another one there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Engine as Database

from workflows.embedded import EmbeddedEngine
from workflows.embedded.cores import ELSEWHERE
from workflows.embedded.inputs import checked_variables
from workflows.engine import Correlation, Deployment, ProcessDefinition, ProcessInstance, Resource
from workflows.errors import Conflict, InvalidInput, NotFound
from workflows.mover import Mover
from workflows.scripts import ScriptRunner
from workflows.spiff import PythonWorkflow
from workflows.values import JsonValue, Variables

_NO_TIME = timedelta(0)


class RoutedEngine(EmbeddedEngine):
    """The embedded engine, with engines elsewhere beside it.

    `engines` names what moves the instances of processes deployed from now on, by process id or "*"; what it does not
    name is moved here. A message or signal is given to every engine that has a process, and each of them delivers it
    as its guarantees say. A command that somebody gave is in the audit once the other engine has taken it.
    """

    name = "routed"

    def __init__(
        self,
        database: Database,
        *,
        movers: Iterable[Callable[[EmbeddedEngine], Mover]],
        engines: Mapping[str, str],
        clock: Callable[[], datetime] | None = None,
        scripts: ScriptRunner | None = None,
        cores: Mapping[str, str] | None = None,
        workflows: Iterable[PythonWorkflow] = (),
    ) -> None:
        options = {} if clock is None else {"clock": clock}
        super().__init__(database, **options, scripts=scripts, cores=cores, workflows=workflows)
        made = [make(self) for make in movers]
        self._movers: dict[str, Mover] = {mover.name: mover for mover in made}
        self._engines = dict(engines)
        missing = {name for name in self._engines.values() if name in ELSEWHERE} - self._movers.keys()
        if missing:
            raise InvalidInput(f"Processes are to run on {', '.join(sorted(missing))}, which is not set up.")

    def deploy(
        self, resources: Sequence[Resource], *, name: str = "", by: str | None = None, core: str | None = None
    ) -> Deployment:
        """Deploy files together, each process to the engine chosen for it; with `core`, all of them here."""
        if core is not None:
            return super().deploy(resources, name=name, by=by, core=core)
        placements = {mover.name: mover.place for mover in self._movers.values()}
        return self.mirror.deploy(resources, self._engines, placements, name=name, by=by)

    def start(
        self,
        process_id: str,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        by: str | None = None,
    ) -> ProcessInstance:
        """Start an instance of the newest version, or of `version`, at its none start event."""
        definition = self._definition(process_id, version)
        mover = self._movers.get(self.mirror.mover_of_definition(definition.id)) if definition else None
        if definition is None or mover is None:
            return super().start(process_id, variables, business_key=business_key, version=version, by=by)
        return self.instance(mover.start(definition, checked_variables(variables), business_key=business_key, by=by))

    def complete(
        self, task_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete a user task; raise `Conflict` if it was completed or withdrawn before."""
        mover = self._mover_of_task(task_id)
        if mover is None:
            super().complete(task_id, variables, by=by)
        else:
            mover.complete(task_id, checked_variables(variables), by=by)

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees: its own and those around it."""
        task = self.task(task_id)
        mover = self._mover(task.instance_id)
        return super().task_variables(task_id) if mover is None else mover.task_variables(task_id)

    def publish_message(
        self,
        name: str,
        correlation_key: str | None = None,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        time_to_live: timedelta = _NO_TIME,
        message_id: str | None = None,
    ) -> Correlation:
        """Deliver a message once in each engine: to an instance, to a start event, or, in time, later."""
        movers, here = self._in_use()
        identifier, taken = message_id or uuid4().hex, None
        if here:
            sent = super().publish_message(
                name, correlation_key, variables, time_to_live=time_to_live, message_id=identifier
            )
            taken = sent.instance_id
        for mover in movers:
            reached = mover.publish_message(
                name, correlation_key, checked_variables(variables), time_to_live=time_to_live, message_id=identifier
            )
            taken = taken or reached
        return Correlation(identifier, taken)

    def broadcast_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Deliver a signal to everything that waits for it now, start events included."""
        movers, here = self._in_use()
        if here:
            super().broadcast_signal(name, variables)
        for mover in movers:
            mover.broadcast_signal(name, checked_variables(variables))

    def cancel(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """End a running instance without finishing it; raise `Conflict` if it has ended."""
        mover = self._mover_of_running(instance_id)
        if mover is None:
            return super().cancel(instance_id, reason=reason, by=by)
        mover.cancel(instance_id, by=by)
        return self._audit(instance_id, "cancel", by=by, reason=reason)

    def resolve(self, incident_id: str, *, retries: int = 1, reason: str = "", by: str | None = None) -> None:
        """Try the element of an incident again, a job with this many retries."""
        instance_id = _owner(incident_id)
        mover = self._mover(instance_id)
        if mover is None:
            return super().resolve(incident_id, retries=retries, reason=reason, by=by)
        if retries < 1:
            raise InvalidInput("A job needs at least one retry.")
        if incident_id not in {incident.id for incident in self.incidents(instance_id)}:
            raise NotFound(f"There is no open incident {incident_id!r}.")
        mover.resolve(incident_id, retries=retries)
        return self._audit(instance_id, "resolve", by=by, reason=reason, details=incident_id)

    def suspend(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Hold a running instance; raise `Conflict` if it is held already, or has ended."""
        mover = self._mover_of_running(instance_id)
        if mover is None:
            return super().suspend(instance_id, reason=reason, by=by)
        mover.suspend(instance_id)
        return self._audit(instance_id, "suspend", by=by, reason=reason)

    def resume(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Let a suspended instance go on, at once with all that is due by now."""
        mover = self._mover_of_running(instance_id)
        if mover is None:
            return super().resume(instance_id, reason=reason, by=by)
        mover.resume(instance_id)
        return self._audit(instance_id, "resume", by=by, reason=reason)

    def modify(
        self,
        instance_id: str,
        *,
        cancel: Sequence[str] = (),
        start: Sequence[str] = (),
        variables: Mapping[str, JsonValue] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Cancel what runs in the elements `cancel`, set process variables, then start at the elements `start`."""
        mover = self._mover_of_running(instance_id)
        if mover is None:
            return super().modify(instance_id, cancel=cancel, start=start, variables=variables, reason=reason, by=by)
        mover.modify(instance_id, cancel=cancel, start=start, variables=checked_variables(variables), by=by)
        details = f"cancelled {_listed(cancel)}; started {_listed(start)}; set {_listed(variables or ())}"
        return self._audit(instance_id, "modify", by=by, reason=reason, details=details)

    def migrate(
        self,
        instance_id: str,
        definition_id: str,
        *,
        mapping: Mapping[str, str] | None = None,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Move an instance to another definition, of the engine that moves it."""
        mover = self._mover_of_running(instance_id)
        if mover is None:
            return super().migrate(instance_id, definition_id, mapping=mapping, reason=reason, by=by)
        if self.mirror.mover_of_definition(definition_id) != mover.name:
            raise InvalidInput(f"The definition {definition_id!r} is not run by {mover.name}, as the instance is.")
        target = next(found for found in self.definitions(latest=False) if found.id == definition_id)
        mover.migrate(instance_id, target, mapping or {})
        return self._audit(instance_id, "migrate", by=by, reason=reason, details=f"to {definition_id}")

    def set_variables(
        self,
        instance_id: str,
        variables: Mapping[str, JsonValue],
        *,
        scope: str | None = None,
        local: bool = False,
        reason: str = "",
        by: str | None = None,
    ) -> None:
        """Set process variables, or those that an open user task or a running element sees."""
        mover = self._mover_of_running(instance_id)
        if mover is None:
            return super().set_variables(instance_id, variables, scope=scope, local=local, reason=reason, by=by)
        mover.set_variables(instance_id, checked_variables(variables), scope=scope, local=local)
        return self._audit(instance_id, "set_variables", by=by, reason=reason, details=_listed(variables))

    def throw_task_error(
        self,
        task_id: str,
        code: str,
        message: str = "",
        variables: Mapping[str, JsonValue] | None = None,
        *,
        by: str | None = None,
    ) -> None:
        """End a user task with a BPMN error. If nothing catches it, the task stays open beside an incident."""
        mover = self._mover_of_task(task_id)
        if mover is None:
            return super().throw_task_error(task_id, code, message, variables, by=by)
        mover.throw_task_error(task_id, code, message, checked_variables(variables), by=by)
        details = f"{code} from {task_id}"
        return self._audit(_owner(task_id), "throw_error", by=by, reason=message, details=details)

    def escalate_task(
        self, task_id: str, code: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Raise an escalation from a user task, which stays open unless what catches it interrupts it."""
        mover = self._mover_of_task(task_id)
        if mover is None:
            return super().escalate_task(task_id, code, variables, by=by)
        mover.escalate_task(task_id, code, checked_variables(variables), by=by)
        return self._audit(_owner(task_id), "escalate", by=by, details=f"{code} from {task_id}")

    def _definition(self, process_id: str, version: int | None) -> ProcessDefinition | None:
        found = self.definitions(process_id, latest=version is None)
        return next((each for each in found if version in (None, each.version)), None)

    def _mover(self, instance_id: str) -> Mover | None:
        """Return the engine elsewhere that moves an instance, None if it is moved here."""
        name = self.mirror.mover(instance_id)
        if name in ELSEWHERE and name not in self._movers:
            raise InvalidInput(f"The process instance {instance_id!r} is run by {name}, which is not set up.")
        return self._movers.get(name)

    def _mover_of_running(self, instance_id: str) -> Mover | None:
        found, mover = self.instance(instance_id), self._mover(instance_id)
        if mover is not None and found.ended_at is not None:
            raise Conflict(f"The process instance {instance_id!r} has ended: it is {found.state}.")
        return mover

    def _mover_of_task(self, task_id: str) -> Mover | None:
        instance_id = _owner(task_id)
        try:
            mover = self._mover(instance_id)
        except NotFound:
            raise NotFound(f"There is no user task {task_id!r}.") from None
        if mover is not None:
            self.mirror.check_open(task_id)
        return mover

    def _in_use(self) -> tuple[list[Mover], bool]:
        """The engines elsewhere that have processes, and whether any are moved here."""
        used: Collection[str] = self.mirror.movers()
        here = not used or not ELSEWHERE.issuperset(used)
        return [mover for name, mover in self._movers.items() if name in used], here

    def _audit(self, instance_id: str, action: str, *, by: str | None, reason: str = "", details: str = "") -> None:
        with self.mirror.transaction() as rows:
            rows.audit(instance_id, action, by=by, reason=reason, details=details)


def _owner(identifier: str) -> str:
    """The instance whose task or incident this is."""
    return identifier.partition(":")[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
