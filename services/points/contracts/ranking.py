"""Ranking (排名): off unless an area turned it on (国办函〔2026〕12号), and then with agreed names only."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Query, View
from services.chassis.rights import Right
from services.points.contracts.kinds import Year

__all__ = [
    "ChooseNameShown",
    "NameShown",
    "RankMembers",
    "RankedMember",
    "Ranking",
]


class NameShown(StrEnum):
    """What a member lets others see in a ranking."""

    NAME = "name"  # the member agreed to it
    INITIALS = "initials"  # 王**, as long as the member says nothing
    NOTHING = "nothing"  # the member is left out


class ChooseNameShown(Command, frozen=True, kw_only=True):
    """The signed-in member says what a ranking may show; it can be changed at any time."""

    right: ClassVar[Right] = Right.SIGNED_IN

    shows: NameShown


class RankedMember(Contract, frozen=True, kw_only=True):
    """A place in a ranking; equal points share a place."""

    place: int
    name: str
    points: int


class Ranking(View, frozen=True, kw_only=True):
    """The first fifty of an area and year."""

    is_personal: ClassVar[bool] = True

    items: list[RankedMember]


class RankMembers(Query, frozen=True, kw_only=True):
    """The ranking of an area, for who is signed in, where the area turned it on."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Ranking

    area_id: UUID
    year: Year
