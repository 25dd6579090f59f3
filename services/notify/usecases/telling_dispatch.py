"""What people are told of dispatches, rectifications, escalations and recurring visits."""

from datetime import datetime
from uuid import UUID

from services.chassis.rights import Role
from services.chassis.work import Work
from services.claims.contracts import (
    DispatchesMoved,
    DispatchMove,
    EscalationsRaised,
    RectificationMove,
    RectificationsMoved,
    VisitMove,
    VisitsMoved,
)
from services.notify.domain import Topic
from services.notify.gate.ways import Ways
from services.notify.usecases.news import Hearer, News, occasion_of
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import MEMBER, accounts, doers, nearest

Told = DispatchMove | RectificationMove | VisitMove

TOLD_TO_WHO_DISPATCHED = frozenset({"accepted", "declined", "timed_out", "exhausted"})
RECTIFICATION_STEPS_OF_DOERS = frozenset({"opened", "reopened", "overdue", "done"})
RECTIFICATION_STEPS_OF_WORKERS = frozenset({"opened", "remedied", "overdue"})
VISIT_STEPS_OF_VISITORS = frozenset({"arranged", "due", "missed", "ended"})
VISIT_STEPS_OF_WORKERS = frozenset({"missed", "left"})


def tell_of_dispatches(ways: Ways, work: Work, event: DispatchesMoved, now: datetime) -> None:
    """Ask the member, or say that they need not answer; tell the worker what came of it."""
    workers = _workers(work, [move.area_path for move in event.moves if move.worker_id is None])
    notes = []
    for number, move in enumerate(event.moves):
        occasion = occasion_of(event, _step_of(move.dispatch_id, number))
        if move.how == "proposed" and move.member_id and move.answer_by:
            proposal = _proposal(work, occasion, move, move.answer_by)
            notes += proposal.notes_to([(move.member_id, MEMBER)])
        elif move.how == "withdrawn" and move.member_id:
            news = News(Topic.DISPATCH_WITHDRAWN, occasion, move.wish_id, move.area_path, _about(move))
            notes += news.notes_to([(move.member_id, MEMBER)])
        elif move.how in TOLD_TO_WHO_DISPATCHED:
            told = [move.worker_id] if move.worker_id else workers[move.area_path]
            words = _how(work, move)
            news = News(Topic.DISPATCH_ANSWERED, occasion, move.wish_id, move.area_path, words)
            notes += news.notes_to(accounts(told))
    tell(work, ways, notes, now)


def _proposal(work: Work, occasion: UUID, move: DispatchMove, answer_by: datetime) -> News:
    local = answer_by.astimezone(work.zone)
    words = _about(move) | {"answer_on": local.date().isoformat(), "answer_at": f"{local:%H:%M}"}
    topic = Topic.URGENT_DISPATCH if move.is_urgent else Topic.DISPATCH_PROPOSED
    return News(topic, occasion, move.wish_id, move.area_path, words, expires_at=answer_by)


def tell_of_rectifications(ways: Ways, work: Work, event: RectificationsMoved, now: datetime) -> None:
    """Tell the doer what is to be put right, and the workers of the place whom to ask."""
    workers = _workers(work, [move.area_path for move in event.moves])
    notes = []
    for move in event.moves:
        told: list[Hearer] = []
        if move.how in RECTIFICATION_STEPS_OF_DOERS:
            told += doers(move)
        if move.how in RECTIFICATION_STEPS_OF_WORKERS:
            told += accounts(workers[move.area_path])
        words = _how(work, move) | {"due_on": move.due_on.isoformat()}
        occasion = occasion_of(event, move.rectification_id)
        news = News(Topic.RECTIFICATION_MOVED, occasion, move.wish_id, move.area_path, words)
        notes += news.notes_to(told)
    tell(work, ways, notes, now)


def tell_of_escalations(ways: Ways, work: Work, event: EscalationsRaised, now: datetime) -> None:
    """Tell the officers of the level that was reached."""
    paths = {one.told_path for one in event.escalations}
    officers = nearest(work, Role.OFFICER, paths)
    notes = []
    for one in event.escalations:
        words = {"title": one.title, "code": one.code, "kind": one.kind.value, "waited": one.waited}
        occasion = occasion_of(event, one.escalation_id)
        news = News(Topic.ESCALATION_RAISED, occasion, one.subject_id, one.area_path, words)
        notes += news.notes_to(accounts(officers[one.told_path]))
    tell(work, ways, notes, now)


def tell_of_visits(ways: Ways, work: Work, event: VisitsMoved, now: datetime) -> None:
    """Remind the visitor, and tell the workers of the place who did not come or cannot any more."""
    workers = _workers(work, [move.area_path for move in event.moves])
    notes = []
    for move in event.moves:
        told: list[Hearer] = [(move.member_id, MEMBER)] if move.how in VISIT_STEPS_OF_VISITORS else []
        if move.how in VISIT_STEPS_OF_WORKERS:
            told += accounts(workers[move.area_path])
        words = _how(work, move) | {"rhythm": move.rhythm.value}
        words["due_on"] = move.due_on.isoformat() if move.due_on else ""
        occasion = occasion_of(event, move.visit_id or move.arrangement_id)
        news = News(Topic.VISIT_MOVED, occasion, move.wish_id, move.area_path, words)
        notes += news.notes_to(told)
    tell(work, ways, notes, now)


def _workers(work: Work, paths: list[str]) -> dict[str, list[UUID]]:
    return nearest(work, Role.COMMUNITY_WORKER, set(paths))


def _step_of(dispatch_id: UUID, number: int) -> UUID:
    """Return a name for one step of an event in which a dispatch may take several."""
    return UUID(int=dispatch_id.int ^ number)


def _how(work: Work, move: Told) -> dict[str, str]:
    reason = work.seals.open_or_empty(move.sealed_reason)
    return _about(move) | {"how": move.how, "reason": reason}


def _about(move: Told) -> dict[str, str]:
    return {"title": move.title, "wish_code": move.wish_code}
