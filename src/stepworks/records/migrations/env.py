"""Alembic runs this: the connection and its transaction are `migrate.upgrade`'s."""

from alembic import context

from stepworks.records.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
