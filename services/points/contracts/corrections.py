"""Corrections (更正): one person proposes, another decides, and what follows is an entry like any other."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Event, Page, Sealed, View
from services.chassis.rights import Right
from services.points.contracts.kinds import Below

__all__ = [
    "ApproveCorrection",
    "CorrectionList",
    "CorrectionProposed",
    "CorrectionState",
    "CorrectionView",
    "ListCorrections",
    "PointsCorrected",
    "ProposeCorrection",
    "RejectCorrection",
]


class CorrectionState(StrEnum):
    """How far a correction has come."""

    PROPOSED = "proposed"  # a second person decides; until then the card stays as it is
    APPROVED = "approved"  # it stands in the ledger as an entry of its own; final
    REJECTED = "rejected"  # with a reason; final, but the entry may be proposed for correction again


class CorrectionProposed(Event, frozen=True, kw_only=True):
    """Somebody wants an entry corrected; the officers of the place are to decide."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "correction_proposed.v1"

    correction_id: UUID
    area_path: str
    title: str
    points: int


class PointsCorrected(Event, frozen=True, kw_only=True):
    """A correction was approved and entered; the member is told why, and what the card holds now."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "points_corrected.v1"

    correction_id: UUID
    entry_id: UUID
    corrects_id: UUID
    member_id: UUID
    community_id: UUID
    area_path: str
    title: str
    year: int
    points: int  # more or fewer
    balance: int  # of the card in this community and year
    sealed_reason: Sealed


class ProposeCorrection(Command, frozen=True, kw_only=True):
    """Propose that an entry count for so many points more or fewer. The reason may name people."""

    right: ClassVar[Right] = Right.CONFIRM
    is_personal: ClassVar[bool] = True

    entry_id: UUID
    points: int
    reason: str


class ApproveCorrection(Command, frozen=True, kw_only=True):
    """Approve a correction that somebody else proposed: it is entered at once."""

    right: ClassVar[Right] = Right.SET_RULES

    correction_id: UUID


class RejectCorrection(Command, frozen=True, kw_only=True):
    """Reject a correction that somebody else proposed; nothing is entered."""

    right: ClassVar[Right] = Right.SET_RULES
    is_personal: ClassVar[bool] = True

    correction_id: UUID
    reason: str


class CorrectionView(View, frozen=True, kw_only=True):
    """A correction with who proposed and who decided it."""

    is_personal: ClassVar[bool] = True

    id: UUID
    entry_id: UUID
    member_id: UUID
    title: str
    points: int
    reason: str
    state: CorrectionState
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None  # why it was rejected


class CorrectionList(View, frozen=True, kw_only=True):
    """A page of corrections."""

    is_personal: ClassVar[bool] = True

    items: list[CorrectionView]
    next: str | None = None


class ListCorrections(Page, frozen=True, kw_only=True):
    """The corrections of an area, the newest first; those proposed wait for a decision."""

    right: ClassVar[Right] = Right.CONFIRM
    answer: ClassVar[type[View]] = CorrectionList

    below: Below
    state: CorrectionState | None = None
