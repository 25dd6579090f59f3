"""Escalation: what nobody takes or finishes is heard of one level up, and then another, once each."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Contract, Event, Page, View
from services.chassis.rights import Right

__all__ = [
    "Escalates",
    "Escalation",
    "EscalationList",
    "EscalationView",
    "EscalationsRaised",
    "ListEscalations",
]


class Escalates(StrEnum):
    """What can become the concern of a higher level."""

    OFFER = "offer"  # on the board for releases, and a place of it is still free
    CLAIM = "claim"  # overdue
    DELIVERY = "delivery"  # said to be done, and nobody confirms it
    RECTIFICATION = "rectification"  # overdue
    MILESTONE = "milestone"  # of a project, overdue


class EscalationView(View, frozen=True, kw_only=True):
    """What became the concern of a higher level, and since when."""

    id: UUID
    kind: Escalates
    subject_id: UUID
    title: str
    code: str
    area_path: str  # where it lies
    told_path: str  # whose officers were told
    step: int  # 1 street, 2 district
    raised_at: datetime


class EscalationList(View, frozen=True, kw_only=True):
    """A page of escalations."""

    items: list[EscalationView]
    next: str | None = None


class ListEscalations(Page, frozen=True, kw_only=True):
    """What is stuck in an area, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = EscalationList

    below: str
    kind: Escalates | None = None


class Escalation(Contract, frozen=True, kw_only=True):
    """One step up: from the community to its street, from there to the district."""

    escalation_id: UUID
    kind: Escalates
    subject_id: UUID
    title: str
    code: str
    area_path: str
    told_path: str
    step: int
    waited: int  # releases for an offer, days for all else


class EscalationsRaised(Event, frozen=True, kw_only=True):
    """Officers of higher levels are to hear of what is stuck; at most 500 in one event, each step once."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "escalations_raised.v1"

    escalations: list[Escalation]
