"""The settings of areas that dispatch, call-backs, rectification and escalation go by."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.chassis.database import upsert_if_newer
from services.claims.models import Programme
from services.claims.usecases.locking import DEFAULTS, array_of, in_ids
from services.directory.contracts import AreaCopy, AreaSettings


def note_programmes(session: Session, areas: Iterable[AreaCopy]) -> None:
    """Keep the settings of areas as they are now."""
    rows = [
        {"id": area.id, "settings": msgspec.to_builtins(area.settings), "version": area.version}
        for area in areas
    ]
    if rows:
        upsert_if_newer(session, Programme, rows)


_SETTINGS: Select[Any] = select(*Programme.__table__.c["id", "settings"]).where(
    in_ids(Programme.__table__.c.id)
)


class Programmes:
    """The settings of communities, each read once; an area that is not known yet has the defaults."""

    def __init__(self, session: Session, communities: Iterable[UUID]) -> None:
        """Read the settings of these communities."""
        ids = set(communities)
        rows = session.execute(_SETTINGS, {"ids": array_of(ids)}) if ids else ()
        self._known = {row.id: msgspec.convert(row.settings, AreaSettings) for row in rows}

    def of(self, community_id: UUID) -> AreaSettings:
        """Return the settings of one community."""
        return self._known.get(community_id, DEFAULTS)
