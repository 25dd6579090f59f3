"""Once a day: what nobody claims, delivers or puts right is told one level up, each step once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from services.chassis.contracts import in_events, new_id
from services.chassis.database import insert_new
from services.chassis.work import Work
from services.claims.contracts import Escalates, Escalation, EscalationsRaised
from services.claims.domain import (
    ClaimState,
    OfferState,
    RectificationState,
    months_on_board,
    step_due,
    told_path,
)
from services.claims.models import Claim, EscalationStep, Milestone, Offer, Project, Rectification
from services.claims.usecases.programmes import Programmes
from services.directory.contracts import AreaSettings
from services.scheduler.contracts import RemindersDue


@dataclass(frozen=True)
class Stuck:
    """Something that waits, and for how long: releases for an offer, days for all else."""

    kind: Escalates
    subject_id: UUID
    community_id: UUID
    area_path: str
    title: str
    code: str
    waited: int

    def step(self, settings: AreaSettings) -> int:
        """Return how far up it has come."""
        by_release = self.kind is Escalates.OFFER
        return step_due(self.waited, settings.escalation_releases if by_release else settings.escalation_days)


def escalate(work: Work, event: RemindersDue, now: datetime) -> None:
    """Announce every step that was reached by this day and not told before."""
    stuck = [*_unclaimed(work, event.on), *_overdue_claims(work.session, event.on)]
    stuck += _unconfirmed_deliveries(work, event.on)
    stuck += _overdue_rectifications(work.session, event.on)
    stuck += _overdue_milestones(work.session, event.on)
    raise_steps(work, stuck, now)


def raise_steps(work: Work, stuck: Sequence[Stuck], now: datetime) -> None:
    """Keep and announce the steps that these have come to; a step that was told stays told."""
    programmes = Programmes(work.session, (one.community_id for one in stuck))
    reached = [
        _escalation(one, step, path)
        for one in stuck
        for step in range(1, one.step(programmes.of(one.community_id)) + 1)
        if (path := told_path(one.area_path, step)) is not None
    ]
    for chunk in in_events(reached):
        fresh = _kept(work.session, chunk, now)
        told = [escalation for escalation in chunk if escalation.escalation_id in fresh]
        if told:
            work.announce(EscalationsRaised(escalations=told))


def _escalation(one: Stuck, step: int, path: str) -> Escalation:
    return Escalation(
        escalation_id=new_id(),
        kind=one.kind,
        subject_id=one.subject_id,
        title=one.title,
        code=one.code,
        area_path=one.area_path,
        told_path=path,
        step=step,
        waited=one.waited,
    )


def _kept(session: Session, escalations: Iterable[Escalation], now: datetime) -> set[UUID]:
    """Write the steps that are new and return their ids."""
    rows = [
        {
            "id": escalation.escalation_id,
            "kind": escalation.kind.value,
            "subject_id": escalation.subject_id,
            "step": escalation.step,
            "title": escalation.title,
            "code": escalation.code,
            "area_path": escalation.area_path,
            "told_path": escalation.told_path,
            "raised_at": now,
        }
        for escalation in escalations
    ]
    return insert_new(session, EscalationStep, rows)


# -- what is stuck

_ON_BOARD = (Offer.community_id, Offer.area_path, Offer.title, Offer.code)


def _unclaimed(work: Work, on: date) -> list[Stuck]:
    """Return the open offers of which no place was ever kept by anybody, and the releases since the first."""
    unclaimed = (Offer.state == OfferState.OPEN) & (Offer.taken == 0)
    rows = work.session.execute(
        select(Offer.id, Offer.released_at, *_ON_BOARD).where(unclaimed).order_by(Offer.id)
    )
    return [_stuck(Escalates.OFFER, row, months_on_board(work.day_of(row.released_at), on)) for row in rows]


def _overdue_claims(session: Session, on: date) -> list[Stuck]:
    is_late = (Claim.state == ClaimState.HELD) & (Claim.due_on < on)
    late = select(Claim.id, Claim.due_on, *_ON_BOARD).join(Offer, Offer.id == Claim.offer_id).where(is_late)
    return _overdue(session, Escalates.CLAIM, late.order_by(Claim.id), on)


def _unconfirmed_deliveries(work: Work, on: date) -> list[Stuck]:
    """Return what is said to be done and waits for the resident or a second person, and for how many days."""
    delivered = select(Claim.id, Claim.delivered_at, *_ON_BOARD).join(Offer, Offer.id == Claim.offer_id)
    rows = work.session.execute(delivered.where(Claim.state == ClaimState.DELIVERED).order_by(Claim.id))
    return [_stuck(Escalates.DELIVERY, row, (on - work.day_of(row.delivered_at)).days) for row in rows]


def _overdue_rectifications(session: Session, on: date) -> list[Stuck]:
    is_open = Rectification.state.in_((RectificationState.OPEN, RectificationState.OVERDUE))
    late = (
        select(Rectification.id, Rectification.due_on, *_ON_BOARD)
        .join(Offer, Offer.id == Rectification.offer_id)
        .where(is_open & (Rectification.due_on < on))
    )
    return _overdue(session, Escalates.RECTIFICATION, late.order_by(Rectification.id), on)


def _overdue_milestones(session: Session, on: date) -> list[Stuck]:
    place = (Project.area_id.label("community_id"), Project.area_path, Project.code)
    late = (
        select(Milestone.id, Milestone.due_on, Milestone.title, *place)
        .join(Project, Project.id == Milestone.project_id)
        .where(Milestone.reached_at.is_(None) & (Milestone.due_on < on))
    )
    return _overdue(session, Escalates.MILESTONE, late.order_by(Milestone.id), on)


def _overdue(session: Session, kind: Escalates, late: Executable, on: date) -> list[Stuck]:
    """Return what is late with the days since it was due."""
    return [_stuck(kind, row, (on - row.due_on).days) for row in session.execute(late)]


def _stuck(kind: Escalates, row: Any, waited: int) -> Stuck:
    return Stuck(kind, row.id, row.community_id, row.area_path, row.title, row.code, waited)
