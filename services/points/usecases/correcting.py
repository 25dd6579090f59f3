"""Corrections: one person proposes, another decides, and an entry that names the first is added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.chassis.contracts import Done, Sealed, new_id
from services.chassis.work import Work
from services.points.contracts import (
    ApproveCorrection,
    CorrectionPending,
    CorrectionProposed,
    CorrectionState,
    EntryIsCorrection,
    PointsCorrected,
    ProposeCorrection,
    RejectCorrection,
    SecondPersonNeeded,
    UnknownCorrection,
    UnknownEntry,
    UnusableCorrection,
)
from services.points.domain import CORRECTION_LIFECYCLE, MOST_POINTS, CorrectionAction, may_count
from services.points.models import Correction, Entry
from services.points.usecases.deciding import not_about_oneself, usable_reason
from services.points.usecases.recognising import lock_cards, recognise

COPIED = (
    "claim_id",
    "deed",
    "rule_id",
    "member_id",
    "community_id",
    "area_path",
    "wish_id",
    "title",
    "confirmed_at",
    "earned_on",
    "year",
)
"""What the entry of a correction repeats of the one it corrects: it counts on the same card and day."""


def propose_correction(work: Work, command: ProposeCorrection, now: datetime) -> Done:
    """Propose to change what a deed counts; nothing is entered until somebody else approves.

    Raises `UnknownEntry`, `EntryIsCorrection`, `OwnMatter`, `ReasonMissing`, `UnusableReason`,
    `UnusableCorrection` and `CorrectionPending`.
    """
    entry = _entry_to_correct(work, command)
    reason = usable_reason(command.reason)
    _check(work.session, entry, command.points)
    correction_id = _propose(work, entry, command.points, reason, now)
    work.record("propose_correction", str(correction_id), now)
    proposed = CorrectionProposed(
        correction_id=correction_id, area_path=entry.area_path, title=entry.title, points=command.points
    )
    work.announce(proposed)
    return Done(id=correction_id)


def _entry_to_correct(work: Work, command: ProposeCorrection) -> Entry:
    entry = work.session.get(Entry, command.entry_id)
    if entry is None:
        work.permitted_scopes()
        raise UnknownEntry()
    work.permit(entry.area_path)
    if entry.corrects_id is not None:
        raise EntryIsCorrection()
    not_about_oneself(command.by, entry.member_id)
    return entry


def _propose(work: Work, entry: Entry, points: int, reason: str, now: datetime) -> UUID:
    """Write a proposal down; raise `CorrectionPending` when the entry has one already."""
    proposed = {name: getattr(entry, name) for name in ("member_id", "area_path", "title")}
    proposed |= {
        "id": new_id(),
        "entry_id": entry.id,
        "points": points,
        "reason": work.seals.seal(reason),
        "state": CORRECTION_LIFECYCLE.starts,
        "proposed_by": work.actor,
        "proposed_at": now,
    }
    is_open = Correction.state == CorrectionState.PROPOSED.value
    statement = upsert(Correction).values(proposed)
    statement = statement.on_conflict_do_nothing(index_elements=["entry_id"], index_where=is_open)
    correction_id: UUID | None = work.session.scalar(statement.returning(Correction.id))
    if correction_id is None:
        raise CorrectionPending()
    return correction_id


def approve_correction(work: Work, command: ApproveCorrection, now: datetime) -> Done:
    """Enter a correction that somebody else proposed, and recognise what the card reaches by it.

    What was recognised before stays. Raises `UnknownCorrection`, `SecondPersonNeeded`, `OwnMatter`,
    `IllegalMove` once it is decided, and `UnusableCorrection` when the deed was corrected otherwise since.
    """
    correction = _decide(work, command.correction_id, CorrectionAction.APPROVE, now)
    entry = work.session.get_one(Entry, correction.entry_id)
    lock_cards(work.session, [(entry.member_id, entry.community_id, entry.year)])
    _check(work.session, entry, correction.points)
    entered = {name: getattr(entry, name) for name in COPIED}
    entered |= {
        "id": new_id(),
        "points": correction.points,
        "entered_at": now,
        "corrects_id": entry.id,
        "correction_id": correction.id,
    }
    work.session.execute(insert(Entry).values(entered))
    card = and_(Entry.member_id == entry.member_id, Entry.community_id == entry.community_id)
    recognise(work, entry.year, card, now)
    work.announce(_corrected(work.session, correction, entered))
    return Done(id=correction.id)


def reject_correction(work: Work, command: RejectCorrection, now: datetime) -> Done:
    """Leave an entry as it is although somebody else wanted it corrected, and say why.

    Raises as `approve_correction` does, and `ReasonMissing` and `UnusableReason`.
    """
    reason = usable_reason(command.reason)
    correction = _decide(work, command.correction_id, CorrectionAction.REJECT, now)
    correction.decision = work.seals.seal(reason)
    return Done(id=correction.id)


def _decide(work: Work, correction_id: UUID, action: CorrectionAction, now: datetime) -> Correction:
    correction = work.session.get(Correction, correction_id, with_for_update=True)
    if correction is None:
        work.permitted_scopes()
        raise UnknownCorrection()
    work.permit(correction.area_path)
    if correction.proposed_by == work.actor:
        raise SecondPersonNeeded()
    assert work.request is not None  # commands only  # noqa: S101
    not_about_oneself(work.request.by, correction.member_id)
    correction.state = CORRECTION_LIFECYCLE.after(CorrectionState(correction.state), action)
    correction.decided_by, correction.decided_at = work.actor, now
    work.record(f"{action}_correction", str(correction.id), now)
    return correction


def _check(session: Session, entry: Entry, change: int) -> None:
    """Raise `UnusableCorrection` unless the deed, as corrected so far, may be changed by so many points."""
    corrected = select(func.coalesce(func.sum(Entry.points), 0)).where(Entry.corrects_id == entry.id)
    if not may_count(entry.points + session.scalars(corrected).one(), change):
        raise UnusableCorrection(most=MOST_POINTS)


def _corrected(session: Session, correction: Correction, entered: dict[str, Any]) -> PointsCorrected:
    """Return what the member is told, with the sum of the card as it is now."""
    balance = session.scalars(
        select(func.sum(Entry.points)).where(
            Entry.member_id == entered["member_id"],
            Entry.community_id == entered["community_id"],
            Entry.year == entered["year"],
        )
    ).one()
    told = ("member_id", "community_id", "area_path", "title", "year", "points")
    return PointsCorrected(
        entry_id=entered["id"],
        correction_id=correction.id,
        corrects_id=correction.entry_id,
        balance=balance,
        sealed_reason=Sealed(correction.reason),
        **{name: entered[name] for name in told},
    )
