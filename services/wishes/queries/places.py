"""Where something is: areas as the directory told of them."""

from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from services.directory.contracts import AreaKind, AreaSettings
from services.wishes.contracts import UnknownArea, UnknownCommunity
from services.wishes.models import Area


def area_for(session: Session, area_id: UUID) -> Area:
    """Return an area; raise `UnknownArea`."""
    area = session.get(Area, area_id)
    if area is None:
        raise UnknownArea()
    return area


def community_for(session: Session, community_id: UUID) -> Area:
    """Return a community, the place where residents live; raise `UnknownCommunity` for anything else."""
    area = session.get(Area, community_id)
    if area is None or area.kind != AreaKind.COMMUNITY:
        raise UnknownCommunity()
    return area


def settings_of(area: Area) -> AreaSettings:
    """Return the effective settings of an area."""
    return msgspec.convert(area.settings, AreaSettings)
