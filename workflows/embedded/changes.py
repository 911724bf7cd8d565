"""The rows that transitions change, gathered and written with a statement per table and kind."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import Connection, Delete, Insert, Table, Update, bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows.embedded.tables import timer

Row: TypeAlias = dict[str, Any]
"""The values of a row, by column; no column's name starts with `key_`."""

_Alike: TypeAlias = dict[Table, dict[tuple[str, ...], list[Row]]]
"""Rows by table, and then by the columns that they name."""


class Changes:
    """What one instance changes: rows with the key `(instance_id, number)`, and new rows that the database numbers.

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

    def inserted(self, table: Table) -> Iterator[Row]:
        """The rows that are new in a table of numbered rows."""
        return chain.from_iterable(self._inserts[table].values() if table in self._inserts else ())

    def touches(self, table: Table) -> bool:
        """Whether rows of a table are new or changed."""
        return bool(self._inserts.get(table) or self._updates.get(table))

    def deletes(self) -> dict[Table, list[Row]]:
        """The keys of the rows to remove."""
        return {table: [self._key(number) for number in numbers] for table, numbers in self._deletes.items()}

    def updates(self) -> dict[Table, list[Row]]:
        """The rows to change, each with its key and the new values."""
        return {
            table: [{**self._key(number), **values} for number, values in rows.items()]
            for table, rows in self._updates.items()
        }

    def inserts(self) -> dict[Table, list[Row]]:
        """The rows to add."""
        numbered = {table: [row for rows in added.values() for row in rows] for table, added in self._inserts.items()}
        return {**numbered, **self._appended}

    def timers(self) -> list[Row]:
        """The timers to add or to change."""
        return list(self._timers.values())

    def _key(self, number: int) -> Row:
        return {"key_instance_id": self._instance_id, "key_number": number}


def write(connection: Connection, several: Sequence[Changes]) -> None:
    """Write the changes of several instances."""
    for table, alike in _gathered([changes.deletes() for changes in several]).items():
        for rows in alike.values():
            connection.execute(_delete(table), rows)
    for table, alike in _gathered([changes.updates() for changes in several]).items():
        for columns, rows in alike.items():
            connection.execute(_update(table, columns), rows)
    for table, alike in _gathered([changes.inserts() for changes in several]).items():
        for rows in alike.values():
            connection.execute(_insert(table), rows)
    timers = [row for changes in several for row in changes.timers()]
    if timers:
        connection.execute(_upsert_timer(connection.dialect.name), timers)


def _gathered(several: Sequence[Mapping[Table, list[Row]]]) -> _Alike:
    gathered: _Alike = defaultdict(lambda: defaultdict(list))
    for tables in several:
        for table, rows in tables.items():
            for row in rows:
                gathered[table][tuple(row)].append(row)
    return gathered


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


@cache
def _delete(table: Table) -> Delete:
    key = (table.c.instance_id == bindparam("key_instance_id"), table.c.number == bindparam("key_number"))
    return delete(table).where(*key)


@cache
def _update(table: Table, columns: tuple[str, ...]) -> Update:
    """The columns of the key are among `columns`, by the names of their parameters."""
    key = (table.c.instance_id == bindparam("key_instance_id"), table.c.number == bindparam("key_number"))
    return update(table).where(*key).values({name: bindparam(name) for name in columns if not name.startswith("key_")})


@cache
def _upsert_timer(database: str) -> Insert:
    dialect = postgresql if database == "postgresql" else sqlite
    upsert: postgresql.Insert | sqlite.Insert = dialect.insert(timer)
    key = [timer.c.instance_id, timer.c.number]
    return upsert.on_conflict_do_update(index_elements=key, set_={"due_at": upsert.excluded.due_at})
