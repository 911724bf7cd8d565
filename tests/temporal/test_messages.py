"""Messages on Temporal: each is taken once, whoever publishes and whoever begins to wait at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import update

from tests.embedded.conftest import bpmn, line
from tests.servers.temporal import TemporalServer
from workflows.embedded.tables import temporal_message
from workflows.engine import ProcessInstance, TaskQuery

from .hosted import Hosted, hosted, now
from .test_instances import eventually

_PAID = bpmn(
    "order",
    line(
        "startEvent begin", 'intermediateCatchEvent wait|<messageEventDefinition messageRef="paid" />', "userTask thank"
    ),
    '<message id="paid" name="paid" />',
)
_HOUR = timedelta(hours=1)


def _thanked(service: Hosted) -> int:
    return len(service.engine.tasks(TaskQuery(process_id="order")))


def _start(service: Hosted) -> ProcessInstance:
    return service.engine.start("order", business_key="A")


def test_of_two_messages_at_once_an_instance_takes_one(temporal_server: TemporalServer, sqlite_url: str) -> None:
    with hosted(sqlite_url, temporal_server.address) as service, ThreadPoolExecutor(4) as threads:
        service.engine.deploy([_PAID])
        started = _start(service)
        sent = [threads.submit(service.engine.publish_message, "paid", "A", {"n": number}) for number in range(4)]
        takers = [each.result().instance_id for each in sent]
        assert sorted(map(str, takers)) == sorted([started.id, *["None"] * 3])
        eventually(lambda: _thanked(service) == 1)
        assert service.engine.variables(started.id)["n"] == takers.index(started.id)


def test_messages_and_instances_that_come_at_once_find_each_other(
    temporal_server: TemporalServer, sqlite_url: str
) -> None:
    with hosted(sqlite_url, temporal_server.address) as service, ThreadPoolExecutor(6) as threads:
        service.engine.deploy([_PAID])
        for number in range(3):
            threads.submit(_start, service)
            threads.submit(service.engine.publish_message, "paid", "A", time_to_live=_HOUR, message_id=f"m-{number}")
        eventually(lambda: _thanked(service) == 3)
        kept = service.engine.publish_message("paid", "A", time_to_live=_HOUR, message_id="m-0")
        assert kept.instance_id is not None
        assert _thanked(service) == 3


def test_a_message_whose_bearer_died_is_delivered_once(temporal_server: TemporalServer, sqlite_url: str) -> None:
    """The claim of a message stands after its bearer has died; whom it was offered to is asked first, and has it."""
    with hosted(sqlite_url, temporal_server.address) as service:
        service.engine.deploy([_PAID])
        started = _start(service)
        sent = service.engine.publish_message("paid", "A", time_to_live=_HOUR, message_id="m-1")
        assert sent.instance_id == started.id
        forgotten = {"instance_id": None, "claimed_until": now() - _HOUR}
        with service.engine.mirror.transaction() as rows:
            rows.connection.execute(update(temporal_message).values(forgotten))
        other = _start(service)
        eventually(lambda: service.engine.publish_message("paid", "A", time_to_live=_HOUR, message_id="m-1") == sent)
        assert service.engine.tasks(TaskQuery(instance_id=other.id)) == []
