"""What Alembic runs to migrate the clinic's tables, on the connection that `app.clinic.schema` gives it."""

from alembic import context

from app.clinic.models import Base

VERSION_TABLE = "clinic_version"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
