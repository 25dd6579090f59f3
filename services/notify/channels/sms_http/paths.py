"""Where things stand in what a described gateway says: dotted paths, and what is found at their end."""

from collections.abc import Mapping
from typing import Any


def found_at(said: Any, path: str) -> Any:
    """Return what is at a dotted path (`data.0.code`), or None; a name may have dots of its own."""
    if isinstance(said, Mapping) and path in said:
        return said[path]
    found = said
    try:
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return found


def word_at(said: Any, path: str) -> str | None:
    """Return the word, number or truth at a path as the settings list it, which is as JSON writes it."""
    found = found_at(said, path)
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int) else None
