"""Evidence 申领证明: what proves a need, kept apart from the wish, seen on the record, not for ever."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Query, View
from services.chassis.rights import Right

__all__ = [
    "AddEvidence",
    "EvidenceItem",
    "EvidenceList",
    "EvidencePaper",
    "ListEvidence",
    "LookAtEvidence",
    "RemoveEvidence",
]


class AddEvidence(Command, frozen=True, kw_only=True):
    """Keep a paper that proves a need: a photo (JPEG, PNG) or a PDF."""

    right: ClassVar[Right] = Right.COLLECT
    is_personal: ClassVar[bool] = True

    wish_id: UUID
    file_name: str
    content: bytes


class RemoveEvidence(Command, frozen=True, kw_only=True):
    """Throw a paper away before its time."""

    right: ClassVar[Right] = Right.COLLECT

    evidence_id: UUID


class EvidenceItem(View, frozen=True, kw_only=True):
    """That there is a paper, and until when; not what it says."""

    id: UUID
    kind: str  # text/plain (a form named it) | image/jpeg | image/png | application/pdf
    size: int  # bytes
    added_at: datetime
    kept_until: date


class EvidenceList(View, frozen=True, kw_only=True):
    """The papers of a wish."""

    items: list[EvidenceItem]


class ListEvidence(Query, frozen=True, kw_only=True):
    """Which papers there are for a wish."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = EvidenceList

    wish_id: UUID


class EvidencePaper(View, frozen=True, kw_only=True):
    """A paper, opened."""

    is_personal: ClassVar[bool] = True

    id: UUID
    kind: str
    file_name: str
    content: bytes
    kept_until: date


class LookAtEvidence(Query, frozen=True, kw_only=True):
    """Open a paper; who looked at what and when is written into the audit chain."""

    right: ClassVar[Right] = Right.SEE_PERSONAL
    answer: ClassVar[type[View]] = EvidencePaper
    is_personal: ClassVar[bool] = True

    evidence_id: UUID
