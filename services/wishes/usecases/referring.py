"""Referral 转介 (001 六（一）): a wish goes to a department, which gives it back, declines or does it."""

from datetime import datetime

from sqlalchemy import select

from services.chassis.contracts import Done, Sealed, new_id
from services.chassis.sheets import has_words
from services.chassis.work import Work
from services.wishes.contracts import (
    AnswerReferral,
    DepartmentMissing,
    NotReferred,
    ReferralAnswered,
    ReferralOutcome,
    ReferredWish,
    ReferWish,
    WishReferred,
)
from services.wishes.domain import (
    LONGEST_SERVICE,
    WishAction,
    clean_reason,
    clean_within,
    screening_due_on,
    within,
)
from services.wishes.models import Area, Referral, Wish
from services.wishes.settings import WishesSettings
from services.wishes.usecases.moves import by_whom, move, wish_for
from services.wishes.usecases.reporters import tell_taken_back

_FOLLOWS = {
    ReferralOutcome.RETURNED: WishAction.TAKE_BACK,
    ReferralOutcome.DECLINED: WishAction.DECLINE,
    ReferralOutcome.SETTLED: WishAction.SETTLE,
}


def refer_wish(work: Work, command: ReferWish, now: datetime) -> Done:
    """Refer a wish to a department; its due day becomes that of the answer.

    Raises `UnknownWish`, `IllegalMove`, `DepartmentMissing`, `ReasonNeeded`, `TextTooLong`, `UnusableAmount`.
    """
    wish, community = wish_for(work, command.wish_id)
    department, reason = clean_within(command.department, 60), clean_reason(command.reason)
    if not has_words(department):
        raise DepartmentMissing()
    days = within("answer_days", command.answer_days, 1, LONGEST_SERVICE)
    move(work, wish, WishAction.REFER, now, by_whom(command), reason)
    wish.due_on = screening_due_on(work.day_of(now), days, work.holidays)
    referral = Referral(
        id=new_id(),
        wish_id=wish.id,
        department=department,
        reason=work.seals.seal(reason),
        referred_at=now,
        by=by_whom(command),
        due_on=wish.due_on,
    )
    work.session.add(referral)
    work.announce(
        WishReferred(
            wish=_referred(work, wish, community),
            department=department,
            sealed_reason=Sealed(referral.reason),
            due_on=wish.due_on,
        )
    )
    return Done(id=referral.id)


def answer_referral(work: Work, command: AnswerReferral, now: datetime, settings: WishesSettings) -> Done:
    """Note a department's answer: the wish is screened again, declined, or settled.

    Raises `UnknownWish`, `NotReferred`, `ReasonNeeded`.
    """
    wish, community = wish_for(work, command.wish_id)
    reason = clean_reason(command.reason)
    referral = work.session.scalar(
        select(Referral).where(Referral.wish_id == wish.id, Referral.outcome.is_(None)).with_for_update()
    )
    if referral is None:
        raise NotReferred()
    move(work, wish, _FOLLOWS[command.outcome], now, by_whom(command), reason)
    if command.outcome is ReferralOutcome.RETURNED:
        wish.due_on = screening_due_on(work.day_of(now), settings.screening_days, work.holidays)
    if command.outcome is ReferralOutcome.DECLINED:
        tell_taken_back(work, community.path, [(wish.id, wish.version)])
    referral.outcome, referral.answer = command.outcome, work.seals.seal(reason)
    referral.answered_at, referral.answered_by = now, by_whom(command)
    work.announce(
        ReferralAnswered(
            wish=_referred(work, wish, community),
            department=referral.department,
            outcome=command.outcome,
            sealed_reason=Sealed(referral.answer),
        )
    )
    return Done(id=referral.id)


def _referred(work: Work, wish: Wish, community: Area) -> ReferredWish:
    return ReferredWish(
        wish_id=wish.id,
        code=wish.code,
        resident_id=wish.resident_id,
        area_path=community.path,
        title=work.seals.seal(wish.title),
    )
