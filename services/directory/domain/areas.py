"""The rules of the tree: what may lie where, how a place is written, how settings are inherited."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from services.chassis.calendar import HolidayRule, ReleaseRule
from services.directory.contracts import AreaKind, AreaSettings, UnknownSetting

Place = TypeVar("Place")

_LEVELS = {kind: level for level, kind in enumerate(AreaKind)}
_HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]\Z"
_CODE = re.compile(r"[a-z0-9-]{1,40}")

RELEASE_SETTINGS = frozenset({"release_rule", "fixed_day", "holiday_rule", "release_at"})
"""Whoever sets one of these has a release of its own; everybody below goes along with it."""


def may_lie_under(kind: AreaKind, parent: AreaKind | None) -> bool:
    """Say whether an area of `kind` may lie under `parent`: a city under none, others under a higher level.

    Levels may be left out: a town without streets has its communities directly under it.
    """
    if parent is None:
        return kind is AreaKind.CITY
    return _LEVELS[parent] < _LEVELS[kind]


def is_code(text: str) -> bool:
    """Say whether `text` may be a step of a path: small letters, digits and hyphens, at most 40."""
    return _CODE.fullmatch(text) is not None


def next_code(taken: Iterable[str]) -> str:
    """Return the number after the highest of the codes that are numbers, in two digits or more: 01, 02, …"""
    numbers = [int(code) for code in taken if re.fullmatch(r"[0-9]{1,9}", code)]
    return f"{max(numbers, default=0) + 1:02}"


def line_of(path: str) -> list[str]:
    """Return the paths from the root down to `path`, itself included: /a/, /a/b/ for /a/b/."""
    steps = path.strip("/").split("/")
    return [f"/{'/'.join(steps[:depth])}/" for depth in range(1, len(steps) + 1)]


class FittingSettings(AreaSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of an area with what each of them may be."""

    release_rule: ReleaseRule = ReleaseRule.FIRST_SATURDAY
    fixed_day: Annotated[int, Meta(ge=1, le=31)] | None = None
    release_at: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")] = "09:00"
    holiday_rule: HolidayRule = HolidayRule.KEEP
    value_ceiling: Annotated[int, Meta(ge=0, le=1_000_000)] = 300
    open_claims: Annotated[int, Meta(ge=1, le=1_000)] = 3
    undo_minutes: Annotated[int, Meta(ge=0, le=24 * 60)] = 10
    service_days: Annotated[int, Meta(ge=1, le=366)] = 14
    reminder_days: Annotated[tuple[Annotated[int, Meta(ge=0, le=366)], ...], Meta(max_length=10)] = (3, 0)
    lapse_after_days: Annotated[int, Meta(ge=0, le=366)] = 3
    unit_open_claims: Annotated[int, Meta(ge=1, le=10_000)] = 50
    waiting_places: Annotated[int, Meta(ge=0, le=100)] = 3
    waiting_hours: Annotated[int, Meta(ge=1, le=24 * 31)] = 24
    pledge_days: Annotated[int, Meta(ge=1, le=366)] = 14
    letter_points: Annotated[int, Meta(ge=1, le=100_000)] = 20
    star_points: Annotated[int, Meta(ge=1, le=100_000)] = 30
    outstanding_points: Annotated[int, Meta(ge=1, le=100_000)] = 50
    area_code: Annotated[str, Meta(pattern=r"^0?[1-9][0-9]{1,2}\Z")] | None = None
    taxonomy: Literal["000", "001", "004"] = "004"
    festival_days: Annotated[int, Meta(ge=0, le=60)] = 14
    dispatch_hours: Annotated[int, Meta(ge=1, le=24 * 31)] = 24
    urgent_dispatch_hours: Annotated[int, Meta(ge=1, le=24 * 31)] = 4
    office_opens_at: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")] = "08:30"
    office_closes_at: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")] = "17:30"
    call_back_percent: Annotated[int, Meta(ge=0, le=100)] = 10
    rectification_days: Annotated[int, Meta(ge=1, le=366)] = 7
    escalation_releases: Annotated[int, Meta(ge=1, le=24)] = 2
    escalation_days: Annotated[int, Meta(ge=1, le=366)] = 3
    quiet_hours: Annotated[str, Meta(pattern=_HOURS)] | None = None


def changed_settings(own: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an area's own settings after `changes`, in which null returns a setting to what is inherited.

    Raises `UnknownSetting` naming the first that does not exist or does not fit.
    """
    after = dict(own)
    for name, value in changes.items():
        if name not in AreaSettings.__struct_fields__ or not _fits(name, value):
            raise UnknownSetting(setting=name[:40])
        after[name] = value
    return {name: value for name, value in after.items() if value is not None}


def _fits(name: str, value: Any) -> bool:
    try:
        msgspec.convert({} if value is None else {name: value}, FittingSettings)
    except msgspec.ValidationError:
        return False
    return True


def inherited(own_from_the_root: Sequence[Mapping[str, Any]]) -> AreaSettings:
    """Return the settings that hold at the end of a line of areas, given each area's own from the root down.

    Raises `UnknownSetting` when they contradict each other: a fixed day that is nowhere set, or thresholds
    that do not rise.
    """
    merged: dict[str, Any] = {}
    for own in own_from_the_root:
        merged |= own
    settings = msgspec.convert(merged, AreaSettings)
    if settings.release_rule == ReleaseRule.FIXED_DAY and settings.fixed_day is None:
        raise UnknownSetting(setting="fixed_day")
    if not settings.letter_points <= settings.star_points <= settings.outstanding_points:
        raise UnknownSetting(setting="star_points")
    return settings


def release_scope(line: Sequence[tuple[Place, Mapping[str, Any]]]) -> Place:
    """Return with which place of a line (from the root down, with their own settings) its last is released.

    The nearest with a release setting of its own, itself first; the root when there is none.
    """
    with_a_rule = [place for place, own in line if RELEASE_SETTINGS & own.keys()]
    return with_a_rule[-1] if with_a_rule else line[0][0]
