"""Histories of reservations: replayed as they were lived, and kept for the versions of the code to come.

With the environment variable `KEEP_HISTORIES` set to a folder, the histories that tests replay are written there,
without what belongs to the machine; those in `reservations` come from there.
"""

import json
import os
import re
from pathlib import Path

from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer

from workflows.temporal.reservation_payloads import Details
from workflows.temporal.reserve_appointment import ReserveAppointmentWorkflow

OF_THE_MACHINE = re.compile(r"""(?<=")(?:\d+@[\w.-]+|\s*File (?:[^"\\]|\\.)*)(?=")""")
"""Names of processes, and stacks."""


async def replayed(handle: WorkflowHandle[ReserveAppointmentWorkflow, Details]) -> int:
    """Replay every run of a reservation, the last one first; return how many there were."""
    client, runs = handle._client, []
    run_id = (await handle.describe()).run_id
    while run_id:
        history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        runs.append(history)
        run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    for number, history in enumerate(runs):
        await replay(history, ReserveAppointmentWorkflow)
        if folder := os.environ.get("KEEP_HISTORIES"):
            name = f"{handle.id.lower().removeprefix('t-')}_{len(runs) - number}.json"
            content = {"id": handle.id, "history": history.to_json_dict()}
            Path(folder, name).write_text(OF_THE_MACHINE.sub("", json.dumps(content, indent=1)) + "\n")
    return len(runs)


async def replay(history: WorkflowHistory, workflow: type) -> None:
    """Replay a history with a workflow; raise if that takes another course."""
    await Replayer(workflows=[workflow], build_id="tests").replay_workflow(history)
