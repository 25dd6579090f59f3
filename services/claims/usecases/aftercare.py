"""After a confirmation: a share is called back about, and what is found wanting is put right in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from services.chassis.contracts import Done, Sealed, in_events, new_id
from services.chassis.refusals import SignInNeeded
from services.chassis.work import Work
from services.claims.contracts import (
    ClaimantKind,
    RecordCallBack,
    RectificationMove,
    RectificationsMoved,
    ReportRectified,
    SettleRectification,
    UnknownCallBack,
    UnknownClaim,
    UnknownOutcome,
    UnknownRectification,
    UnusableSatisfaction,
    WantingReasonNeeded,
)
from services.claims.domain import (
    CALL_BACK_LIFECYCLE,
    CALL_BACK_OUTCOMES,
    RECTIFICATION_LIFECYCLE,
    WORST_LEVELS,
    CallBackAction,
    CallBackState,
    RectificationAction,
    RectificationState,
    is_drawn,
    text_given,
)
from services.claims.models import CallBack, Claim, Offer, Rectification
from services.claims.usecases.behalf import check_second_person, collective_of, permit_claimant
from services.claims.usecases.forgetting import forget_people
from services.claims.usecases.programmes import Programmes
from services.claims.usecases.writing import asker
from services.scheduler.contracts import RemindersDue

ClaimRow = Row[Any]
OfferRow = Row[Any]

# -- a confirmation


def follow_up(work: Work, claim: ClaimRow, offer: OfferRow, now: datetime, satisfaction: int | None) -> None:
    """Draw a confirmed claim for a call-back, by its id alone; what is 不满意 is to be put right at once."""
    settings = Programmes(work.session, [offer.community_id]).of(offer.community_id)
    if satisfaction in WORST_LEVELS:
        open_rectification(work, claim, offer, now, None)
    elif is_drawn(claim.id, settings.call_back_percent):
        drawn = CallBack(
            id=claim.id, area_path=offer.area_path, state=CALL_BACK_LIFECYCLE.starts.value, drawn_at=now
        )
        work.session.add(drawn)


def open_rectification(
    work: Work, claim: ClaimRow, offer: OfferRow, now: datetime, reason: Sealed | None
) -> None:
    """Start the clock of a rectification, unless one is under way for this claim."""
    is_under_way = (Rectification.claim_id == claim.id) & (Rectification.state != RectificationState.DONE)
    if work.session.execute(select(Rectification.id).where(is_under_way)).first():
        return
    days = Programmes(work.session, [offer.community_id]).of(offer.community_id).rectification_days
    opened = Rectification(
        id=new_id(),
        claim_id=claim.id,
        offer_id=offer.id,
        member_id=claim.member_id,
        area_path=offer.area_path,
        state=RECTIFICATION_LIFECYCLE.starts.value,
        opened_at=now,
        due_on=work.day_of(now) + timedelta(days=days),
        reason=reason,
    )
    work.session.add(opened)
    _tell(work, [_moved(work, opened, "opened", reason)])


# -- call-backs


def record_call_back(work: Work, command: RecordCallBack, now: datetime) -> Done:
    """Keep what a resident said when called back; what is wanting is to be put right and takes a reason."""
    said = text_given(command.note)
    if command.outcome not in CALL_BACK_OUTCOMES:
        raise UnknownOutcome()
    if command.satisfaction is not None and not 1 <= command.satisfaction <= 5:
        raise UnusableSatisfaction()
    call_back, claim, offer = _call_back_in_my_area(work, command)
    action = CALL_BACK_OUTCOMES[command.outcome]
    if command.satisfaction in WORST_LEVELS and action is CallBackAction.FIND_SATISFIED:
        action = CallBackAction.FIND_WANTING
    if action is CallBackAction.FIND_WANTING and not said:
        raise WantingReasonNeeded()
    call_back.state = CALL_BACK_LIFECYCLE.after(CallBackState(call_back.state), action).value
    call_back.called_at, call_back.by = now, asker(command)
    call_back.satisfaction, call_back.note = command.satisfaction, work.seals.seal_or_none(said)
    if action is CallBackAction.FIND_WANTING:
        open_rectification(work, claim, offer, now, work.seals.seal(said))
    forget_people(work.session, [offer.id])
    return Done(id=call_back.id)


def _call_back_in_my_area(work: Work, command: RecordCallBack) -> tuple[CallBack, ClaimRow, OfferRow]:
    found = work.session.get(CallBack, command.claim_id, with_for_update=True)
    if found is None:
        raise UnknownCallBack()
    work.permit(found.area_path)
    claim = _claim(work, found.id)
    check_second_person(work, claim, command)
    return found, claim, _offer(work, claim.offer_id)


# -- rectification


def report_rectified(work: Work, command: ReportRectified, now: datetime) -> Done:
    """Let the doer say that it is put right; raise `UnknownRectification` for those of others."""
    if not command.by.is_signed_in:
        raise SignInNeeded()
    said = work.seals.seal_or_none(text_given(command.note))
    found = work.session.get(Rectification, command.rectification_id, with_for_update=True)
    if found is None:
        raise UnknownRectification()
    try:
        permit_claimant(work, _claim(work, found.claim_id), command.by)
    except UnknownClaim:
        raise UnknownRectification() from None
    _step(work, found, RectificationAction.REMEDY, "remedied", said)
    found.note = said
    return Done(id=found.id)


def settle_rectification(work: Work, command: SettleRectification, now: datetime) -> Done:
    """Let a worker who asked the resident close it, or open it anew with days of its own and a reason."""
    reason = text_given(command.reason)
    found = work.session.get(Rectification, command.rectification_id, with_for_update=True)
    if found is None:
        raise UnknownRectification()
    work.permit(found.area_path)
    check_second_person(work, _claim(work, found.claim_id), command)
    if command.is_put_right:
        _step(work, found, RectificationAction.CLOSE, "done", work.seals.seal_or_none(reason))
        found.closed_at = now
        forget_people(work.session, [found.offer_id])
        return Done(id=found.id)
    if not reason:
        raise WantingReasonNeeded()
    community_id = _offer(work, found.offer_id).community_id
    days = Programmes(work.session, [community_id]).of(community_id).rectification_days
    found.due_on = work.day_of(now) + timedelta(days=days)
    found.reason = work.seals.seal(reason)
    _step(work, found, RectificationAction.REOPEN, "reopened", found.reason)
    return Done(id=found.id)


def note_overdue_rectifications(work: Work, event: RemindersDue, now: datetime) -> None:
    """Say of every rectification, once, that its day is past."""
    is_late = (Rectification.state == RectificationState.OPEN) & (Rectification.due_on < event.on)
    late = work.session.execute(
        select(Rectification, *_ABOUT)
        .join(Claim, Claim.id == Rectification.claim_id)
        .join(Offer, Offer.id == Claim.offer_id)
        .where(is_late)
        .order_by(Rectification.id)
        .with_for_update(of=Rectification)
    ).all()
    moves = []
    for row in late:
        found: Rectification = row.Rectification
        state = RectificationState(found.state)
        found.state = RECTIFICATION_LIFECYCLE.after(state, RectificationAction.FALL_DUE).value
        moves.append(_move(found, row, "overdue", None))
    _tell(work, moves)


# -- the steps


_ABOUT: list[Any] = [Offer.title, Offer.code, Claim.claimant_kind, Claim.claimant_id]


def _step(work: Work, found: Rectification, action: RectificationAction, how: str, said: str | None) -> None:
    found.state = RECTIFICATION_LIFECYCLE.after(RectificationState(found.state), action).value
    _tell(work, [_moved(work, found, how, said)])


def _moved(work: Work, found: Rectification, how: str, said: str | None) -> RectificationMove:
    of_claim = select(*_ABOUT).join_from(Claim, Offer, Offer.id == Claim.offer_id)
    return _move(found, work.session.execute(of_claim.where(Claim.id == found.claim_id)).one(), how, said)


def _move(found: Rectification, about: Row[Any], how: str, said: str | None) -> RectificationMove:
    return RectificationMove(
        rectification_id=found.id,
        claim_id=found.claim_id,
        wish_id=found.offer_id,
        member_id=found.member_id,
        claimant_kind=ClaimantKind(about.claimant_kind),
        claimant_id=collective_of(about),
        title=about.title,
        wish_code=about.code,
        area_path=found.area_path,
        how=how,
        due_on=found.due_on,
        sealed_reason=Sealed(said) if said else None,
    )


def _tell(work: Work, moves: Sequence[RectificationMove]) -> None:
    work.announce(*(RectificationsMoved(moves=chunk) for chunk in in_events(moves)))


def _offer(work: Work, offer_id: UUID) -> OfferRow:
    columns: list[Any] = [Offer.id, Offer.title, Offer.code, Offer.area_path, Offer.community_id]
    return work.session.execute(select(*columns).where(Offer.id == offer_id)).one()


def _claim(work: Work, claim_id: UUID) -> ClaimRow:
    columns: Select[Any] = select(Claim.__table__)
    return work.session.execute(columns.where(Claim.id == claim_id)).one()
