"""A broker's records, kept in memory in their order."""

import threading
from collections.abc import Iterable

from workflows.zeebe.records import Record


class Recording:
    """What has come so far. A record that is sent again counts once."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._records: list[Record] = []
        self._positions: set[tuple[int, int]] = set()

    def write(self, records: Iterable[Record]) -> None:
        """Take in records."""
        with self._arrived:
            for record in records:
                if (record.partition, record.position) not in self._positions:
                    self._positions.add((record.partition, record.position))
                    self._records.append(record)
            self._arrived.notify_all()

    def until_message(self, begin: int, name: str, seconds: float) -> list[Record]:
        """Wait until a message of this name has been published, and return the records from `begin` to it."""
        end = begin

        def has_come() -> bool:
            nonlocal end
            while end < len(self._records):
                record = self._records[end]
                end += 1
                if record.kind == "MESSAGE" and record.value["name"] == name:
                    return True
            return False

        with self._arrived:
            assert self._arrived.wait_for(has_come, seconds), f"the broker has not come to {name} in {seconds} s"
            return self._records[begin:end]
