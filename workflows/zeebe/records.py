"""What the broker exports: one record for each thing that happened, in the order in which it happened."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """An event of a partition, at a `position` that rises. `key` is what it is about."""

    partition: int
    position: int
    kind: str
    intent: str
    key: int
    at: datetime
    value: Mapping[str, Any]

    @property
    def instance_id(self) -> str:
        """The process instance that it belongs to."""
        return str(self.value["processInstanceKey"])

    @property
    def definition_key(self) -> str:
        """What the broker calls the definition of that instance."""
        return str(self.value["processDefinitionKey"])


def read_bulk(content: bytes) -> Iterator[Record]:
    """Read the body of an Elasticsearch `_bulk` request: lines of actions, each before the line of its document."""
    return _events(json.loads(line) for line in content.splitlines()[1::2])


def _events(documents: Iterable[dict[str, Any]]) -> Iterator[Record]:
    for document in documents:
        if document["recordType"] == "EVENT":
            yield Record(
                partition=document["partitionId"],
                position=document["position"],
                kind=document["valueType"],
                intent=document["intent"],
                key=document["key"],
                at=datetime.fromtimestamp(document["timestamp"] / 1000, UTC),
                value=document["value"],
            )
