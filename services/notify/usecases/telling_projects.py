"""What people are told of projects: each step to those whose turn it is, or who wait for it."""

from datetime import datetime

from services.chassis.rights import Role
from services.chassis.work import Work
from services.claims.contracts import ProjectMoved
from services.notify.domain import Topic
from services.notify.gate.ways import Ways
from services.notify.usecases.news import Hearer, News, occasion_of
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import ACCOUNT, UNIT, accounts, nearest

FOR_OFFICERS = frozenset({"proposed", "revised"})
FOR_WORKERS = frozenset({"claimed", "left", "completed"})
FOR_THE_PROPOSER = frozenset({"approved", "sent_back", "claimed", "left", "signed_off", "withdrawn"})
FOR_UNITS = frozenset({"left", "signed_off", "not_accepted", "withdrawn"})


def tell_of_project(ways: Ways, work: Work, event: ProjectMoved, now: datetime) -> None:
    """Tell officers what to approve, workers what to sign off, proposer and units what became of it."""
    words = {"title": event.title, "code": event.code, "how": event.how}
    words["reason"] = work.seals.open_or_empty(event.sealed_reason)
    news = News(Topic.PROJECT_MOVED, occasion_of(event), event.project_id, event.area_path, words)
    tell(work, ways, news.notes_to(_told(work, event)), now)


def _told(work: Work, event: ProjectMoved) -> list[Hearer]:
    """Return each who is told, once."""
    told: list[Hearer] = []
    for steps, role in ((FOR_OFFICERS, Role.OFFICER), (FOR_WORKERS, Role.COMMUNITY_WORKER)):
        if event.how in steps:
            told += accounts(nearest(work, role, [event.area_path])[event.area_path])
    if event.how in FOR_THE_PROPOSER and event.proposer_unit_id:
        told.append((event.proposer_unit_id, UNIT))
    elif event.how in FOR_THE_PROPOSER and event.proposer_id:
        told.append((event.proposer_id, ACCOUNT))
    if event.how in FOR_UNITS:
        told += [(unit_id, UNIT) for unit_id in event.unit_ids]
    return list(dict.fromkeys(told))
