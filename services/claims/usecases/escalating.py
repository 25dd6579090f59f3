"""Once a day: what nobody claims, delivers or puts right is told one level up, each step once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.chassis.contracts import new_id
from services.chassis.database import in_chunks
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
from services.claims.usecases.writing import ITEMS_OF_AN_EVENT
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
    for chunk in in_chunks(reached, ITEMS_OF_AN_EVENT):
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
    written = insert(EscalationStep).values(rows).on_conflict_do_nothing().returning(EscalationStep.id)
    return set(session.scalars(written))


# -- what is stuck


def _unclaimed(work: Work, on: date) -> list[Stuck]:
    """Return the open offers of which no place was ever kept by anybody, and the releases since the first."""
    unclaimed = (Offer.state == OfferState.OPEN) & (Offer.taken == 0)
    columns = select(
        Offer.id, Offer.community_id, Offer.area_path, Offer.title, Offer.code, Offer.released_at
    )
    return [
        Stuck(
            Escalates.OFFER,
            row.id,
            row.community_id,
            row.area_path,
            row.title,
            row.code,
            months_on_board(work.day_of(row.released_at), on),
        )
        for row in work.session.execute(columns.where(unclaimed).order_by(Offer.id))
    ]


def _overdue_claims(session: Session, on: date) -> list[Stuck]:
    late = select(Claim.id, Claim.due_on, Offer.community_id, Offer.area_path, Offer.title, Offer.code).join(
        Offer, Offer.id == Claim.offer_id
    )
    is_late = (Claim.state == ClaimState.HELD) & (Claim.due_on < on)
    return [
        Stuck(
            Escalates.CLAIM,
            row.id,
            row.community_id,
            row.area_path,
            row.title,
            row.code,
            (on - row.due_on).days,
        )
        for row in session.execute(late.where(is_late).order_by(Claim.id))
    ]


def _overdue_rectifications(session: Session, on: date) -> list[Stuck]:
    late = select(
        Rectification.id, Rectification.due_on, Offer.community_id, Offer.area_path, Offer.title, Offer.code
    ).join(Offer, Offer.id == Rectification.offer_id)
    is_late = Rectification.state.in_((RectificationState.OPEN, RectificationState.OVERDUE)) & (
        Rectification.due_on < on
    )
    return [
        Stuck(
            Escalates.RECTIFICATION,
            row.id,
            row.community_id,
            row.area_path,
            row.title,
            row.code,
            (on - row.due_on).days,
        )
        for row in session.execute(late.where(is_late).order_by(Rectification.id))
    ]


def _overdue_milestones(session: Session, on: date) -> list[Stuck]:
    late = select(
        Milestone.id, Milestone.due_on, Milestone.title, Project.area_id, Project.area_path, Project.code
    ).join(Project, Project.id == Milestone.project_id)
    is_late = Milestone.reached_at.is_(None) & (Milestone.due_on < on)
    return [
        Stuck(
            Escalates.MILESTONE,
            row.id,
            row.area_id,
            row.area_path,
            row.title,
            row.code,
            (on - row.due_on).days,
        )
        for row in session.execute(late.where(is_late).order_by(Milestone.id))
    ]
