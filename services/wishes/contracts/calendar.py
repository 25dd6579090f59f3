"""What the days bring for communities: the month's look at the roster (003) and festivals ahead (001)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Contract, Event

__all__ = [
    "CommunityDue",
    "FestivalNear",
    "RosterChecksDue",
]


class CommunityDue(Contract, frozen=True, kw_only=True):
    """A community and how many people on its roster it concerns."""

    community_id: UUID
    community_name: str
    area_path: str
    people: int


class RosterChecksDue(Event, frozen=True, kw_only=True):
    """A month began, and entries of these rosters wait for this month's look; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "roster_checks_due.v1"

    month: str  # "2026-12"
    communities: list[CommunityDue]


class FestivalNear(Event, frozen=True, kw_only=True):
    """A festival of 001 is near; at most 500 communities in one event, each told once of a festival a year.

    `people` are those on the roster for whom the festival is, where it is for somebody in particular.
    """

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "festival_near.v1"

    festival: str  # chassis.calendar.Festival.key
    zh: str
    en: str
    on: date
    audience: str  # chassis.calendar.Audience
    communities: list[CommunityDue]
