"""How far a caller reaches: the area in which they manage people, and whose care is theirs."""

from uuid import UUID

from services.chassis.rights import Right
from services.chassis.work import Work
from services.directory.models import Area
from services.directory.queries.areas import area_of


def area_to_manage(work: Work, area_id: UUID) -> Area:
    """Return the area of a request after asking for the caller's right there; raise `UnknownArea`."""
    area = area_of(work.session, area_id)
    work.permit(area.path)
    return area


def manages_people_at(work: Work, path: str) -> bool:
    """Say whether the caller manages people at `path`."""
    return work.request is not None and work.request.by.may(Right.MANAGE_PEOPLE, path)
