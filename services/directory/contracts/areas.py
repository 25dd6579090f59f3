"""The tree of areas as others see it: city, district, street, community, station, and their settings."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "AddAreas",
    "AreaCopy",
    "AreaKind",
    "AreaList",
    "AreaSettings",
    "AreaView",
    "AreasChanged",
    "ChangeAreaSettings",
    "ListAreas",
    "NewArea",
    "RenameArea",
    "TooManyAtOnce",
    "UnknownArea",
    "UnknownSetting",
    "UnusableCode",
    "UnusableName",
    "WrongParent",
]


class AreaKind(StrEnum):
    """The levels of the tree; each lies directly or indirectly under the one before."""

    CITY = "city"  # 市
    DISTRICT = "district"  # 区/县
    STREET = "street"  # 街道/镇
    COMMUNITY = "community"  # 社区/村
    STATION = "station"  # 驿站


class AreaSettings(Contract, frozen=True, kw_only=True):
    """The settings of an area after inheritance; every default is the bracketed one of PRODUCT."""

    release_rule: str = "first_saturday"  # chassis.calendar.ReleaseRule
    fixed_day: int | None = None  # of the month, for the rule fixed_day
    release_at: str = "09:00"  # local time
    holiday_rule: str = "keep"  # chassis.calendar.HolidayRule
    value_ceiling: int = 300  # yuan; warns and asks for a reason
    open_claims: int = 3  # claims a member may hold at once
    undo_minutes: int = 10
    service_days: int = 14  # from claim to due day, when screening said nothing else
    reminder_days: tuple[int, ...] = (3, 0)  # days before the due day
    lapse_after_days: int = 3  # days overdue after which the place returns
    unit_open_claims: int = 50  # claims that a unit or team may hold at once
    waiting_places: int = 3  # wishes for which a member may stand in line at once (候补)
    waiting_hours: int = 24  # for which a place that comes back is kept for the next in line
    pledge_days: int = 14  # in which pledges towards a wish reach their target, or lapse
    letter_points: int = 20
    star_points: int = 30
    outstanding_points: int = 50
    area_code: str | None = None  # telephone area code that completes local numbers
    ranking: bool = False  # 国办函〔2026〕12号
    taxonomy: str = "004"  # wishes.contracts.Taxonomy: in whose words wishes are sorted
    festival_days: int = 14  # days ahead at which workers hear of a festival (001); 0: never
    dispatch_hours: int = 24  # for a member to answer a dispatch, before the next one is asked
    urgent_dispatch_hours: int = 4  # the same for an urgent wish, which is proposed at any hour
    office_opens_at: str = "08:30"  # local time; what is not urgent is proposed while the office is open
    office_closes_at: str = "17:30"
    call_back_percent: int = 10  # share of confirmed claims that a worker calls back about
    rectification_days: int = 7  # from a resident's 不满意 to the day by which it is put right
    escalation_releases: int = 2  # releases that nobody claims a wish before the next level hears of it
    escalation_days: int = 3  # days overdue before the next level hears of it
    quiet_hours: str | None = None  # in which SMS and chats wait: 21:00-08:00; None: those of the house


class AreaCopy(Contract, frozen=True, kw_only=True):
    """An area as others keep it. `path` is `/city/district/…/`, so a subtree is a prefix."""

    id: UUID
    parent_id: UUID | None
    kind: AreaKind
    name: str
    path: str
    version: int
    settings: AreaSettings
    release_scope_id: UUID  # the nearest area, itself or above, with a release rule of its own (or the city)


class AreasChanged(Event, frozen=True, kw_only=True):
    """Areas were added or their name or settings changed; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "areas_changed.v1"

    areas: list[AreaCopy]


class AreaView(View, frozen=True, kw_only=True):
    """An area with its effective settings and those of its own."""

    id: UUID
    parent_id: UUID | None
    kind: AreaKind
    name: str
    code: str
    path: str
    settings: AreaSettings
    own_settings: dict[str, object]


class AreaList(View, frozen=True, kw_only=True):
    """A page of areas."""

    items: list[AreaView]
    next: str | None = None


class NewArea(Contract, frozen=True, kw_only=True):
    """An area to be added; `code` is its step in the path, unique under its parent.

    Without a code, the area of that kind and name under the parent is meant, or else it is numbered.
    """

    kind: AreaKind
    name: str
    code: str | None = None  # small letters, digits and hyphens
    parent_path: str | None = None  # None for the city


class AddAreas(Command, frozen=True, kw_only=True):
    """Add areas, parents before children, at most 5,000 at once; those of the same path stay as they are."""

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = AreaList

    areas: list[NewArea]


class RenameArea(Command, frozen=True, kw_only=True):
    """Put the name of an area right; its code and path stay."""

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = AreaView

    area_id: UUID
    name: str


class ChangeAreaSettings(Command, frozen=True, kw_only=True):
    """Set settings of an area; a null value returns that setting to what is inherited."""

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = AreaView

    area_id: UUID
    settings: dict[str, object]


class ListAreas(Page, frozen=True, kw_only=True):
    """The area at a path and those below it, by path (public: names of places are no secret)."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = AreaList

    below: str = "/"
    kind: AreaKind | None = None
    name: str | None = None


# -- refusals


class UnknownArea(Refusal):
    """There is no such area."""

    code = "directory.unknown_area"
    kind = RefusalKind.UNKNOWN


class WrongParent(Refusal):
    """An area of this kind cannot lie there."""

    code = "directory.wrong_parent"
    kind = RefusalKind.INVALID


class UnknownSetting(Refusal):
    """There is no such setting, or its value does not fit."""

    code = "directory.unknown_setting"
    kind = RefusalKind.INVALID


class UnusableCode(Refusal):
    """The code of an area is not made of small letters, digits and hyphens, at most 40 of them."""

    code = "directory.unusable_code"
    kind = RefusalKind.INVALID


class UnusableName(Refusal):
    """A name is empty, too long or has no letters; `row` counts from 1 in what was sent."""

    code = "directory.unusable_name"
    kind = RefusalKind.INVALID


class TooManyAtOnce(Refusal):
    """More was sent than one command takes; `limit` says how much that is."""

    code = "directory.too_many_at_once"
    kind = RefusalKind.INVALID
