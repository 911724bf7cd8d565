"""What a workflow can't do itself: everything with the store, and what goes to other workflows through a client."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from temporalio import activity

from workflows.diagrams.graph import Binding
from workflows.embedded.cores import TEMPORAL
from workflows.embedded.definitions import Wanted
from workflows.embedded.mirror import Mirror
from workflows.errors import NotFound
from workflows.temporal import names, recording
from workflows.temporal.payloads import Asked, Called, Found, Record, Sent, StartTimer
from workflows.temporal.post import Post
from workflows.temporal.records import from_record, to_record
from workflows.timers import parse_instant


class Activities:
    """The activities of the workflows that host instances."""

    def __init__(self, mirror: Mirror, post: Post) -> None:
        self._mirror = mirror
        self._post = post

    def all(self) -> Sequence[Callable[..., Any]]:
        """What a worker has to know."""
        return (
            self.record,
            self.find_definition,
            self.answer,
            self.publish,
            self.broadcast,
            self.start_by_timer,
        )

    @activity.defn(name=names.RECORD)
    async def record(self, record: Record) -> None:
        """Tell the store what an instance did, and bring it the messages that were kept for it."""
        for name, correlation_key in await asyncio.to_thread(recording.write, self._mirror, record):
            await self._post.match(name, correlation_key)

    @activity.defn(name=names.FIND_DEFINITION)
    async def find_definition(self, called: Called) -> Found:
        """Find the version of a process that a call activity wants."""
        wanted = Wanted(Binding(called.binding), called.version, called.deployment_id)
        try:
            found = await asyncio.to_thread(self._mirror.find, called.process_id, wanted)
        except NotFound as error:
            return Found(reason=str(error))
        mover = await asyncio.to_thread(self._mirror.mover_of_definition, found)
        if mover != TEMPORAL:
            return Found(
                reason=f"The process {called.process_id!r} is moved by {mover!r}: it can't be called from here."
            )
        return Found(found)

    @activity.defn(name=names.ANSWER)
    async def answer(self, asked: Asked) -> list[Any]:
        """Evaluate a script or decision, and return the command that answers it."""
        now: datetime = parse_instant(asked.now)
        request = from_record(asked.request)
        command = await asyncio.to_thread(self._mirror.evaluate, asked.definition_id, request, asked.variables, now)
        return to_record(command)

    @activity.defn(name=names.PUBLISH)
    async def publish(self, sent: Sent) -> None:
        """Deliver a message that an instance threw."""
        await self._post.publish(sent)

    @activity.defn(name=names.BROADCAST)
    async def broadcast(self, sent: Sent) -> None:
        """Spread a signal that an instance threw."""
        await self._post.broadcast(sent)

    @activity.defn(name=names.START_BY_TIMER)
    async def start_by_timer(self, timer: StartTimer) -> bool:
        """Start an instance whose time has come; return False if its version does not count any more."""
        return await self._post.start_by_timer(timer)
