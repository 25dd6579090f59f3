"""What PostgreSQL plans for what somebody does: which large tables it would read from end to end."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Engine, event


def tables_read_whole(engine: Engine, schema: str, act: Callable[[], object]) -> set[str]:
    """Return which tables PostgreSQL plans to read whole, in any statement of `act` on this schema."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    planned = [plan for statement in statements for plan in _plans(engine, schema, *statement)]
    return {table for plan in planned for table in _scanned(plan)}


def _plans(engine: Engine, schema: str, statement: str, parameters: Any) -> Iterator[dict[str, Any]]:
    with engine.connect() as connection:
        for single in statement.split(";"):
            if f"{schema}." in single:
                explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {single}", parameters)
                yield explained.scalar_one()[0]["Plan"]


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", []):
        yield from _scanned(child)
