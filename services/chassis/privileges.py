"""What the database lets a service do: use its own schema, and only add to what only grows.

A city gives each service a user of its own, `wishtree_claims` and so on; the owner of the tables, who brings
them forward, is the console's. Where these users are not made (on one machine, say) nothing is granted.
Source: RELIABILITY, invariant 4 (triggers and grants).
"""

from sqlalchemy import Connection, text

GUARD = "only_grows"
"""The trigger of tables that refuse to be changed: to these a service may only add."""


def user_of(service: str) -> str:
    """Return the name of the database's user for a service."""
    return f"wishtree_{service}"


def grant(service: str, connection: Connection) -> bool:
    """Give the user of a service what it needs in its schema and no more; say whether there is one."""
    user = user_of(service)
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :user"), {"user": user}).first()
    if known is None:
        return False
    for right in _RIGHTS:
        connection.execute(text(right.format(schema=service, user=user)))
    for table in connection.execute(_GUARDED, {"schema": service, "guard": GUARD}).scalars():
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {service}.{table} FROM {user}"))
    return True


_RIGHTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {user}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {user}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {user}",
    "REVOKE INSERT, UPDATE, DELETE ON {schema}.alembic_version FROM {user}",
)

_GUARDED = text("""
    SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = CAST(:schema AS regnamespace) AND tgname = :guard
""")
