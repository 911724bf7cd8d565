"""Starting instances, and bringing messages and signals to those that wait for them.

Whether an instance takes a message is decided in its workflow, which does one thing at a time; so of two messages for
one subscription one is taken, whoever brings them. The rows (`mailbox`) only say whom to ask. A message that is kept
and an instance that begins to wait do not see each other in two transactions at the same time, so both look again:
who published it after leaving it to others, and the record that opened the subscription after its commit.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from workflows.diagrams.graph import EventKind
from workflows.embedded.mirror import Mirror
from workflows.engine import Correlation
from workflows.temporal import names
from workflows.temporal.attributes import Attributes
from workflows.temporal.mailbox import Kept, Mailbox, Waiting
from workflows.temporal.payloads import Arrived, Begin, Sent, StartTimer
from workflows.temporal.starts import StartEvent, StartEvents

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Hosting:
    """Where instances run, and at how many events their histories begin anew."""

    task_queue: str = names.TASK_QUEUE
    longest: int = 4_000
    attributes: Attributes = field(default_factory=Attributes, compare=False, repr=False)


class Post:
    """Carries what is for instances to their workflows, through one client."""

    def __init__(self, client: Client, mirror: Mirror, hosting: Hosting, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._mirror = mirror
        self._hosting = hosting
        self._clock = clock
        self._mailbox = Mailbox(mirror)
        self._starts = StartEvents(mirror)

    async def start(self, instance_id: str, definition_id: str, variables: dict[str, Any], **how: Any) -> None:
        """Start an instance, and return when the store knows it; one that was started before is left alone.

        `how` are more fields of `Begin`.
        """
        shown = await self._hosting.attributes.known(self._client)
        begin = Begin(definition_id, variables, attributes=shown, longest=self._hosting.longest, **how)
        operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            names.PROCESS,
            begin,
            id=instance_id,
            task_queue=self._hosting.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        starting = asyncio.ensure_future(operation.workflow_handle())  # it would report an error that nobody hears
        try:
            await self._client.execute_update_with_start_workflow("started", start_workflow_operation=operation)
        except WorkflowAlreadyStartedError:  # and has ended
            return
        finally:
            starting.cancel()

    async def publish(self, sent: Sent) -> Correlation:
        """Deliver a message, or keep it; the same one again, within its time to live, changes nothing."""
        if sent.seconds_to_live:
            taker = await asyncio.to_thread(self._mailbox.keep, sent, self._clock())
            if taker is not None:
                return Correlation(sent.id, taker or None)
        return Correlation(sent.id, await self._deliver(Kept(sent)))

    async def match(self, name: str | None = None, correlation_key: str | None = None) -> None:
        """Deliver the kept messages of this name and key (None: of any) that somebody waits for."""
        while kept := await asyncio.to_thread(self._mailbox.claim, name, correlation_key, self._clock()):
            if await self._deliver(kept, again=False) is None:
                return

    async def broadcast(self, sent: Sent) -> None:
        """Bring a signal to all that wait for it now, but its thrower, and to start events."""
        signal = Arrived(sent.id, sent.name, sent.variables)
        for instance_id in await asyncio.to_thread(self._mailbox.waiting_for_signal, sent.name):
            if instance_id != sent.thrower:
                await self._signal(instance_id, signal)
        for event in await asyncio.to_thread(self._starts.named, EventKind.SIGNAL, sent.name):
            instance_id = _derived_id(sent.id, event.definition_id, event.element_id)
            await self.start(instance_id, event.definition_id, sent.variables, node=event.element_id)

    async def start_by_timer(self, timer: StartTimer) -> bool:
        """Start the next instance of a timer start event; return False if a newer version has taken its place."""
        if not await asyncio.to_thread(self._starts.counts, timer.definition_id):
            return False
        instance_id = _derived_id(timer.definition_id, timer.element_id, str(timer.fired))
        await self.start(instance_id, timer.definition_id, {}, node=timer.element_id)
        return True

    async def set_start_timers(self) -> None:
        """Let every timer start event have the workflow that waits for it, once."""
        for event in await asyncio.to_thread(self._starts.timers):
            schedule = event.schedule or {}
            timer = StartTimer(
                event.definition_id, event.element_id, schedule["kind"], schedule["text"], schedule["set_at"]
            )
            try:
                await self._client.start_workflow(
                    names.START_TIMER,
                    timer,
                    id=f"dams-start-{event.definition_id}-{event.element_id}",
                    task_queue=self._hosting.task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                )
            except WorkflowAlreadyStartedError:
                continue

    async def keep_house(self) -> None:
        """Deliver what was left behind by who died, and forget the messages whose time is over."""
        await self.match()
        await asyncio.to_thread(self._mailbox.expire, self._clock())

    async def _deliver(self, kept: Kept, *, again: bool = True) -> str | None:
        """Give a message to whoever takes it, and return the instance; None if nobody does."""
        sent = kept.sent
        taker = await self._offered_before(kept) or await self._offer(sent) or await self._start_by(sent)
        if not sent.seconds_to_live:
            return taker
        if taker is not None:
            await asyncio.to_thread(self._mailbox.taken, sent, taker)
            return taker
        await asyncio.to_thread(self._mailbox.release, sent)
        if again:
            await self.match(sent.name, sent.correlation_key)
        return None

    async def _offered_before(self, kept: Kept) -> str | None:
        """Ask the one whom somebody who died had asked; what has ended may have taken it, so that it counts as such."""
        if kept.offered is None:
            return None
        if kept.offered.number is None:
            events = await asyncio.to_thread(self._starts.named, EventKind.MESSAGE, kept.sent.name)
            return await self._begin(kept.sent, events[0], kept.offered.instance_id) if events else None
        answer = await self._take(kept.sent, kept.offered)
        return kept.offered.instance_id if answer in {"taken", "ended"} else None

    async def _offer(self, sent: Sent) -> str | None:
        tried: set[Waiting] = set()
        while waiting := await asyncio.to_thread(self._mailbox.offer, sent, tried):
            tried.add(waiting)
            if sent.seconds_to_live:
                await asyncio.to_thread(self._mailbox.note, sent, waiting)
            if await self._take(sent, waiting) == "taken":
                return waiting.instance_id
        return None

    async def _take(self, sent: Sent, waiting: Waiting) -> str:
        arrived = Arrived(sent.id, sent.name, sent.variables, waiting.number or 0)
        handle = self._client.get_workflow_handle(waiting.instance_id)
        try:
            answer: str = await handle.execute_update(
                "take_message", arrived, id=f"{waiting.number}-{_digest(sent.id)}", result_type=str
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return "ended"
            raise
        return answer

    async def _start_by(self, sent: Sent) -> str | None:
        """Start an instance at the message start event of this name, if there is one."""
        events = await asyncio.to_thread(self._starts.named, EventKind.MESSAGE, sent.name)
        if not events:
            return None
        instance_id = _derived_id(sent.id, events[0].definition_id, events[0].element_id)
        if sent.seconds_to_live:
            await asyncio.to_thread(self._mailbox.note, sent, Waiting(instance_id))
        return await self._begin(sent, events[0], instance_id)

    async def _begin(self, sent: Sent, event: StartEvent, instance_id: str) -> str:
        await self.start(
            instance_id, event.definition_id, sent.variables, node=event.element_id, business_key=sent.correlation_key
        )
        return instance_id

    async def _signal(self, instance_id: str, signal: Arrived) -> None:
        try:
            await self._client.get_workflow_handle(instance_id).signal("signal_arrived", signal)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it ended before the store heard of it
                raise


def _derived_id(*parts: str) -> str:
    """Return an id for an instance that is the same however often the same thing starts it."""
    return _digest(*parts)[:36]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
