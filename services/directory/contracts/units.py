"""Units as others see them: employers with a party organisation, which report to a street (双报到)."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "AddUnits",
    "AmbiguousStreet",
    "ListUnits",
    "NewUnit",
    "RepeatedUnit",
    "UnitAboveItself",
    "UnitCopy",
    "UnitElsewhere",
    "UnitKind",
    "UnitList",
    "UnitView",
    "UnitsChanged",
    "UnknownStreet",
    "UnknownUnit",
    "UnusableEmail",
    "UnusablePhone",
]


class UnitKind(StrEnum):
    """What sort of employer a unit is."""

    ORGAN = "organ"  # 机关
    INSTITUTION = "institution"  # 事业单位
    ENTERPRISE = "enterprise"  # 企业
    COMPANY = "company"  # 公司
    BRANCH = "branch"  # 党支部
    SOCIAL = "social"  # 社会组织


class UnitCopy(Contract, frozen=True, kw_only=True):
    """A unit as others keep it. `path` is `/unit/unit/`; `street_path` is where it reports (双报到)."""

    id: UUID
    parent_id: UUID | None
    name: str
    kind: UnitKind
    path: str
    street_id: UUID | None
    street_path: str | None
    contact_name: Sealed | None
    contact_phone: Sealed | None
    contact_email: Sealed | None
    is_active: bool
    version: int


class UnitsChanged(Event, frozen=True, kw_only=True):
    """Units were added or changed; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "units_changed.v1"

    units: list[UnitCopy]


class UnitView(View, frozen=True, kw_only=True):
    """A unit; its contact is masked."""

    id: UUID
    parent_id: UUID | None
    name: str
    kind: UnitKind
    path: str
    street_id: UUID | None
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None


class UnitList(View, frozen=True, kw_only=True):
    """A page of units."""

    items: list[UnitView]
    next: str | None = None


class NewUnit(Contract, frozen=True, kw_only=True):
    """A unit to be added or, when one of that name exists, brought up to date; None leaves it as it is."""

    name: str
    kind: UnitKind | None = None  # a new unit of no stated kind is an organ
    parent_name: str | None = None
    street_name: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None


class AddUnits(Command, frozen=True, kw_only=True):
    """Add units or bring them up to date, by name; at most 2,000 at once, all or none.

    A unit is in the care of the street it reports to: who adds or changes it must manage people there. One
    that reports nowhere is in the care of the area that registered it, and any street may take it in.
    """

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = UnitList
    is_personal: ClassVar[bool] = True

    area_id: UUID  # the area in which the caller manages people
    units: list[NewUnit]


class ListUnits(Page, frozen=True, kw_only=True):
    """The units that report within an area, or to the street it lies in, by name."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = UnitList

    area_id: UUID
    name: str | None = None  # exactly


# -- refusals


class UnknownUnit(Refusal):
    """There is no such unit."""

    code = "directory.unknown_unit"
    kind = RefusalKind.UNKNOWN


class UnitElsewhere(Refusal):
    """The unit reports to a street where the caller does not manage people."""

    code = "directory.unit_elsewhere"
    kind = RefusalKind.FORBIDDEN


class UnitAboveItself(Refusal):
    """The units above each other would form a ring."""

    code = "directory.unit_above_itself"
    kind = RefusalKind.INVALID


class RepeatedUnit(Refusal):
    """The same unit is named twice in what was sent; `other` is the row that named it first."""

    code = "directory.repeated_unit"
    kind = RefusalKind.INVALID


class UnknownStreet(Refusal):
    """There is no street of that name within reach."""

    code = "directory.unknown_street"
    kind = RefusalKind.UNKNOWN


class AmbiguousStreet(Refusal):
    """Several streets have that name; the district's name before it says which is meant."""

    code = "directory.ambiguous_street"
    kind = RefusalKind.INVALID


class UnusablePhone(Refusal):
    """The phone number is not one that can be reached."""

    code = "directory.unusable_phone"
    kind = RefusalKind.INVALID


class UnusableEmail(Refusal):
    """The e-mail address is not one."""

    code = "directory.unusable_email"
    kind = RefusalKind.INVALID
