"""What PostgreSQL plans for what somebody does: which large tables it would read from end to end."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Engine, event


def tables_read_whole(engine: Engine, schema: str, act: Callable[[], object]) -> set[str]:
    """Return which tables PostgreSQL plans to read whole, in any statement of `act` on this schema."""
    planned = plans_of(engine, schema, act)
    return {node["Relation Name"] for node in planned if node["Node Type"] == "Seq Scan"}


def indexes_used(engine: Engine, schema: str, act: Callable[[], object]) -> set[str]:
    """Return by which indexes PostgreSQL plans to find things, in any statement of `act` on this schema."""
    return {node["Index Name"] for node in plans_of(engine, schema, act) if "Index Name" in node}


def plans_of(engine: Engine, schema: str, act: Callable[[], object]) -> list[dict[str, Any]]:
    """Return every node of the plans of the statements of `act` on this schema."""
    planned = [plan for made in statements_of(engine, act) for plan in _plans(engine, schema, *made)]
    return [node for plan in planned for node in _nodes(plan)]


def statements_of(engine: Engine, act: Callable[[], object]) -> list[tuple[str, Any]]:
    """Return the statements of `act`, each with its parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return statements


def _plans(engine: Engine, schema: str, statement: str, parameters: Any) -> Iterator[dict[str, Any]]:
    with engine.connect() as connection:
        for single in statement.split(";"):
            if f"{schema}." in single:
                explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {single}", parameters)
                yield explained.scalar_one()[0]["Plan"]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)
