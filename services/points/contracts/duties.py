"""Obligations (至少领办): how much is expected of whom in a year, and how far everyone has come."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Page, Query, View
from services.chassis.rights import Right
from services.points.contracts.kinds import Below, Year

__all__ = [
    "CountObligations",
    "DutyKind",
    "DutyList",
    "DutyView",
    "ListDuties",
    "ListObligations",
    "MyObligations",
    "Obligation",
    "ObligationCounts",
    "ObligationList",
    "ObligationProgress",
    "SetDuty",
]


class DutyKind(StrEnum):
    """What is expected of whom; the numbers are those of 002 and 000 until an area sets its own."""

    MEMBER_WISHES = "member_wishes"  # 1: 在职党员至少领办（或共同认领）1 个微心愿 (002)
    UNIT_PROJECTS = "unit_projects"  # 1: 单位党组织至少领办（或共同承接）1 个微项目 (002)
    STREET_WISHES = "street_wishes"  # 3: 各镇、办事处上报“双微”不少于 3 个 (000)
    UNIT_WISHES = "unit_wishes"  # 1: 其他单位上报 1-3 个 (000)
    REPLY_DAYS = "reply_days"  # 30: days in which a unit answers its feedback (004: 双向反馈)


class DutyView(View, frozen=True, kw_only=True):
    """So much of a kind is expected in an area and below, from a day on."""

    id: UUID
    area_id: UUID | None  # None: the default of the programme
    kind: DutyKind
    number: int  # 0: nothing is expected
    valid_from: date


class DutyList(View, frozen=True, kw_only=True):
    """Duties, the nearest first."""

    items: list[DutyView]
    next: str | None = None


class SetDuty(Command, frozen=True, kw_only=True):
    """Set what is expected in an area from a day on; 0 asks for nothing."""

    right: ClassVar[Right] = Right.SET_RULES
    answer: ClassVar[type[View]] = DutyView

    area_id: UUID
    kind: DutyKind
    number: int
    valid_from: date


class ListDuties(Query, frozen=True, kw_only=True):
    """What is expected in an area."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = DutyList

    area_id: UUID


class Obligation(Contract, frozen=True, kw_only=True):
    """What one member, unit or street is to do in a year, and has done."""

    kind: DutyKind
    subject_id: UUID
    name: str  # of the unit or street; "" for a member
    year: int
    required: int
    done: int
    missing: int


class ObligationList(View, frozen=True, kw_only=True):
    """Obligations; never of others than the caller or those the caller answers for."""

    is_personal: ClassVar[bool] = True

    items: list[Obligation]
    next: str | None = None


class MyObligations(Query, frozen=True, kw_only=True):
    """The obligations of the caller: as a member, for the own unit, for the street one is officer of."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = ObligationList

    year: Year | None = None  # None: the present one


class ListObligations(Page, frozen=True, kw_only=True):
    """The obligations of one kind within an area that are not met yet, for those who answer for it."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = ObligationList

    below: Below
    kind: DutyKind
    year: Year


class ObligationProgress(Contract, frozen=True, kw_only=True):
    """How many have met an obligation of a kind, of how many."""

    kind: DutyKind
    obliged: int
    met: int


class ObligationCounts(View, frozen=True, kw_only=True):
    """The figures of an area and year, without anybody's name."""

    items: list[ObligationProgress]


class CountObligations(Query, frozen=True, kw_only=True):
    """How far an area has come in a year."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ObligationCounts

    below: Below
    year: Year
