"""Recurring visits: arranged by a worker, recorded by the visitor, reminded of, missed, ended by either."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from services.chassis.contracts import Done, Sealed, in_events, new_id
from services.chassis.refusals import SignInNeeded
from services.chassis.work import Work
from services.claims.contracts import (
    AlreadyArranged,
    ArrangeVisits,
    EndVisits,
    LeaveVisits,
    NoLongerOffered,
    RecordVisit,
    Rhythm,
    UnknownArrangement,
    UnknownOffer,
    UnknownVisit,
    UnusableDay,
    VisitMove,
    VisitorUnavailable,
    VisitsMoved,
)
from services.claims.domain import (
    ARRANGEMENT_LIFECYCLE,
    GRACE,
    NOTICE,
    VISIT_LIFECYCLE,
    ArrangementAction,
    ArrangementState,
    OfferState,
    VisitAction,
    VisitState,
    text_given,
    visit_after,
)
from services.claims.models import Arrangement, Member, Offer, Team, Visit
from services.claims.usecases.locking import lock_offers
from services.claims.usecases.writing import asker
from services.scheduler.contracts import RemindersDue

OfferRow = Row[Any]
FURTHEST = timedelta(days=366)

# -- the worker


def arrange_visits(work: Work, command: ArrangeVisits, now: datetime) -> Done:
    """Pair a visitor with the resident of a wish; the first visit is planned for the day it starts.

    Raises `UnknownOffer`, `NoLongerOffered`, `UnusableDay`, `VisitorUnavailable` and `AlreadyArranged`.
    """
    offer = _offer(work, command.wish_id)
    if offer is None:
        raise UnknownOffer()
    work.permit(offer.area_path)
    _check_arrangement(work, command, work.day_of(now))
    arrangement = Arrangement(
        id=new_id(),
        offer_id=offer.id,
        member_id=command.member_id,
        team_id=command.team_id,
        area_path=offer.area_path,
        rhythm=command.rhythm.value,
        starts_on=command.starts_on,
        state=ARRANGEMENT_LIFECYCLE.starts.value,
        created_at=now,
    )
    work.session.add(arrangement)
    _plan(work, arrangement, command.starts_on)
    _tell(work, [_move(arrangement, offer, "arranged", due_on=command.starts_on)])
    return Done(id=arrangement.id)


def _check_arrangement(work: Work, command: ArrangeVisits, today: date) -> None:
    if lock_offers(work.session, [command.wish_id])[command.wish_id].state == OfferState.WITHDRAWN:
        raise NoLongerOffered()
    if not today <= command.starts_on <= today + FURTHEST:
        raise UnusableDay()
    member = work.session.get(Member, command.member_id)
    team = work.session.get(Team, command.team_id) if command.team_id else None
    is_of_team = command.team_id is None or (
        team is not None and team.is_active and command.member_id in _people(team)
    )
    if member is None or not member.is_active or not is_of_team:
        raise VisitorUnavailable()
    is_same = (Arrangement.offer_id == command.wish_id) & (Arrangement.member_id == command.member_id)
    is_active = Arrangement.state == ArrangementState.ACTIVE
    if work.session.execute(select(Arrangement.id).where(is_same, is_active)).first():
        raise AlreadyArranged()


def end_visits(work: Work, command: EndVisits, now: datetime) -> Done:
    """Let a worker end an arrangement; the visitor is told."""
    said = work.seals.seal_or_none(text_given(command.reason))
    found = work.session.get(Arrangement, command.arrangement_id, with_for_update=True)
    if found is None:
        raise UnknownArrangement()
    work.permit(found.area_path)
    return _end(work, found, "ended", said, now)


# -- the visitor


def leave_visits(work: Work, command: LeaveVisits, now: datetime) -> Done:
    """Let the visitor end an arrangement; the workers of the place are told."""
    said = work.seals.seal_or_none(text_given(command.reason))
    if not command.by.is_signed_in:
        raise SignInNeeded()
    found = work.session.get(Arrangement, command.arrangement_id, with_for_update=True)
    if found is None or found.member_id != command.by.member_id:
        raise UnknownArrangement()
    work.permit_self(found.member_id)
    return _end(work, found, "left", said, now)


def record_visit(work: Work, command: RecordVisit, now: datetime) -> Done:
    """Keep that the visitor, or another of their team, came, from some days before the visit was planned on.

    The next one is planned then. Raises `UnknownVisit` and `UnusableDay`.
    """
    said = work.seals.seal_or_none(text_given(command.note))
    arrangement, visit = _own_visit(work, command)
    if not visit.due_on - GRACE <= command.done_on <= work.day_of(now):
        raise UnusableDay()
    was_planned = visit.state == VisitState.PLANNED
    visit.state = VISIT_LIFECYCLE.after(VisitState(visit.state), VisitAction.RECORD).value
    visit.done_on, visit.by, visit.note = command.done_on, asker(command), said
    if was_planned:
        _plan_next(work, arrangement, visit.due_on)
    return Done(id=visit.id)


def _own_visit(work: Work, command: RecordVisit) -> tuple[Arrangement, Visit]:
    """Lock and return a visit that the caller may record; `UnknownVisit` for those of others."""
    if not command.by.is_signed_in:
        raise SignInNeeded()
    found = work.session.get(Visit, command.visit_id)
    if found is None:
        raise UnknownVisit()
    arrangement = work.session.get_one(Arrangement, found.arrangement_id, with_for_update=True)
    team = work.session.get(Team, arrangement.team_id) if arrangement.team_id else None
    visitors = {arrangement.member_id} | (_people(team) if team else set())
    if command.by.member_id not in visitors:
        raise UnknownVisit()
    work.permit_self(*visitors)
    work.session.refresh(found, with_for_update=True)
    return arrangement, found


def _people(team: Team) -> set[UUID]:
    return {team.leader_id, *team.member_ids}


# -- the clock


def look_after_visits(work: Work, event: RemindersDue, now: datetime) -> None:
    """Remind of the visits of tomorrow, and say of those that nobody made that they were missed."""
    is_due = (Visit.state == VisitState.PLANNED) & (Visit.due_on <= event.on + NOTICE)
    found = work.session.execute(
        select(Visit, Arrangement)
        .join(Arrangement, Arrangement.id == Visit.arrangement_id)
        .where(is_due)
        .order_by(Arrangement.id)
        .with_for_update()
    ).all()
    offers = _offers(work, {arrangement.offer_id for _, arrangement in found}) if found else {}
    moves = []
    for visit, arrangement in found:
        how = _looked_after(work, visit, arrangement, event.on)
        if how is not None:
            moves.append(_move(arrangement, offers[arrangement.offer_id], how, visit=visit))
    _tell(work, moves)


def _looked_after(work: Work, visit: Visit, arrangement: Arrangement, on: date) -> str | None:
    """Return what is to be said about a visit on this day, None for nothing."""
    if visit.due_on + GRACE < on:
        visit.state = VISIT_LIFECYCLE.after(VisitState(visit.state), VisitAction.MISS).value
        _plan_next(work, arrangement, max(visit.due_on, on - timedelta(days=1)))
        return "missed"
    if visit.reminded_on is None and on <= visit.due_on:
        visit.reminded_on = on
        return "due"
    return None


# -- the steps


def _plan(work: Work, arrangement: Arrangement, due_on: date) -> None:
    work.session.add(
        Visit(
            id=new_id(),
            arrangement_id=arrangement.id,
            area_path=arrangement.area_path,
            due_on=due_on,
            state=VISIT_LIFECYCLE.starts.value,
        )
    )


def _plan_next(work: Work, arrangement: Arrangement, after: date) -> None:
    if arrangement.state == ArrangementState.ACTIVE:
        _plan(work, arrangement, visit_after(arrangement.starts_on, Rhythm(arrangement.rhythm), after))


def _end(work: Work, found: Arrangement, how: str, said: Sealed | None, now: datetime) -> Done:
    """End an arrangement; what was planned is cancelled, what was missed stays."""
    state = ArrangementState(found.state)
    found.state = ARRANGEMENT_LIFECYCLE.after(state, ArrangementAction.END).value
    found.ended_at, found.reason = now, said
    is_planned = (Visit.arrangement_id == found.id) & (Visit.state == VisitState.PLANNED)
    for visit in work.session.scalars(select(Visit).where(is_planned).with_for_update()):
        visit.state = VISIT_LIFECYCLE.after(VisitState(visit.state), VisitAction.CANCEL).value
    offer = _offers(work, {found.offer_id})[found.offer_id]
    _tell(work, [_move(found, offer, how, said=said)])
    return Done(id=found.id)


def _move(
    arrangement: Arrangement,
    offer: OfferRow,
    how: str,
    *,
    visit: Visit | None = None,
    due_on: date | None = None,
    said: Sealed | None = None,
) -> VisitMove:
    return VisitMove(
        arrangement_id=arrangement.id,
        visit_id=visit.id if visit else None,
        wish_id=offer.id,
        member_id=arrangement.member_id,
        title=offer.title,
        wish_code=offer.code,
        area_path=arrangement.area_path,
        how=how,
        due_on=visit.due_on if visit else due_on,
        rhythm=Rhythm(arrangement.rhythm),
        sealed_reason=said,
    )


def _tell(work: Work, moves: Sequence[VisitMove]) -> None:
    work.announce(*(VisitsMoved(moves=chunk) for chunk in in_events(moves)))


def _offer(work: Work, offer_id: UUID) -> OfferRow | None:
    return _offers(work, {offer_id}).get(offer_id)


def _offers(work: Work, ids: set[UUID]) -> dict[UUID, OfferRow]:
    columns: list[Any] = [Offer.id, Offer.title, Offer.code, Offer.area_path]
    return {row.id: row for row in work.session.execute(select(*columns).where(Offer.id.in_(ids)))}
