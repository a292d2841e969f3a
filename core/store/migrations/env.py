"""Alembic's entry: runs the migrations on the connection that the store has opened and locked."""

from alembic import context

from core.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
# The caller's transaction goes around it all, so that a failed migration leaves nothing behind.
context.run_migrations()
