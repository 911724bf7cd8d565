"""Records the histories that replay tests read: `python -m tests.temporal.record_histories`.

It leads instances of the repository's diagrams through their lives on a real server, and writes what the server kept
of them to `histories`, with the diagrams as they were then. Record anew only when running instances of the release
before need not go on with the new one: see README.md of `workflows/temporal`.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from temporalio.client import Client

from tests.servers.temporal import running_temporal
from workflows.engine import InstanceQuery, ProcessInstance, Resource, TaskQuery
from workflows.errors import BpmnError
from workflows.values import JsonValue, Variables

from .hosted import Handler, Hosted, hosted, now
from .replaying import OF_THE_MACHINE

HISTORIES = Path(__file__).with_name("histories")
_BPMN = Path(__file__).parents[2] / "bpmn"
_TICKET = "T-0000000001"
_DAY = timedelta(days=1)
_PATIENCE_SECONDS = 60.0
_FORMS: tuple[tuple[str, Variables], ...] = (
    ("Task_Specialization", {"specialization": "Cardiology"}),
    ("Task_SelectDoctor", {"docid": "HSP-200"}),
    ("Task_Availability", {"starts_at": "2026-03-12T09:00:00+00:00"}),
    ("Task_PatientDetail", {"patientid": "7", "priority_level": "3"}),
)
_FREED: Variables = {"freed_docid": "HSP-200", "freed_starts_at": "2026-03-12T09:00:00+00:00"}


def _soon(days: int) -> str:
    return (now() + days * _DAY).isoformat()


def _says(answer: Mapping[str, JsonValue]) -> Handler:
    return lambda _variables: dict(answer)


def _at_first(error: Exception) -> Handler:
    """Raise an error, and answer from then on."""
    errors = [error]

    def handler(_variables: Variables) -> Variables:
        if errors:
            raise errors.pop()
        return {}

    return handler


def _handlers() -> dict[str, Handler]:
    answers: dict[str, Mapping[str, JsonValue]] = {
        "prepare_booking": {"ticketid": _TICKET, "specializations": ["Cardiology"], "patients": []},
        "plan_appointment": {"booked": True, "wake_for": "over", "wake_at": _soon(9)},
        "cancel_appointment": {"refundable": True, **_FREED},
        "charge_appointment": {"payment_reminders": [_soon(1), _soon(2)], "hold_until": _soon(7)},
        "offer_slot": {"offer_id": "O-1", "offer_until": _soon(1)},
        "accept_offer": {"ticketid": "T-2", "patientid": 7, "specialization": "Cardiology"},
        "record_absence": {"tickets": [_TICKET]},
        "list_overdue_bills": {"overdue": ["T-1", "T-2"]},
        "remind_of_overdue_bill": {"reminded": True},
        "select_diagnosis": {"data": [{"resolution": "Rest."}]},
        "retrieve_analysis": {"result": ["Rest."]},
    }
    quiet = (
        "list_doctors", "schedule_documents", "notify_doctor", "tell_cancelled", "issue_release", "take_back_charge",
        "refund_payment", "remind_of_payment", "decline_offer", "expire_offer", "close_overdue", "send_reminder",
    )  # fmt: skip
    handlers = {name: _says({}) for name in quiet} | {name: _says(answer) for name, answer in answers.items()}
    taken, lost = BpmnError("SLOT_TAKEN", "Too late."), RuntimeError("no connection")
    return handlers | {"reserve_slot": _at_first(taken), "list_free_slots": _at_first(lost)}


class Story:
    """The instances that are led through their lives."""

    def __init__(self, service: Hosted) -> None:
        self._service = service
        self.engine = service.engine

    def tell(self) -> None:
        """Book an appointment, pay and cancel it; offer its slot to somebody; record an absence; remind of bills; ask
        for what was told."""
        booked = self.engine.start("Process_ApptDams01", business_key=_TICKET, by="ana")
        for element_id, entries in (*_FORMS, _FORMS[2], _FORMS[3]):
            self._fill(booked, element_id, entries)
        self._waits("Process_Billing", "Gateway_Unpaid")
        self._send("payment_received", _TICKET, {"amount": 120})
        self._send("cancel_appointment", _TICKET, {"by": "ana", "request": "cancel"})
        self._ends(booked)
        self._send("offer_accepted", "O-1", {"by": "ben"})
        self.engine.start("Process_Absence", {"docid": "HSP-200"})
        self._ends(self.engine.start("Process_PaymentReminders"))
        self._ends(self.engine.start("Process_Diagnostics", {"docid": "HSP-200", "patientid": 7}))
        self._until(lambda: self._gone("Process_WaitingList") and self._gone("Process_Absence"))

    def _fill(self, instance: ProcessInstance, element_id: str, entries: Variables) -> None:
        def ready() -> bool:
            return any(task.element_id == element_id for task in self.engine.tasks(query))

        query = TaskQuery(instance_id=instance.id)
        self._until(ready)
        (task,) = self.engine.tasks(query)
        self.engine.complete(task.id, entries)

    def _waits(self, process_id: str, element_id: str) -> None:
        def waits() -> bool:
            found = self.engine.instances(InstanceQuery(process_id=process_id))
            entries = [entry for instance in found for entry in self.engine.history(instance.id)]
            return any((entry.element_id, entry.outcome) == (element_id, "running") for entry in entries)

        self._until(waits)

    def _send(self, name: str, key: str, variables: Variables) -> None:
        self.engine.publish_message(name, key, variables, time_to_live=_DAY)

    def _ends(self, instance: ProcessInstance) -> None:
        self._until(lambda: self.engine.instance(instance.id).ended_at is not None)

    def _gone(self, process_id: str) -> bool:
        found = self.engine.instances(InstanceQuery(process_id=process_id))
        return bool(found) and all(instance.ended_at for instance in found)

    def _until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, [
                (instance.process_id, self._service.mover.status(instance.id), self.engine.incidents(instance.id))
                for instance in self.engine.instances()
                if instance.ended_at is None
            ]
            time.sleep(0.05)


def main() -> None:
    """Record everything anew."""
    with (
        TemporaryDirectory() as folder,
        running_temporal(Path(folder)) as server,
        hosted(f"sqlite:///{folder}/store.db", server.address) as service,
    ):
        files = sorted((*_BPMN.glob("*.bpmn"), *_BPMN.glob("*.dmn")))
        service.engine.deploy([Resource(file.name, file.read_bytes()) for file in files])
        with service.working(_handlers()):
            Story(service).tell()
        _write(service)


def _write(service: Hosted) -> None:
    for old in HISTORIES.glob("*.json"):
        old.unlink()
    HISTORIES.mkdir(exist_ok=True)
    definitions = {}
    for number, instance in enumerate(reversed(service.engine.instances()), 1):
        history = service.connection.ask(lambda client, of=instance.id: _fetch(client, of))  # type: ignore[misc]
        _save(f"{number:02}_{instance.process_id}", {"id": instance.id, "history": history})
        file = service.engine.diagram(instance.definition_id)
        definitions[instance.definition_id] = {
            "process_id": instance.process_id,
            "version": instance.version,
            "file": file.name,
            "content": file.content.decode(),
        }
    _save("definitions", definitions)


async def _fetch(client: Client, instance_id: str) -> Any:
    return json.loads((await client.get_workflow_handle(instance_id).fetch_history()).to_json())


def _save(name: str, value: object) -> None:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    (HISTORIES / f"{name}.json").write_text(OF_THE_MACHINE.sub("", text) + "\n")


if __name__ == "__main__":
    main()
