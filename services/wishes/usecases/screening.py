"""What a screener decides: accept, return, decline; each told to the resident."""

from datetime import datetime

from services.chassis.contracts import Done
from services.chassis.work import Work
from services.wishes.contracts import (
    AcceptWish,
    CategoryNeeded,
    CeilingReasonNeeded,
    DeclineWish,
    ReturnWish,
    Urgency,
    WishScreened,
)
from services.wishes.domain import (
    LARGEST_VALUE,
    LONGEST_SERVICE,
    MOST_PLACES,
    WISH_LIFECYCLE,
    WishAction,
    WishState,
    clean_reason,
    clean_skill,
    clean_title,
    clean_within,
    within,
)
from services.wishes.models import Area, Resident, Wish
from services.wishes.queries.places import settings_of
from services.wishes.usecases.moves import by_whom, move, wish_for
from services.wishes.usecases.quotas import is_open
from services.wishes.usecases.releasing import release_at_once
from services.wishes.usecases.reporters import tell_taken_back


def accept_wish(work: Work, command: AcceptWish, now: datetime) -> Done:
    """Accept a wish for its month, as the screener words and weighs it; an urgent one goes up at once.

    Raises `UnknownWish`, `IllegalMove`, `CategoryNeeded`, `CeilingReasonNeeded` (001: 300 yuan, a setting of
    the area; the value is never a bar, only to be explained) and whatever is wrong with a title or an amount.
    """
    wish, community = wish_for(work, command.wish_id)
    WISH_LIFECYCLE.after(WishState(wish.state), WishAction.ACCEPT)  # who comes second hears of it first
    _weigh(work, wish, community, command)
    ceiling, ceiling_reason = settings_of(community).value_ceiling, _reason_given(command)
    if wish.value > ceiling and not ceiling_reason:
        raise CeilingReasonNeeded(value=wish.value, ceiling=ceiling)
    move(work, wish, WishAction.ACCEPT, now, by_whom(command), ceiling_reason)
    work.announce(_screened(work, wish, community, "accepted", ""))
    if wish.urgency == Urgency.URGENT or is_open(work, wish, now):
        release_at_once(work, wish, community, now, by_whom(command))
    return Done(id=wish.id)


def return_wish(work: Work, command: ReturnWish, now: datetime) -> Done:
    """Give a wish back to be put right; raises `UnknownWish`, `ReasonNeeded`, `IllegalMove`."""
    return _refuse(work, command, WishAction.RETURN, "returned", now)


def decline_wish(work: Work, command: DeclineWish, now: datetime) -> Done:
    """Say no to a wish; raises `UnknownWish`, `ReasonNeeded`, `IllegalMove`."""
    return _refuse(work, command, WishAction.DECLINE, "declined", now)


def _refuse(
    work: Work, command: ReturnWish | DeclineWish, action: WishAction, outcome: str, now: datetime
) -> Done:
    wish, community = wish_for(work, command.wish_id)
    reason = clean_reason(command.reason)
    move(work, wish, action, now, by_whom(command), reason)
    work.announce(_screened(work, wish, community, outcome, reason))
    if wish.state == WishState.DECLINED:
        tell_taken_back(work, community.path, [(wish.id, wish.version)])
    return Done(id=wish.id)


def _weigh(work: Work, wish: Wish, community: Area, command: AcceptWish) -> None:
    """Write what the screener gave over what was submitted; the category must be known in the end."""
    if command.title is not None:
        wish.title = clean_title(command.title, _name_of_resident(work, wish))
    wish.kind = command.kind or wish.kind
    wish.category = command.category or wish.category
    wish.urgency = command.urgency or wish.urgency
    wish.suitable = command.suitable or wish.suitable
    if command.value is not None:
        wish.value = within("value", command.value, 0, LARGEST_VALUE)
    if command.places is not None:
        wish.places = within("places", command.places, 1, MOST_PLACES)
    if command.skill is not None:
        wish.skill = clean_skill(command.skill)
    days = command.service_days if command.service_days is not None else settings_of(community).service_days
    wish.service_days = within("service_days", days, 1, LONGEST_SERVICE)
    if wish.category is None:
        raise CategoryNeeded()


def _reason_given(command: AcceptWish) -> str:
    given = clean_within(command.ceiling_reason or "", 500)
    return clean_reason(given) if given else ""


def _name_of_resident(work: Work, wish: Wish) -> str:
    resident = work.session.get_one(Resident, wish.resident_id)
    return work.seals.open(resident.name)


def _screened(work: Work, wish: Wish, community: Area, outcome: str, reason: str) -> WishScreened:
    return WishScreened(
        wish_id=wish.id,
        code=wish.code,
        resident_id=wish.resident_id,
        area_path=community.path,
        outcome=outcome,
        sealed_reason=work.seals.seal_or_none(reason),
        title=work.seals.seal(wish.title),
    )
