"""Everything in the database, read once when nothing runs any more."""

from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Table, select

from workflows.embedded.tables import activity, instance, variable_change

Rows: TypeAlias = list[Row[Any]]


class Records:
    """Everything in the database: rows by table, instances by id, activities by instance."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.instances: dict[str, Row[Any]] = {row.id: row for row in self.rows(instance)}
        self.activities: dict[str, Rows] = {instance_id: [] for instance_id in self.instances}
        for row in connection.execute(select(activity).order_by(activity.c.number)):
            self.activities[row.instance_id].append(row)

    def rows(self, table: Table) -> Rows:
        """Return all rows of a table."""
        return list(self._connection.execute(select(table)).all())

    def of_process(self, process_id: str) -> Rows:
        """Return the instances of a process."""
        return [row for row in self.instances.values() if row.process_id == process_id]

    def values(self, name: str) -> dict[str, list[Any]]:
        """Return the values that a variable was given, by instance, in their order."""
        found: dict[str, list[Any]] = {}
        written = select(variable_change).where(variable_change.c.name == name).order_by(variable_change.c.id)
        for row in self._connection.execute(written):
            found.setdefault(row.instance_id, []).append(row.value)
        return found
