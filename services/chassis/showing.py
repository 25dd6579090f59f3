"""What may be seen of settings: numbers and choices may, a text only where its struct says that it may."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta, inspect

HIDDEN = "***"


class Shows(StrEnum):
    """How much of a text is shown; without a word of it, nothing."""

    WHOLE = "whole"
    PLACE = "place"  # of an address: scheme, host and port
    PATH = "path"  # of an address: these and its path


Shown = Annotated[str, Meta(extra={"shows": Shows.WHOLE})]
"""A text that is no secret."""

Address = Annotated[str, Meta(extra={"shows": Shows.PLACE})]
"""A web address: whose user, path and query may hold a secret."""

AddressWithPath = Annotated[str, Meta(extra={"shows": Shows.PATH})]
"""An address whose path names something that is no secret, such as a database."""


def shown(settings: msgspec.Struct) -> dict[str, Any]:
    """Return settings as they may be seen: every name, and the values that their structs let be seen."""
    found: dict[str, Any] = _seen(settings, inspect.type_info(type(settings)), None)
    return found


def hidden(value: Any) -> Any:
    """Return what nobody has described: its names, and not one of its values."""
    if isinstance(value, Mapping):
        return {str(name): hidden(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(inner) for inner in value]
    return value if value is None or value == "" else HIDDEN


def place_of(address: str, shows: Shows = Shows.PLACE) -> str:
    """Return as much of an address as is no secret; nothing of one that cannot be read for certain."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return HIDDEN
    behind = parts.path + parts.query + parts.fragment
    if not parts.scheme or "@" in behind or not (parts.hostname or address == f"{parts.scheme}://"):
        return HIDDEN
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    user = f"{HIDDEN}@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{user}{host}{port}{_behind(parts, shows)}"


def _behind(parts: SplitResult, shows: Shows) -> str:
    is_open = shows is Shows.PATH or parts.path in {"", "/"}
    path = parts.path if is_open else f"/{HIDDEN}"
    return f"{path}?{HIDDEN}" if parts.query or parts.fragment else path


def _seen(value: Any, kind: inspect.Type, shows: Shows | None) -> Any:
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            return _seen(value, inner, (extra or {}).get("shows", shows))
        case inspect.UnionType(types=types):
            fitting = next((one for one in types if isinstance(value, _python(one))), inspect.AnyType())
            return _seen(value, fitting, shows)
        case inspect.StructType(fields=fields):
            return {field.name: _seen(getattr(value, field.name), field.type, None) for field in fields}
        case inspect.DictType(value_type=inner):
            return {str(name): _seen(one, inner, shows) for name, one in value.items()}
        case inspect.ListType(item_type=inner) | inspect.VarTupleType(item_type=inner):
            return [_seen(one, inner, shows) for one in value]
        case inspect.StrType():
            return _text(value, shows)
        case inspect.AnyType() | inspect.CustomType() | inspect.RawType():
            return hidden(value)
        case _:  # numbers, choices, days
            return msgspec.to_builtins(value)


def _text(value: str, shows: Shows | None) -> str:
    if value == "" or shows is Shows.WHOLE:
        return value
    return place_of(value, shows) if shows else HIDDEN


_PYTHON: dict[type[inspect.Type], Any] = {
    inspect.NoneType: type(None),
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.DictType: Mapping,
    inspect.ListType: list,
    inspect.VarTupleType: tuple,
}


def _python(kind: inspect.Type) -> Any:
    """Return the class of the values of a kind, as far as settings choose between kinds."""
    if isinstance(kind, inspect.Metadata):
        return _python(kind.type)
    return kind.cls if isinstance(kind, inspect.StructType) else _PYTHON.get(type(kind), ())
