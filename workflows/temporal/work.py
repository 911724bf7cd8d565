"""What the core's effects are on Temporal: activities, timers, child workflows and signals.

Whatever comes of them goes into the inbox of the instance, and is applied when it is active.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, FailureError, TimeoutType
from temporalio.exceptions import TimeoutError as TimedOut
from temporalio.workflow import ActivityCancellationType, ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from workflows.core import commands, effects, open_waits, visible_variables
    from workflows.embedded.effects import CONTINUATION
    from workflows.embedded.retries import attempts
    from workflows.temporal import names
    from workflows.temporal.payloads import Answered, Asked, Begin, Called, Found, Job, JobInput, Sent
    from workflows.temporal.records import from_record, to_record

from workflows.temporal.hosting import Hosted

HEARTBEAT = timedelta(seconds=15)
"""How long a worker may be silent before its job is offered to another one."""

_JOB_TIME = timedelta(days=365)
"""A job lasts as long as its worker shows that it is alive."""

_LONGEST_SLEEP = timedelta(days=365)
_AT_ONCE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)
_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=30))
_THROWN_SECONDS_TO_LIVE = 3600.0
"""How long a message thrown by a process waits for an instance with its correlation key."""


class Work:
    """What an instance has asked for. While it is `draining` it asks for no more jobs."""

    def __init__(self, hosted: Hosted) -> None:
        carried = hosted.begin.carried
        self.hosted = hosted
        self.jobs: dict[int, Job] = {job.number: job for job in carried.jobs} if carried else {}
        self.calls: dict[int, str] = {int(key): value for key, value in carried.calls.items()} if carried else {}
        self.open_tasks: dict[str, str] = dict(carried.open_tasks) if carried else {}
        self.caller_id = hosted.begin.caller_id
        self.draining = False
        self.failure: BaseException | None = None
        self._handles: dict[int, workflow.ActivityHandle[dict[str, Any]]] = {}
        self._timers: dict[int, asyncio.Task[None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._telling = 0

    @property
    def quiet(self) -> bool:
        """Whether no activity is under way that would have to be begun again by another run."""
        return not self._handles and not self._telling

    @property
    def telling(self) -> bool:
        """Whether something is still to be said to others."""
        return self._telling > 0

    def take_up(self) -> None:
        """Go on with what an earlier run was asked for."""
        if self.hosted.active:
            for wait in open_waits(self.hosted.state):
                if wait.due is not None:
                    self._set_timer(wait.id, wait.due)
        for number, job in self.jobs.items():
            if not job.failed:
                self.spawn(self._serve(number))

    def ended_task(self, number: int) -> None:
        """A user task is not open any more."""
        self.open_tasks.pop(str(number), None)

    def react(self, effect: effects.Effect, *, by: str | None = None, retries: int = 1) -> None:
        """Have an effect carried out. `retries` are what a job gets whose incident is resolved."""
        match effect:
            case effects.JobCreated():
                self._create_job(effect)
            case effects.JobWithdrawn(id=number):
                self._withdraw_job(number)
            case effects.UserTaskOpened(id=number, node=node):
                self.open_tasks[str(number)] = node
            case effects.UserTaskClosed(id=number):
                self.ended_task(number)
            case effects.TimerSet(id=number, due=due):
                self._set_timer(number, due)
            case effects.TimerCleared(id=number):
                self._clear_timer(number)
            case effects.ScriptRequested() | effects.DecisionRequested():
                self._say(self._ask(effect))
            case effects.CallRequested():
                self._say(self._call(effect, by))
            case effects.CallWithdrawn(id=number):
                self._withdraw_call(number)
            case effects.IncidentRaised(wait=int(number)) if number in self.jobs:
                self.jobs[number] = replace(self.jobs[number], failed=True)
            case effects.IncidentResolved(wait=int(number)) if number in self.jobs:
                self.jobs[number] = replace(self.jobs[number], failed=False, retries=retries)
                self.spawn(self._serve(number))
            case _:
                self._speak(effect)

    def offer_less(self) -> None:
        """Take back the jobs that no worker has begun: while the instance is suspended, or its run is long."""
        for handle in self._handles.values():
            handle.cancel()

    def _speak(self, effect: effects.Effect) -> None:
        """Tell others what the instance says."""
        match effect:
            case effects.MessageThrown(name=name, correlation_key=key, variables=variables):
                key = self.hosted.begin.business_key if key is None else key
                seconds = _THROWN_SECONDS_TO_LIVE if key else 0.0
                self._tell(names.PUBLISH, Sent(self._said(), name, key, variables, seconds))
            case effects.SignalThrown(name=name, variables=variables):
                self._tell(names.BROADCAST, Sent(self._said(), name, None, variables, thrower=self.hosted.id))
            case effects.EscalationUncaught(code=code):
                self._answer_caller("escalation", code=code)
            case effects.InstanceFinished(outcome="completed", variables=variables):
                self._answer_caller("finished", variables=variables)
            case effects.InstanceFinished(outcome="failed"):
                self._answer_caller("error", code=effect.error_code or "", text=effect.error_message)
            case effects.InstanceFinished():
                self._answer_caller("failed", text="The called instance was cancelled.")

    def _said(self) -> str:
        """Return an id for what the instance says, which is the same however often it is said."""
        return workflow.uuid4().hex

    def _create_job(self, effect: effects.JobCreated) -> None:
        if effect.type.startswith(CONTINUATION):
            self.hosted.inbox.append(commands.Complete(effect.id))
            return
        cycle = effect.retry_cycle
        retries = effect.retries if cycle is None else attempts(cycle)
        self.jobs[effect.id] = Job(effect.id, effect.node, effect.type, retries, dict(effect.headers), cycle)
        self.spawn(self._serve(effect.id))

    def _withdraw_job(self, number: int) -> None:
        self.jobs.pop(number, None)
        handle = self._handles.get(number)
        if handle is not None:
            handle.cancel()

    async def _serve(self, number: int) -> None:
        """Offer a job until somebody has done it, it has failed for good, or nobody wants it any more."""
        while (job := self.jobs.get(number)) is not None:
            await workflow.wait_condition(lambda: number not in self.jobs or self._may_offer)
            if number not in self.jobs:
                return
            answer = await self._offer(job)
            if answer is None or number not in self.jobs:
                continue
            if isinstance(answer, commands.Complete):
                del self.jobs[number]
            self.hosted.inbox.append(answer)
            return

    @property
    def _may_offer(self) -> bool:
        return self.hosted.active and not self.draining

    async def _offer(self, job: Job) -> commands.Command | None:
        """Have an activity do a job; return what it answers, None if it is to be offered again."""
        self.jobs[job.number] = replace(job, offers=job.offers + 1)
        handle: workflow.ActivityHandle[dict[str, Any]] = workflow.start_activity(
            job.type,
            self._input(job),
            task_queue=names.job_queue(workflow.info().task_queue, job.type),
            activity_id=f"job-{job.number}-{job.offers}",
            result_type=dict[str, Any],
            start_to_close_timeout=_JOB_TIME,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RetryPolicy(maximum_attempts=max(job.retries, 1), maximum_interval=_LONGEST_PAUSE),
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        self._handles[job.number] = handle
        try:
            return commands.Complete(job.number, await handle)
        except ActivityError as error:
            failure = error.cause
        except asyncio.CancelledError:  # it was taken back before the server heard of it
            return None
        finally:
            del self._handles[job.number]
        return await self._outcome(job, failure)

    async def _outcome(self, job: Job, failure: BaseException | None) -> commands.Command | None:
        match failure:
            case CancelledError():
                return None
            case TimedOut(type=TimeoutType.HEARTBEAT):  # the worker died, which is no attempt of the handler
                return None
            case ApplicationError(type=names.BPMN_ERROR, details=(str(code), str(message), *brought)):
                return commands.ThrowError(job.number, code, message, dict(*brought))
            case ApplicationError(type=names.ASK_AGAIN, details=(seconds, failures)):
                if job.number in self.jobs:
                    known = self.jobs[job.number]
                    self.jobs[job.number] = replace(known, retries=max(job.retries - int(failures), 1))
                await workflow.sleep(float(seconds))
                return None
            case ApplicationError(message=message, type=str(kind)):
                return commands.Fail(job.number, f"{kind}: {message}")
        return commands.Fail(job.number, str(failure))

    def _input(self, job: Job) -> JobInput:
        hosted = self.hosted
        return JobInput(
            f"{hosted.id}:{job.number}",
            job.type,
            hosted.id,
            hosted.definition.process_id,
            job.element_id,
            hosted.begin.business_key,
            visible_variables(hosted.state, job.number),
            job.headers,
            job.retries,
            job.retry_cycle,
        )

    def _set_timer(self, number: int, due: datetime) -> None:
        self._clear_timer(number)
        self._timers[number] = self.spawn(self._time(number, due))

    def _clear_timer(self, number: int) -> None:
        timer = self._timers.pop(number, None)
        if timer is not None:
            timer.cancel()

    async def _time(self, number: int, due: datetime) -> None:
        while (left := due - workflow.now()) > timedelta(0):
            await workflow.sleep(min(left, _LONGEST_SLEEP))
        del self._timers[number]
        self.hosted.inbox.append(commands.TimerDue(number))

    async def _ask(self, request: effects.ScriptRequested | effects.DecisionRequested) -> None:
        """Have a script or decision evaluated; like an expression it has no effects of its own, so that it may be
        evaluated again when the worker dies."""
        hosted = self.hosted
        visible = visible_variables(hosted.state, request.id)
        asked = Asked(hosted.definition.id, to_record(request), visible, workflow.now().isoformat())
        answer: list[Any] = await workflow.execute_local_activity(
            names.ANSWER, asked, result_type=list[Any], start_to_close_timeout=_AT_ONCE, retry_policy=_RETRY
        )
        hosted.inbox.append(from_record(answer))

    async def _call(self, effect: effects.CallRequested, by: str | None) -> None:
        """Start the instance that a call activity asks for: one of its own, which outlives this run of its caller."""
        hosted = self.hosted
        wanted = Called(effect.process, str(effect.binding), effect.version, hosted.definition.deployment_id)
        found: Found = await workflow.execute_local_activity(
            names.FIND_DEFINITION, wanted, result_type=Found, start_to_close_timeout=_AT_ONCE, retry_policy=_RETRY
        )
        if found.reason:
            hosted.inbox.append(commands.Fail(effect.id, found.reason))
        if found.reason or effect.id not in hosted.state.waits:
            return
        called_id = f"{int(workflow.now().timestamp() * 1000):012x}{workflow.uuid4().hex[:24]}"
        begin = Begin(
            found.definition_id,
            effect.variables,
            business_key=effect.business_key,
            by=by,
            caller_id=hosted.id,
            caller_number=effect.id,
            attributes=hosted.begin.attributes,
            longest=hosted.begin.longest,
        )
        self.calls[effect.id] = called_id
        await workflow.start_child_workflow(
            names.PROCESS, begin, id=called_id, parent_close_policy=ParentClosePolicy.ABANDON
        )
        if effect.id not in self.calls:
            await self._signal(called_id, "caller_gone")

    def _withdraw_call(self, number: int) -> None:
        called_id = self.calls.pop(number, None)
        if called_id is not None:
            self._say(self._signal(called_id, "caller_gone"))

    def _answer_caller(self, outcome: str, *, variables: Any = None, code: str = "", text: str = "") -> None:
        if self.caller_id is not None:
            answer = Answered(self.hosted.begin.caller_number, outcome, variables or {}, code, text)
            self._say(self._signal(self.caller_id, "call_answered", answer))

    def _tell(self, activity: str, sent: Sent) -> None:
        self._say(self._carry(activity, sent))

    async def _carry(self, activity: str, sent: Sent) -> None:
        await workflow.execute_activity(activity, sent, start_to_close_timeout=_AT_ONCE * 2, retry_policy=_RETRY)

    async def _signal(self, instance_id: str, name: str, *arguments: object) -> None:
        try:
            await workflow.get_external_workflow_handle(instance_id).signal(name, args=arguments)
        except FailureError as error:
            workflow.logger.info("The instance %s does not take %s: it has ended (%s)", instance_id, name, error)

    def _say(self, saying: Coroutine[Any, Any, None]) -> None:
        """Begin something that has to be finished before the workflow ends."""
        self._telling += 1
        self.spawn(saying).add_done_callback(self._said_it)

    def _said_it(self, _task: asyncio.Task[None]) -> None:
        self._telling -= 1

    def spawn(self, doing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside all else."""
        task = asyncio.create_task(doing)
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        """Nothing ends silently: what went wrong fails the task of the workflow, which is tried again."""
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failure = task.exception()
