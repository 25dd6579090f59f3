"""What people are told of projects: each step to those whose turn it is, or who wait for it."""

from datetime import datetime
from uuid import UUID

from services.chassis.rights import Role
from services.chassis.work import Work
from services.claims.contracts import ProjectMoved
from services.notify.domain import RecipientKind, Topic
from services.notify.usecases.planning import Note, Ways, occasion_of, tell
from services.notify.usecases.telling import ACCOUNT, UNIT, nearest

FOR_OFFICERS = frozenset({"proposed", "revised"})
FOR_WORKERS = frozenset({"claimed", "completed"})
FOR_THE_PROPOSER = frozenset({"approved", "sent_back", "claimed", "signed_off"})
FOR_UNITS = frozenset({"signed_off", "not_accepted"})


def tell_of_project(ways: Ways, work: Work, event: ProjectMoved, now: datetime) -> None:
    """Tell officers what to approve, workers what to sign off, proposer and units what became of it."""
    words = {"title": event.title, "code": event.code, "how": event.how}
    words["reason"] = work.seals.open(event.sealed_reason) if event.sealed_reason else ""
    notes = [
        Note(
            occasion=occasion_of(event),
            topic=Topic.PROJECT_MOVED,
            to=to,
            kind=kind,
            subject_id=event.project_id,
            area_path=event.area_path,
            parameters=words,
        )
        for to, kind in _told(work, event)
    ]
    tell(work, ways, notes, now)


def _told(work: Work, event: ProjectMoved) -> list[tuple[UUID, RecipientKind]]:
    """Return each who is told, once."""
    told: list[tuple[UUID, RecipientKind]] = []
    for steps, role in ((FOR_OFFICERS, Role.OFFICER), (FOR_WORKERS, Role.COMMUNITY_WORKER)):
        if event.how in steps:
            told += [(one, ACCOUNT) for one in nearest(work, role, [event.area_path])[event.area_path]]
    if event.how in FOR_THE_PROPOSER and event.proposer_unit_id:
        told.append((event.proposer_unit_id, UNIT))
    elif event.how in FOR_THE_PROPOSER and event.proposer_id:
        told.append((event.proposer_id, ACCOUNT))
    if event.how in FOR_UNITS:
        told += [(unit_id, UNIT) for unit_id in event.unit_ids]
    return list(dict.fromkeys(told))
