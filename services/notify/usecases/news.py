"""News, before they are written down: what there is to tell, and the notes of it to each who is to hear."""

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.chassis.contracts import Event, Sealed
from services.notify.domain import RecipientKind, Topic

Hearer = tuple[UUID, RecipientKind]


@dataclass(frozen=True)
class News:
    """What there is to tell, whoever hears it, in words (`parameters`) that the topic declares."""

    topic: Topic
    occasion: UUID
    subject_id: UUID
    area_path: str
    parameters: Mapping[str, Any]
    _: KW_ONLY
    expires_at: datetime | None = None  # None: as long as the topic is worth saying
    address: Sealed | None = None
    language: str | None = None

    def notes_to(self, hearers: Iterable[Hearer]) -> list["Note"]:
        """Return a note of it for each who is to hear."""
        return [Note(to=to, kind=kind, **vars(self)) for to, kind in hearers]


@dataclass(frozen=True, kw_only=True)
class Note(News):
    """What one person is to be told."""

    to: UUID
    kind: RecipientKind


def occasion_of(event: Event, item: UUID | None = None) -> UUID:
    """Return what makes a message unique beside person and topic: the event, or one item of it."""
    return uuid5(event.event_id, str(item)) if item else event.event_id
