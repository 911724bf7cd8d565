"""The throwaway Temporal server keeps its workflows when it is killed, and its double skips time."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.servers import temporal
from tests.servers.programs import ServerMissingError
from tests.servers.sleeper import Sleeper
from tests.servers.temporal import running_temporal

QUEUE = "tests"


def test_a_workflow_survives_the_crash_of_its_server(tmp_path: Path) -> None:
    async def begin(address: str) -> None:
        client = await Client.connect(address)
        await client.start_workflow(Sleeper.run, 1.0, id="sleeper", task_queue=QUEUE)

    async def finish(address: str) -> str:
        client = await Client.connect(address)
        async with Worker(client, task_queue=QUEUE, workflows=[Sleeper]):
            return await client.get_workflow_handle_for(Sleeper.run, "sleeper").result()

    with running_temporal(tmp_path) as server:
        asyncio.run(begin(server.address))
        server.crash()
        assert asyncio.run(finish(server.address)) == "awake"


def test_a_month_passes_at_once_where_time_is_skipped(time_skipping_temporal: Path) -> None:
    async def sleep_for_a_month() -> timedelta:
        async with (
            await WorkflowEnvironment.start_time_skipping(
                test_server_existing_path=str(time_skipping_temporal),
                test_server_startup_timeout=timedelta(seconds=60),
            ) as environment,
            Worker(environment.client, task_queue=QUEUE, workflows=[Sleeper]),
        ):
            before = await environment.get_current_time()
            month = timedelta(days=30).total_seconds()
            await environment.client.execute_workflow(Sleeper.run, month, id="sleeper", task_queue=QUEUE)
            return await environment.get_current_time() - before

    assert asyncio.run(sleep_for_a_month()) >= timedelta(days=30)


def test_a_machine_without_temporal_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporal, "TEMPORAL", tmp_path / "temporal")
    with pytest.raises(ServerMissingError, match="setup services"), running_temporal(tmp_path):
        pass
