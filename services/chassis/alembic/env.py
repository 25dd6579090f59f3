"""Alembic's environment, the same for every service: one schema, one history."""

from alembic import context

connection = context.config.attributes["connection"]
metadata = context.config.attributes["metadata"]

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=metadata.schema,
    include_schemas=True,
    include_name=lambda name, kind, parents: kind != "schema" or name == metadata.schema,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
