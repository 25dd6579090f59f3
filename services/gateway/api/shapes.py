"""The shapes in which clients send: those of the contracts, but strict, so that no mistake is silent."""

import re
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from services.gateway.api.routes import Route

WHOLE_NUMBER = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
"""What a column of whole numbers holds; a contract that says no more than `int` means this."""

PLAIN = str | WHOLE_NUMBER | float | bool | None
PLAIN_OR_LIST = PLAIN | list[PLAIN]
"""What a contract means by `object`: left open, it could nest deeper than a service can read."""


_WHICH_ONE = re.compile(r"\[[^\]]*\]")
"""Which of many things in a field msgspec means."""


@cache
def body_of(route: Route) -> type[msgspec.Struct]:
    """Return the struct that a body or query string for `route` must fit: no field too many, none of ours."""
    return msgspec.defstruct(
        f"{route.contract.__name__}Body",
        [_field(field) for field in route.fields],
        kw_only=True,
        forbid_unknown_fields=True,
        module=f"{__name__}.{route.tag}",
    )


@cache
def path_of(route: Route) -> type[msgspec.Struct]:
    """Return the struct that the parameters in the path must fit."""
    types = {field.name: field.type for field in msgspec.structs.fields(route.contract)}
    return msgspec.defstruct(
        f"{route.contract.__name__}Path", [(name, types[name]) for name in route.parameters]
    )


def _field(field: msgspec.structs.FieldInfo) -> Any:
    if field.required:
        return field.name, strict(field.type)
    if field.default is msgspec.NODEFAULT:
        return field.name, strict(field.type), msgspec.field(default_factory=field.default_factory)
    return field.name, strict(field.type), field.default


@cache
def strict(kind: Any) -> Any:
    """Return `kind` with every struct in it refusing unknown fields, and every number within bounds."""
    if kind is int:
        return WHOLE_NUMBER
    if kind is object:
        return PLAIN_OR_LIST
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _strict_struct(kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return reduce(or_, map(strict, parts))
    if origin in (list, tuple, dict):
        return origin[tuple(part if part is Ellipsis else strict(part) for part in parts)]
    return kind


def _strict_struct(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return a subclass of `kind`, so that whoever takes one takes the other."""
    fields = [_field(field) for field in msgspec.structs.fields(kind)]
    return msgspec.defstruct(
        kind.__name__, fields, bases=(kind,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )


def names_at(shape: type[msgspec.Struct], place: str) -> list[str]:
    """Return the fields that there are at a `place` as msgspec names it: `wish`, `units[0].members[2]`."""
    at: type[msgspec.Struct] | None = shape
    for step in filter(None, _WHICH_ONE.sub("", place).split(".")):
        kinds = {field.name: field.type for field in msgspec.structs.fields(at)} if at else {}
        at = _struct_in(kinds.get(step))
    return [field.name for field in msgspec.structs.fields(at)] if at else []


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct that `kind` is, or may be, or holds many of."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next(filter(None, map(_struct_in, get_args(kind))), None)
