"""Alembic's entry point: runs migrations on the connection that `migrate` hands it.

It has no settings of its own and never opens a database: one place decides where the data is.
"""

from alembic import context

from smsgateway.storage.migrate import CONTEXT_OPTIONS

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    **CONTEXT_OPTIONS,
)
context.run_migrations()
