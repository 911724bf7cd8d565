"""What Alembic runs: the migrations, in the transaction that `schema.upgrade` has opened."""

from alembic import context

from workflows.embedded.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="engine_version",
    transaction_per_migration=False,
)
context.run_migrations()
