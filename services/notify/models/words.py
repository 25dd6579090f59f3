"""Words of areas' own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from services.chassis.database import Key, one_of
from services.notify.domain import (
    RecipientKind,
)
from services.notify.models.people import Base


class Override(Base):
    """Words of an area's own instead of the standing ones; rows stay, since messages name them."""

    __tablename__ = "override"
    __table_args__ = (
        one_of("kind", RecipientKind),
        Index(
            "uq_override_in_force",
            "topic",
            "kind",
            "area_path",
            "language",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    area_id: Mapped[UUID]
    area_path: Mapped[str]
    topic: Mapped[str]  # proved when the words are; no CHECK, which every new topic would have to change
    kind: Mapped[str]
    language: Mapped[str]
    sms: Mapped[str | None]  # None: the standing block
    title: Mapped[str | None]
    text: Mapped[str | None]
    put_in_force_at: Mapped[datetime]
    put_in_force_by: Mapped[UUID | None]  # an account; None: the operator at the console
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]
