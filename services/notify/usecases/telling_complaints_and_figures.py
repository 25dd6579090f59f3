"""What staff and complainants are told about figures to sign and about complaints."""

from datetime import datetime
from uuid import UUID

from services.chassis.contracts import Event
from services.chassis.rights import Role
from services.chassis.work import Work
from services.directory.contracts import AreaKind
from services.notify.domain import Topic
from services.notify.gate.ways import Ways
from services.notify.usecases.news import News, Note, occasion_of
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import RESIDENT, accounts, nearest
from services.wishes.contracts import (
    ComplaintAnswered,
    ComplaintReceived,
    ComplaintsEscalated,
    FiguresAwaited,
    HandledComplaint,
)


def tell_of_figures_awaited(ways: Ways, work: Work, event: FiguresAwaited, now: datetime) -> None:
    """Remind those who sign for an area: its workers, above a community its officers."""
    kind = {7: "month", 6: "half_year", 4: "year"}[len(event.period)]
    signers = _who_acts(work, {(report.area_kind, report.area_path) for report in event.reports})
    notes = []
    for report in event.reports:
        words = {"period": event.period, "period_kind": kind, "area_name": report.area_name}
        occasion = occasion_of(event, report.area_id)
        news = News(Topic.FIGURES_AWAITED, occasion, report.area_id, report.area_path, words)
        notes += news.notes_to(accounts(signers[report.area_kind, report.area_path]))
    tell(work, ways, notes, now)


def tell_of_complaint(ways: Ways, work: Work, event: ComplaintReceived, now: datetime) -> None:
    """Tell the people of the area that there is a complaint to read, never whom it is about."""
    tell(work, ways, _about_complaints(work, event, Topic.COMPLAINT_RECEIVED, [event.complaint]), now)


def tell_of_escalated_complaints(ways: Ways, work: Work, event: ComplaintsEscalated, now: datetime) -> None:
    """Tell the people of the area above."""
    tell(work, ways, _about_complaints(work, event, Topic.COMPLAINT_ESCALATED, event.complaints), now)


def tell_of_answered_complaint(ways: Ways, work: Work, event: ComplaintAnswered, now: datetime) -> None:
    """Tell the phone that the complainant left; there is no account, so the address comes with the event."""
    if event.phone is None:
        return
    news = News(
        Topic.COMPLAINT_ANSWERED,
        occasion_of(event),
        event.complaint_id,
        event.area_path,
        {"code": work.seals.open(event.sealed_code)},
        address=event.phone,
        language=event.language,
    )
    tell(work, ways, news.notes_to([(event.complaint_id, RESIDENT)]), now)


def _about_complaints(
    work: Work, event: Event, topic: Topic, complaints: list[HandledComplaint]
) -> list[Note]:
    readers = _who_acts(work, {(complaint.area_kind, complaint.area_path) for complaint in complaints})
    notes = []
    for complaint in complaints:
        words = {"due_on": complaint.due_on.isoformat()}
        occasion = occasion_of(event, complaint.complaint_id)
        news = News(topic, occasion, complaint.complaint_id, complaint.area_path, words)
        here = readers[complaint.area_kind, complaint.area_path]
        notes += news.notes_to(accounts(reader for reader in here if reader != complaint.not_for))
    return notes


def _who_acts(work: Work, places: set[tuple[str, str]]) -> dict[tuple[str, str], list[UUID]]:
    """Return for each kind and path of an area who acts for it: workers in a community, officers above."""
    of_workers = {place for place in places if place[0] in (AreaKind.COMMUNITY, AreaKind.STATION)}
    found: dict[tuple[str, str], list[UUID]] = {}
    for role, chosen in ((Role.COMMUNITY_WORKER, of_workers), (Role.OFFICER, places - of_workers)):
        people = nearest(work, role, {path for _, path in chosen})
        found |= {place: people[place[1]] for place in chosen}
    return found
