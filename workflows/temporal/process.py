"""The workflow that hosts a process instance, as the outside reaches it.

People reach it by updates, which are refused before they are in its history if they can't be carried out, and which
return once the store knows what came of them; other instances and timers by signals; and everybody by its queries.
"""

import asyncio
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.core import activities_at, commands, positions, process_variables
    from workflows.errors import Conflict, InvalidInput
    from workflows.temporal import names
    from workflows.temporal.payloads import Answered, Arrived, Audit, Begin, Operation, TaskAnswer

from workflows.temporal.hosting import definition
from workflows.temporal.running import Running, refusal


@workflow.defn(name=names.PROCESS)
class ProcessWorkflow:
    """One process instance: our core, whose effects Temporal carries out."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        self._running = Running(begin)
        self._hosted = self._running.hosted
        self._work = self._running.work

    @workflow.run
    async def run(self, begin: Begin) -> dict[str, Any]:  # noqa: ARG002 - `__init__` has it
        """Run the instance; return its outcome and variables."""
        running = asyncio.create_task(self._running.run())
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if self._hosted.finished is None:
                self._running.apply(commands.Cancel(), audit=Audit("cancel", reason="It was cancelled in Temporal."))
            return await running

    # What people answer.

    @workflow.update
    async def started(self) -> None:
        """Return once the store knows that the instance has started."""
        await self._running.known()

    @workflow.update
    async def complete_task(self, answer: TaskAnswer) -> None:
        """Complete a user task."""
        command = commands.Complete(answer.number, answer.variables)
        self._running.apply(command, by=answer.by, ended_task=answer.number)
        await self._running.known()

    @workflow.update
    async def throw_task_error(self, answer: TaskAnswer) -> None:
        """End a user task with a BPMN error."""
        command = commands.ThrowError(answer.number, answer.code, answer.text, answer.variables)
        self._running.apply(command, audit=answer.audit)
        await self._running.known()

    @workflow.update
    async def escalate_task(self, answer: TaskAnswer) -> None:
        """Raise an escalation from a user task."""
        self._running.apply(commands.Escalate(answer.number, answer.code, answer.variables), audit=answer.audit)
        await self._running.known()

    @complete_task.validator
    def _check_completion(self, answer: TaskAnswer) -> None:
        self._check_task(answer)

    @throw_task_error.validator
    def _check_error(self, answer: TaskAnswer) -> None:
        self._check_task(answer)

    @escalate_task.validator
    def _check_escalation(self, answer: TaskAnswer) -> None:
        self._check_task(answer)

    def _check_task(self, answer: TaskAnswer) -> None:
        task_id = f"{self._hosted.id}:{answer.number}"
        if self._hosted.state.status == "suspended":
            raise Conflict(f"The user task {task_id!r} is suspended with its process instance: resume that first.")
        if str(answer.number) not in self._work.open_tasks:
            raise Conflict(f"The user task {task_id!r} is not open any more: there is nothing left to complete.")

    # What operators do.

    @workflow.update
    async def suspend(self, operation: Operation) -> None:
        """Hold the instance."""
        self._running.apply(commands.Suspend(), audit=operation.audit)
        self._work.offer_less()
        await self._running.known()

    @workflow.update
    async def resume(self, operation: Operation) -> None:
        """Let the instance go on."""
        self._running.apply(commands.Resume(), audit=operation.audit)
        await self._running.known()

    @workflow.update
    async def cancel(self, operation: Operation) -> None:
        """End the instance without finishing it."""
        self._running.apply(commands.Cancel(), audit=operation.audit)
        await self._running.known()

    @workflow.update
    async def set_variables(self, operation: Operation) -> None:
        """Set variables of the process, or those that are visible at the wait or activity `number`."""
        command = commands.SetVariables(operation.variables, operation.number, operation.local)
        self._running.apply(command, audit=operation.audit)
        await self._running.known()

    @workflow.update
    async def modify(self, operation: Operation) -> None:
        """Cancel what goes on in elements, or single activities, and start at elements."""
        chosen = tuple(dict.fromkeys(number for wanted in operation.cancel for number in self._chosen(wanted)))
        command = commands.Modify(chosen, tuple(operation.start), operation.variables)
        self._running.apply(command, audit=operation.audit)
        await self._running.known()

    @workflow.update
    async def migrate(self, operation: Operation) -> None:
        """Move the instance to another definition."""
        migrated = operation.migrated
        assert migrated is not None  # noqa: S101 - the engine always says where to
        elements = {node.id: node.type for node in self._hosted.definition.graph.nodes.values()}
        command = commands.Migrate(definition(migrated.definition_id).process_id, elements, migrated.renamed)
        self._running.apply(command, audit=operation.audit, migrated=migrated)
        await self._running.known()

    @workflow.update
    async def resolve(self, operation: Operation) -> None:
        """Try the element of an incident again, a job with so many retries."""
        command = commands.Resolve(operation.number or 0)
        self._running.apply(command, audit=operation.audit, retries=operation.retries)
        await self._running.known()

    def _chosen(self, wanted: str) -> tuple[int, ...]:
        """The activities that are meant by an element or by an entry of the history."""
        hosted = self._hosted
        if wanted in hosted.definition.graph.nodes:
            activities = activities_at(hosted.state, wanted)
            if not activities:
                raise refusal(Conflict(f"Nothing goes on in the element {wanted!r}."))
            return activities
        of, _, number = wanted.partition(":")
        if of != hosted.id or not number.isdecimal():
            raise refusal(InvalidInput(f"There is no element {wanted!r} to cancel."))
        return (int(number),)

    # What comes from other instances, and from events.

    @workflow.update
    def take_message(self, message: Arrived) -> str:
        """Take a message for one subscription, and say whether it was "taken", or else why not: the subscription is
        "closed", or the instance "suspended". The same message again is taken without doing anything."""
        if message.id in self._hosted.seen:
            return "taken"
        if self._hosted.state.status == "suspended":
            return "suspended"
        if message.number not in self._hosted.state.subscriptions:
            return "closed"
        self._running.apply(commands.MessageArrived(message.number, message.variables))
        self._hosted.see(message.id)
        return "taken"

    @workflow.signal
    def signal_arrived(self, signal: Arrived) -> None:
        """Take a signal, wherever it is waited for."""
        if self._hosted.see(signal.id):
            self._hosted.inbox.append(commands.SignalArrived(signal.name, signal.variables))

    @workflow.signal
    def call_answered(self, answer: Answered) -> None:
        """Hear what became of a called instance."""
        number, inbox = answer.number, self._hosted.inbox
        match answer.outcome:
            case "finished":
                inbox.append(commands.CallFinished(number, answer.variables))
            case "error":
                inbox.append(commands.ThrowError(number, answer.code, answer.text))
            case "escalation":
                inbox.append(commands.Escalate(number, answer.code))
                return
            case _:
                inbox.append(commands.Fail(number, answer.text))
        self._work.calls.pop(number, None)

    @workflow.signal
    def caller_gone(self) -> None:
        """End, as the calling instance does not wait any more."""
        self._work.caller_id = None
        if self._hosted.finished is None:
            why = "The calling instance does not wait for it any more."
            self._running.apply(commands.Cancel(), audit=Audit("cancel", reason=why))

    # What can be asked.

    @workflow.query
    def status(self) -> dict[str, Any]:
        """Where the instance stands: its status, its definition, and by element how many tokens wait and whether one
        has an incident; the types of its open jobs, and its open user tasks by number."""
        hosted = self._hosted
        at = positions(hosted.definition.graph, hosted.state)
        return {
            "status": hosted.state.status,
            "definition_id": hosted.definition.id,
            "process_id": hosted.definition.process_id,
            "version": hosted.definition.version,
            "step": hosted.step,
            "tokens": {node: {"tokens": each.tokens, "incident": each.incident} for node, each in at.items()},
            "jobs": sorted(job.type for job in self._work.jobs.values() if not job.failed),
            "tasks": self._work.open_tasks,
        }

    @workflow.query
    def variables(self) -> dict[str, Any]:
        """The process variables."""
        return process_variables(self._hosted.state)
