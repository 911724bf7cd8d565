"""The rows that one instance's transition changes, gathered and written with a statement per table and kind."""

from collections import defaultdict
from typing import Any, TypeAlias

from sqlalchemy import Connection, Insert, Table, Update, bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows.embedded.tables import timer

Row: TypeAlias = dict[str, Any]
"""The values of a row, by column; no column's name starts with `key_`."""


class Changes:
    """Changes to rows with the key `(instance_id, number)`, and new rows that the database numbers.

    What is made and unmade in the same transition never reaches the database.
    """

    def __init__(self, instance_id: str) -> None:
        self._instance_id = instance_id
        self._inserts: dict[Table, dict[int, list[Row]]] = defaultdict(dict)
        self._updates: dict[Table, dict[int, Row]] = defaultdict(dict)
        self._deletes: dict[Table, set[int]] = defaultdict(set)
        self._appended: dict[Table, list[Row]] = defaultdict(list)
        self._timers: dict[int, Row] = {}

    def insert(self, table: Table, number: int, **values: object) -> None:
        """Add a row with this number (candidates of a task have several)."""
        row = {"instance_id": self._instance_id, "number": number, **values}
        self._inserts[table].setdefault(number, []).append(row)

    def update(self, table: Table, number: int, **values: object) -> None:
        """Change the row with this number, if there is one."""
        inserted = self._inserts[table].get(number)
        for row in inserted or [self._updates[table].setdefault(number, {})]:
            row.update(values)

    def delete(self, table: Table, number: int) -> None:
        """Remove the rows with this number, if there are any."""
        self._updates[table].pop(number, None)
        if self._inserts[table].pop(number, None) is None:
            self._deletes[table].add(number)

    def append(self, table: Table, **values: object) -> None:
        """Add a row to a table whose ids rise by themselves."""
        self._appended[table].append(values)

    def set_timer(self, number: int, element_id: str, due_at: object) -> None:
        """Add a timer, or give it another time."""
        self._deletes[timer].discard(number)
        self._timers[number] = {
            "instance_id": self._instance_id,
            "number": number,
            "element_id": element_id,
            "due_at": due_at,
        }

    def clear_timer(self, number: int) -> None:
        """Remove a timer."""
        self._timers.pop(number, None)
        self._deletes[timer].add(number)

    def write(self, connection: Connection) -> None:
        """Write everything."""
        for table, numbers in self._deletes.items():
            if numbers:
                mine = table.c.instance_id == self._instance_id
                connection.execute(delete(table).where(mine, table.c.number.in_(numbers)))
        for table, updated in self._updates.items():
            self._write_updates(connection, table, updated)
        for table, inserted in self._inserts.items():
            if inserted:
                connection.execute(insert(table), [row for rows in inserted.values() for row in rows])
        if self._timers:
            connection.execute(_upsert_timer(connection), list(self._timers.values()))
        for table, appended in self._appended.items():
            connection.execute(insert(table), appended)

    def _write_updates(self, connection: Connection, table: Table, updated: dict[int, Row]) -> None:
        alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for number, values in updated.items():
            key = {"key_instance_id": self._instance_id, "key_number": number}
            alike[tuple(values)].append({**key, **values})
        for columns, rows in alike.items():
            connection.execute(_update(table, columns), rows)


def _update(table: Table, columns: tuple[str, ...]) -> Update:
    key = (table.c.instance_id == bindparam("key_instance_id"), table.c.number == bindparam("key_number"))
    return update(table).where(*key).values({name: bindparam(name) for name in columns})


def _upsert_timer(connection: Connection) -> Insert:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    upsert: postgresql.Insert | sqlite.Insert = dialect.insert(timer)
    key = [timer.c.instance_id, timer.c.number]
    return upsert.on_conflict_do_update(index_elements=key, set_={"due_at": upsert.excluded.due_at})
