"""How a workflow runs a process instance: turn by turn, with the store told of every step, in one history or several.

It runs in the sandbox. `process` is what the outside reaches of it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey, SearchAttributeUpdate
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.core import commands
    from workflows.errors import WorkflowError
    from workflows.temporal import names
    from workflows.temporal.payloads import Audit, Begin, Carried, Migrated
    from workflows.temporal.records import to_record

from workflows.temporal.hosting import Hosted
from workflows.temporal.work import Work

_TURN = 100
"""Steps that the store may be behind before commands from the inbox wait."""

_TOO_LONG = 2
"""Times the length at which a run gives way when nothing is under way: then what is under way is taken back."""

_RECORD_TIME = timedelta(seconds=60)
_RECORD_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=30))

_PROCESS_ID = SearchAttributeKey.for_keyword(names.ATTRIBUTES[0])
_VERSION = SearchAttributeKey.for_int(names.ATTRIBUTES[1])
_BUSINESS_KEY = SearchAttributeKey.for_keyword(names.ATTRIBUTES[2])
_OPEN_TASKS = SearchAttributeKey.for_keyword_list(names.ATTRIBUTES[3])


class Running:
    """The run of an instance that one history holds."""

    def __init__(self, begin: Begin) -> None:
        self.hosted = Hosted(begin)
        self.work = Work(self.hosted)
        self._begin = begin
        self._shown: Sequence[str] | None = None

    async def run(self) -> dict[str, Any]:
        """Run until the instance has ended, and return its outcome and variables; or continue as new."""
        hosted, work = self.hosted, self.work
        work.spawn(self._record())
        if self._begin.carried is None:
            self._start()
        else:
            work.take_up()
        while hosted.finished is None and work.failure is None:
            await workflow.wait_condition(self._ready)
            if self._long and self._settled:
                workflow.continue_as_new(self._next())
            if self._too_long:
                work.draining = True
                work.offer_less()
            self._take_turn()
        await workflow.wait_condition(self._over)
        if work.failure is not None:
            raise RuntimeError(f"{hosted.id} can't go on: {work.failure!r}") from work.failure
        assert hosted.finished is not None  # noqa: S101 - nothing else ends the loop
        return {"outcome": hosted.finished.outcome, "variables": hosted.finished.variables}

    def apply(
        self,
        command: commands.Command,
        *,
        by: str | None = None,
        audit: Audit | None = None,
        ended_task: int | None = None,
        migrated: Migrated | None = None,
        retries: int = 1,
    ) -> None:
        """Apply a command at once, and have carried out what follows; what the core refuses fails the update."""
        by = audit.by if audit is not None else by
        try:
            followed = self.hosted.apply(command, by=by, audit=audit, ended_task=ended_task, migrated=migrated)
        except WorkflowError as error:
            raise refusal(error) from error
        if ended_task is not None:
            self.work.ended_task(ended_task)
        for effect in followed:
            self.work.react(effect, by=by, retries=retries)

    async def known(self) -> None:
        """Wait until the store has heard of all that has happened so far."""
        await workflow.wait_condition(lambda: self.hosted.step > 0)
        step = self.hosted.step
        await workflow.wait_condition(lambda: self.hosted.recorded >= step)

    def _start(self) -> None:
        begin = self._begin
        command = commands.Start(
            self.hosted.definition.process_id,
            begin.variables,
            node=begin.node,
            initiator=begin.by,
            business_key=begin.business_key,
            called=begin.caller_id is not None,
            at=tuple(begin.at),
            until=tuple(begin.until),
        )
        self.apply(command, by=begin.by)

    def _take_turn(self) -> None:
        """Apply some of what has come. What is not waited for any more has no meaning."""
        hosted = self.hosted
        while hosted.inbox and hosted.active and hosted.step - hosted.recorded < _TURN:
            command = hosted.inbox.popleft()
            try:
                self.apply(command)
            except ApplicationError as error:
                workflow.logger.debug("%s was passed over: %s", type(command).__name__, error)

    async def _record(self) -> None:
        """Tell the store of every step, in order, as many at once as there are."""
        hosted = self.hosted
        while True:
            await workflow.wait_condition(lambda: hosted.behind)
            last, record = hosted.step, hosted.take_record()
            self._show()
            await workflow.execute_activity(
                names.RECORD,
                record,
                activity_id=f"record-{last}",
                start_to_close_timeout=_RECORD_TIME,
                retry_policy=_RECORD_RETRY,
            )
            hosted.recorded = last

    def _show(self) -> None:
        """Let the server find the instance by what it is and waits for."""
        tasks = sorted(set(self.work.open_tasks.values()))
        if not self._begin.attributes or tasks == self._shown:
            return
        self._shown = tasks
        definition, business_key = self.hosted.definition, self._begin.business_key
        shown: list[SearchAttributeUpdate[Any]] = [
            _PROCESS_ID.value_set(definition.process_id),
            _VERSION.value_set(definition.version),
            _OPEN_TASKS.value_set(tasks),
        ]
        if business_key is not None:
            shown.append(_BUSINESS_KEY.value_set(business_key))
        workflow.upsert_search_attributes(shown)

    @property
    def _long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > self._begin.longest

    @property
    def _too_long(self) -> bool:
        return workflow.info().get_current_history_length() > _TOO_LONG * self._begin.longest

    @property
    def _settled(self) -> bool:
        """Whether another run could go on here."""
        return self.work.quiet and self._all_recorded and workflow.all_handlers_finished()

    @property
    def _all_recorded(self) -> bool:
        return self.hosted.recorded == self.hosted.step

    def _ready(self) -> bool:
        """Whether there is something to do. A run that is long does nothing more as soon as nothing is under way."""
        hosted, work = self.hosted, self.work
        if hosted.finished is not None or work.failure is not None:
            return True
        if self._long and work.quiet:
            return self._settled
        if self._too_long and not work.draining:
            return True
        return hosted.active and bool(hosted.inbox) and hosted.step - hosted.recorded < _TURN

    def _over(self) -> bool:
        if self.work.failure is not None:
            return True
        return self._all_recorded and not self.work.telling and workflow.all_handlers_finished()

    def _next(self) -> Begin:
        """What the next run begins with."""
        hosted, work, begin = self.hosted, self.work, self._begin
        carried = Carried(
            hosted.definition.id,
            hosted.started_at,
            hosted.step,
            hosted.state.to_json(),
            [to_record(command) for command in hosted.inbox],
            list(work.jobs.values()),
            {str(number): called_id for number, called_id in work.calls.items()},
            work.open_tasks,
            list(hosted.seen),
        )
        return Begin(
            begin.definition_id,
            business_key=begin.business_key,
            by=begin.by,
            caller_id=work.caller_id,
            caller_number=begin.caller_number,
            attributes=begin.attributes,
            longest=begin.longest,
            carried=carried,
        )


def refusal(error: WorkflowError) -> ApplicationError:
    """Return what fails an update so that the engine raises the same error to whoever sent it."""
    return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
