"""One engine to everybody, whatever moves which process: the embedded one, or Zeebe or Temporal elsewhere.

Questions are answered from the embedded engine's tables, in which all of them keep what their instances do. A command
goes to the engine that moves the instance. So pages, programs and the command line see one engine, and one house may
run one process here and another one there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from sqlalchemy import Engine as Database

from workflows.embedded import EmbeddedEngine
from workflows.embedded.cores import ELSEWHERE, ZEEBE
from workflows.embedded.definitions import Wanted
from workflows.embedded.engine import utc_now
from workflows.embedded.inputs import storable
from workflows.engine import Correlation, Deployment, PlannedVersion, ProcessInstance, Resource
from workflows.errors import Conflict, InvalidInput, NotFound, NotSupported, Unavailable
from workflows.mover import Mover
from workflows.scripts import ScriptRunner
from workflows.spiff import PythonWorkflow
from workflows.values import JsonValue, Variables

_NO_TIME = timedelta(0)


class RoutedEngine(EmbeddedEngine):
    """The embedded engine, with engines elsewhere beside it.

    `engines` names what moves the instances of processes deployed from now on, by process id or "*"; what it does not
    name is moved here. A message or signal is given to every engine that has a process, and each of them delivers it
    as its guarantees say.
    """

    name = "routed"

    def __init__(
        self,
        database: Database,
        *,
        movers: Iterable[Callable[[EmbeddedEngine], Mover]],
        engines: Mapping[str, str],
        clock: Callable[[], datetime] = utc_now,
        scripts: ScriptRunner | None = None,
        cores: Mapping[str, str] | None = None,
        workflows: Iterable[PythonWorkflow] = (),
    ) -> None:
        super().__init__(database, clock=clock, scripts=scripts, cores=cores, workflows=workflows)
        self._here = cast(EmbeddedEngine, super())  # its commands, which those below take the place of
        self._movers = {mover.name: mover for mover in [make(self) for make in movers]}
        self._engines = dict(engines)
        missing = ELSEWHERE.intersection(self._engines.values()) - self._movers.keys()
        if missing:
            raise InvalidInput(f"Processes are to run on {', '.join(sorted(missing))}, which is not set up.")

    def deploy(
        self,
        resources: Sequence[Resource],
        *,
        name: str = "",
        by: str | None = None,
        filter_duplicates: bool = False,
        core: str | None = None,
    ) -> Deployment:
        """Deploy files together, each process to the engine chosen for it; with `core`, all of them here."""
        if core is not None:
            return self._here.deploy(resources, name=name, by=by, filter_duplicates=filter_duplicates, core=core)
        placements = {mover.name: mover.place for mover in self._movers.values()}
        deployment = self.mirror.deploy(
            resources, self._engines, placements, name=name, by=by, filter_duplicates=filter_duplicates
        )
        for mover in self._movers.values():
            mover.deployed()
        return deployment

    def preview(self, resources: Sequence[Resource]) -> list[PlannedVersion]:
        """Say what deploying these files now would bring, in their order, and change nothing.

        Each is checked as the engine chosen for it wants it; what that engine itself refuses is known at deployment.
        """
        return self.mirror.preview(resources, self._engines)

    def delete_deployment(self, deployment_id: str, *, cascade: bool = False, by: str | None = None) -> None:
        """Remove a deployment, unless a part of it is on an engine that keeps what it was given."""
        brought = [
            each.id for each in self.deployment(deployment_id).definitions if each.deployment_id == deployment_id
        ]
        if any(self.mirror.mover_of_definition(definition_id) == ZEEBE for definition_id in brought):
            raise NotSupported("Zeebe keeps what is deployed there: such a deployment can't be deleted.")
        self._here.delete_deployment(deployment_id, cascade=cascade, by=by)

    def start(
        self,
        process_id: str,
        variables: Mapping[str, JsonValue] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        by: str | None = None,
        at: Sequence[str] = (),
        until: Sequence[str] = (),
    ) -> ProcessInstance:
        """Start an instance of the newest version, or of `version`, at its none start event or the elements `at`."""
        engine = self._of_process(process_id, version)
        return engine.start(
            process_id, variables, business_key=business_key, version=version, by=by, at=at, until=until
        )

    def complete(
        self, task_id: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Complete a user task; raise `Conflict` if it was completed or withdrawn before."""
        self._of_task(task_id).complete(task_id, variables, by=by)

    def task_variables(self, task_id: str) -> Variables:
        """Return the variables that a user task sees: its own and those around it."""
        return self._of(self.task(task_id).instance_id).task_variables(task_id)

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
        identifier = message_id or uuid4().hex
        reached = [
            engine.publish_message(name, correlation_key, variables, time_to_live=time_to_live, message_id=identifier)
            for engine in self._in_use()
        ]
        return next((each for each in reached if each.instance_id is not None), Correlation(identifier))

    def broadcast_signal(self, name: str, variables: Mapping[str, JsonValue] | None = None) -> None:
        """Deliver a signal to everything that waits for it now, start events included."""
        for engine in self._in_use():
            engine.broadcast_signal(name, variables)

    def cancel(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """End a running instance without finishing it; raise `Conflict` if it has ended."""
        self._of_running(instance_id).cancel(instance_id, reason=reason, by=by)

    def resolve(self, incident_id: str, *, retries: int = 1, reason: str = "", by: str | None = None) -> None:
        """Try the element of an incident again, a job with this many retries."""
        try:
            engine = self._of(_owner(incident_id))
        except NotFound:
            raise NotFound(f"There is no incident {incident_id!r}.") from None
        engine.resolve(incident_id, retries=retries, reason=reason, by=by)

    def suspend(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Hold a running instance; raise `Conflict` if it is held already, or has ended."""
        self._of_running(instance_id).suspend(instance_id, reason=reason, by=by)

    def resume(self, instance_id: str, *, reason: str = "", by: str | None = None) -> None:
        """Let a suspended instance go on, at once with all that is due by now."""
        self._of_running(instance_id).resume(instance_id, reason=reason, by=by)

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
        self._of_running(instance_id).modify(
            instance_id, cancel=cancel, start=start, variables=variables, reason=reason, by=by
        )

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
        engine = self._of_running(instance_id)
        if engine is not self._of_mover(self.mirror.mover_of_definition(definition_id)):
            raise InvalidInput(f"The definition {definition_id!r} is of another engine than the instance.")
        engine.migrate(instance_id, definition_id, mapping=mapping, reason=reason, by=by)

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
        self._of_running(instance_id).set_variables(
            instance_id, variables, scope=scope, local=local, reason=reason, by=by
        )

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
        self._of_task(task_id).throw_task_error(task_id, code, message, variables, by=by)

    def escalate_task(
        self, task_id: str, code: str, variables: Mapping[str, JsonValue] | None = None, *, by: str | None = None
    ) -> None:
        """Raise an escalation from a user task, which stays open unless what catches it interrupts it."""
        self._of_task(task_id).escalate_task(task_id, code, variables, by=by)

    def _of_process(self, process_id: str, version: int | None) -> Mover | EmbeddedEngine:
        wanted = Wanted.numbered(version)
        return self._of_mover(
            self.mirror.mover_of_definition(self.mirror.find(storable(process_id, "The process id"), wanted))
        )

    def _of(self, instance_id: str) -> Mover | EmbeddedEngine:
        return self._of_mover(self.mirror.mover(instance_id))

    def _of_mover(self, name: str) -> Mover | EmbeddedEngine:
        if name in ELSEWHERE and name not in self._movers:
            raise Unavailable(f"This is run by {name}, which is not set up here: see the setting DAMS_ENGINES.")
        return self._movers.get(name, self._here)

    def _of_running(self, instance_id: str) -> Mover | EmbeddedEngine:
        found, engine = self.instance(instance_id), self._of(instance_id)
        if engine is not self._here and found.ended_at is not None:
            raise Conflict(f"The process instance {instance_id!r} has ended: it is {found.state}.")
        return engine

    def _of_task(self, task_id: str) -> Mover | EmbeddedEngine:
        self.mirror.check_open(task_id)
        return self._of(_owner(task_id))

    def _in_use(self) -> list[Mover | EmbeddedEngine]:
        """The engines that have processes; without any, the one here says what becomes of what it is given."""
        used = [self._of_mover(name) for name in sorted(self.mirror.movers())]
        return list(dict.fromkeys(used)) or [self._here]


def _owner(identifier: str) -> str:
    """The instance whose task or incident this is."""
    return identifier.partition(":")[0]
