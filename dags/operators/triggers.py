"""Waiting for a process without holding a worker."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from airflow.providers.http.hooks.http import HttpAsyncHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

from operators.service import INSTANCES, SECONDS

RUNNING = frozenset({"active", "suspended"})


class ProcessTrigger(BaseTrigger):
    """Fires once an instance has ended, has an incident, or waits for other people than when the trigger began.

    The event is the instance as the service shows it. `tasks` are the ids of the user tasks known by then, `interval`
    is in seconds. A service that can't be reached for a while is asked again.
    """

    def __init__(self, connection: str, instance_id: str, tasks: list[str], interval: float) -> None:
        super().__init__()
        self.connection = connection
        self.instance_id = instance_id
        self.tasks = tasks
        self.interval = interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process makes the same trigger from."""
        arguments = {
            "connection": self.connection,
            "instance_id": self.instance_id,
            "tasks": self.tasks,
            "interval": self.interval,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask until there is news."""
        hook = HttpAsyncHook(method="GET", http_conn_id=self.connection)
        path = f"{INSTANCES}/{self.instance_id}"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SECONDS)) as session:
            while True:
                try:
                    response = await hook.run(session=session, endpoint=path)
                    instance = await response.json()
                except (aiohttp.ClientConnectionError, TimeoutError) as away:
                    self.log.warning("The service can't be reached, and is asked again: %s", away)
                else:
                    if is_news(instance, self.tasks):
                        yield TriggerEvent(instance)
                        return
                await asyncio.sleep(self.interval)


def is_news(instance: dict[str, Any], tasks: list[str]) -> bool:
    """Say whether somebody who knows these user tasks wants to hear of an instance."""
    waits_for = [task["id"] for task in instance["tasks"]]
    return instance["state"] not in RUNNING or bool(instance["open_incidents"]) or waits_for != tasks
