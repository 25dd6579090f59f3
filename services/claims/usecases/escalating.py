"""Once a day: what nobody claims, delivers or puts right is told one level up, each step once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from services.chassis.contracts import in_events, new_id
from services.chassis.database import insert_new
from services.chassis.work import Work
from services.claims.contracts import Escalates, Escalation, EscalationsRaised
from services.claims.domain import (
    ClaimState,
    OfferState,
    ProjectState,
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
    raise_steps(work, _stuck(work, event.on), now)


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


def _stuck(work: Work, on: date) -> list[Stuck]:
    """Return all that waits, in one statement: what is late since it was due, all else since it began."""
    waiting = union_all(
        _not_all_claimed(work.zone),
        _late(Escalates.CLAIM, Claim, (Claim.state == ClaimState.HELD) & (Claim.due_on < on)),
        _unconfirmed_deliveries(work.zone),
        _late(Escalates.RECTIFICATION, Rectification, _is_open_still & (Rectification.due_on < on)),
        _late_milestones(on),
    )
    rows = work.session.execute(waiting.order_by("kind", "id"))
    return [_one(row, on) for row in rows]


def _one(row: Any, on: date) -> Stuck:
    kind = Escalates(row.kind)
    waited = months_on_board(row.since, on) if kind is Escalates.OFFER else (on - row.since).days
    return Stuck(kind, row.id, row.community_id, row.area_path, row.title, row.code, waited)


_ON_BOARD = (Offer.community_id, Offer.area_path, Offer.title, Offer.code)
_is_open_still = Rectification.state.in_((RectificationState.OPEN, RectificationState.OVERDUE))


def _not_all_claimed(zone: ZoneInfo) -> Select[Any]:
    """Return the offers of which a place is free: with one of several left over a wish never comes true."""
    on_board = _waits(Escalates.OFFER, Offer.id, _ON_BOARD, _day_of(Offer.released_at, zone))
    return on_board.where(Offer.state == OfferState.OPEN)


def _unconfirmed_deliveries(zone: ZoneInfo) -> Select[Any]:
    """Return what is said to be done and waits for the resident or a second person."""
    delivered = _waits(Escalates.DELIVERY, Claim.id, _ON_BOARD, _day_of(Claim.delivered_at, zone))
    return delivered.join(Offer, Offer.id == Claim.offer_id).where(Claim.state == ClaimState.DELIVERED)


def _late(
    kind: Escalates, table: type[Claim] | type[Rectification], is_late: ColumnElement[bool]
) -> Select[Any]:
    late = _waits(kind, table.id, _ON_BOARD, table.due_on)
    return late.join(Offer, Offer.id == table.offer_id).where(is_late)


def _late_milestones(on: date) -> Select[Any]:
    columns = (Project.area_id.label("community_id"), Project.area_path, Milestone.title, Project.code)
    late = _waits(Escalates.MILESTONE, Milestone.id, columns, Milestone.due_on)
    is_late = (
        (Project.state == ProjectState.CLAIMED) & Milestone.reached_at.is_(None) & (Milestone.due_on < on)
    )
    return late.join(Project, Project.id == Milestone.project_id).where(is_late)


def _waits(kind: Escalates, key: Any, columns: Iterable[Any], since: Any) -> Select[Any]:
    return select(literal(kind.value).label("kind"), since.label("since"), key.label("id"), *columns)


def _day_of(instant: Any, zone: ZoneInfo) -> ColumnElement[date]:
    return cast(func.timezone(zone.key, instant), Date)
