"""Migrations: one Alembic history per service, under the service's own schema.

Alembic is imported where it is needed: a start on tables that are as they should be does without it.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, text

from services.chassis.mailbox import mailbox_for

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent


def metadata_of(service: str) -> MetaData:
    """Return the tables of a service, its mailbox among them."""
    metadata: MetaData = import_module(f"services.{service}.models").Base.metadata
    mailbox_for(metadata)
    return metadata


def _history(service: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE / "alembic"))
    config.set_main_option("version_locations", str(_HERE.parent / service / "migrations"))
    config.set_main_option("path_separator", "newline")
    return config


def _configuration(service: str, connection: Connection) -> "Config":
    config = _history(service)
    config.attributes.update(connection=connection, metadata=metadata_of(service))
    return config


def heads(service: str) -> list[str]:
    """Return the newest revisions of `service`; more than one means that two histories must be merged."""
    from alembic.script import ScriptDirectory

    return list(ScriptDirectory.from_config(_history(service)).get_heads())


def head(service: str) -> str | None:
    """Return the newest revision that the code of `service` knows: revisions are numbered by their files."""
    newest = max(
        (file.name[:4] for file in (_HERE.parent / service / "migrations").glob("0*.py")), default=""
    )
    return f"{service}_{newest}" if newest else None


def current(service: str, connection: Connection) -> str | None:
    """Return the revision of `service` in the database, or None when it has no tables there."""
    table = f"{service}.alembic_version"
    if connection.execute(text("SELECT to_regclass(:name)"), {"name": table}).scalar() is None:
        return None
    return connection.execute(text(f"SELECT version_num FROM {table}")).scalar()  # noqa: S608 - a name of ours


def upgrade(service: str, engine: Engine) -> None:
    """Bring the tables of `service` to the newest revision; several processes may ask at once."""
    with engine.connect() as connection:
        if current(service, connection) == head(service):
            return
    with _alone(engine) as connection, connection.begin():
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {service}"))
        if current(service, connection) != head(service):
            from alembic import command

            command.upgrade(_configuration(service, connection), "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Yield a connection while no other process changes tables.

    The lock is taken before the transaction begins: one that waited for it inside would go on believing that
    what others made meanwhile is not there.
    """
    lock = "hashtextextended('wishtree migrations', 0)"
    with engine.connect() as connection:
        with connection.begin():
            connection.execute(text(f"SELECT pg_advisory_lock({lock})"))
        try:
            yield connection
        finally:
            if not connection.invalidated:
                with connection.begin():
                    connection.execute(text(f"SELECT pg_advisory_unlock({lock})"))


def differences(service: str, connection: Connection) -> list[object]:
    """Return where the tables in the database differ from the models (none, when the history is complete)."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    metadata = metadata_of(service)
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, parents: kind != "schema" or name == metadata.schema,
        "version_table_schema": metadata.schema,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def draft(service: str, message: str, engine: Engine) -> None:
    """Write the next revision of `service` from the difference between its models and the database."""
    from alembic import command

    upgrade(service, engine) if head(service) else _create_schema(service, engine)
    folder = _HERE.parent / service / "migrations"
    number = f"{len(list(folder.glob('0*.py'))) + 1:04}"
    with engine.begin() as connection:
        config = _configuration(service, connection)
        config.set_main_option("file_template", f"{number}_%%(slug)s")
        command.revision(config, message, autogenerate=True, rev_id=f"{service}_{number}")


def _create_schema(service: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {service}"))


def main() -> None:
    """Draft a revision: `python -m services.chassis.migrations SERVICE MESSAGE` (on a scratch database)."""
    import tempfile

    from services.chassis.database import engine_for
    from services.chassis.embedded import database_in

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("service")
    parser.add_argument("message")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, database_in(Path(scratch)) as url:
        draft(wanted.service, wanted.message, engine_for(url))


if __name__ == "__main__":
    main()
