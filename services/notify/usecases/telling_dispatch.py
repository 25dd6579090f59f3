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
from services.notify.domain import RecipientKind, Topic
from services.notify.usecases.planning import Note, Ways, occasion_of, tell
from services.notify.usecases.telling import ACCOUNT, MEMBER, nearest

Told = list[tuple[UUID, RecipientKind]]

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
            notes.append(_proposal(work, occasion, move, move.member_id, move.answer_by))
        elif move.how == "withdrawn" and move.member_id:
            words = {"title": move.title, "wish_code": move.wish_code}
            notes.append(_note(occasion, Topic.DISPATCH_WITHDRAWN, (move.member_id, MEMBER), move, words))
        elif move.how in TOLD_TO_WHO_DISPATCHED:
            told = [move.worker_id] if move.worker_id else workers[move.area_path]
            words = {"title": move.title, "wish_code": move.wish_code, "how": move.how}
            words["reason"] = work.seals.open(move.sealed_reason) if move.sealed_reason else ""
            notes += [
                _note(occasion, Topic.DISPATCH_ANSWERED, (worker, ACCOUNT), move, words) for worker in told
            ]
    tell(work, ways, notes, now)


def _proposal(work: Work, occasion: UUID, move: DispatchMove, to: UUID, answer_by: datetime) -> Note:
    local = answer_by.astimezone(work.zone)
    return Note(
        occasion=occasion,
        topic=Topic.URGENT_DISPATCH if move.is_urgent else Topic.DISPATCH_PROPOSED,
        to=to,
        kind=MEMBER,
        subject_id=move.wish_id,
        area_path=move.area_path,
        parameters={
            "title": move.title,
            "wish_code": move.wish_code,
            "answer_on": local.date().isoformat(),
            "answer_at": f"{local:%H:%M}",
        },
        expires_at=answer_by,
    )


def tell_of_rectifications(ways: Ways, work: Work, event: RectificationsMoved, now: datetime) -> None:
    """Tell the doer what is to be put right, and the workers of the place whom to ask."""
    workers = _workers(work, [move.area_path for move in event.moves])
    notes = []
    for move in event.moves:
        told: Told = []
        if move.how in RECTIFICATION_STEPS_OF_DOERS and move.member_id:
            told.append((move.member_id, MEMBER))
        if move.how in RECTIFICATION_STEPS_OF_WORKERS:
            told += [(worker, ACCOUNT) for worker in workers[move.area_path]]
        words = {"title": move.title, "wish_code": move.wish_code, "how": move.how}
        words["due_on"] = move.due_on.isoformat()
        words["reason"] = work.seals.open(move.sealed_reason) if move.sealed_reason else ""
        occasion = occasion_of(event, move.rectification_id)
        notes += [_note(occasion, Topic.RECTIFICATION_MOVED, to, move, words) for to in told]
    tell(work, ways, notes, now)


def tell_of_escalations(ways: Ways, work: Work, event: EscalationsRaised, now: datetime) -> None:
    """Tell the officers of the level that was reached."""
    paths = {one.told_path for one in event.escalations}
    officers = nearest(work, Role.OFFICER, paths)
    notes = [
        Note(
            occasion=occasion_of(event, one.escalation_id),
            topic=Topic.ESCALATION_RAISED,
            to=officer,
            kind=ACCOUNT,
            subject_id=one.subject_id,
            area_path=one.area_path,
            parameters={
                "title": one.title,
                "code": one.code,
                "kind": one.kind.value,
                "waited": one.waited,
            },
        )
        for one in event.escalations
        for officer in officers[one.told_path]
    ]
    tell(work, ways, notes, now)


def tell_of_visits(ways: Ways, work: Work, event: VisitsMoved, now: datetime) -> None:
    """Remind the visitor, and tell the workers of the place who did not come or cannot any more."""
    workers = _workers(work, [move.area_path for move in event.moves])
    notes = []
    for move in event.moves:
        told: Told = [(move.member_id, MEMBER)] if move.how in VISIT_STEPS_OF_VISITORS else []
        if move.how in VISIT_STEPS_OF_WORKERS:
            told += [(worker, ACCOUNT) for worker in workers[move.area_path]]
        words = {"title": move.title, "wish_code": move.wish_code, "how": move.how}
        words |= {"due_on": move.due_on.isoformat() if move.due_on else "", "rhythm": move.rhythm.value}
        words["reason"] = work.seals.open(move.sealed_reason) if move.sealed_reason else ""
        occasion = occasion_of(event, move.visit_id or move.arrangement_id)
        notes += [_note(occasion, Topic.VISIT_MOVED, to, move, words) for to in told]
    tell(work, ways, notes, now)


def _workers(work: Work, paths: list[str]) -> dict[str, list[UUID]]:
    return nearest(work, Role.COMMUNITY_WORKER, set(paths))


def _step_of(dispatch_id: UUID, number: int) -> UUID:
    """Return a name for one step of an event in which a dispatch may take several."""
    return UUID(int=dispatch_id.int ^ number)


def _note(
    occasion: UUID,
    topic: Topic,
    to: tuple[UUID, RecipientKind],
    move: DispatchMove | RectificationMove | VisitMove,
    words: dict[str, str],
) -> Note:
    return Note(
        occasion=occasion,
        topic=topic,
        to=to[0],
        kind=to[1],
        subject_id=move.wish_id,
        area_path=move.area_path,
        parameters=words,
    )
