"""How a wish is taken back: by a worker until it is fulfilled, by the resident until it is claimed."""

from datetime import datetime

from services.chassis.contracts import Done
from services.chassis.refusals import Refusal
from services.chassis.work import Work
from services.wishes.contracts import AlreadyClaimed, WishWithdrawn, WithdrawOwnWish, WithdrawWish
from services.wishes.domain import ON_THE_BOARD, WishAction, WishState, clean_reason
from services.wishes.models import Area, Wish
from services.wishes.settings import WishesSettings
from services.wishes.usecases.moves import RESIDENT, by_whom, move, wish_for
from services.wishes.usecases.reporters import tell_taken_back
from services.wishes.usecases.tracking import identified_wish


def withdraw_wish(work: Work, command: WithdrawWish, now: datetime) -> Done:
    """Take a wish back for its resident; claims ends what is held on it and tells the holders.

    Raises `UnknownWish`, `ReasonNeeded`, `IllegalMove` when it is fulfilled, declined or withdrawn already.
    """
    wish, _ = wish_for(work, command.wish_id)
    return _withdraw(work, wish, now, by_whom(command), clean_reason(command.reason))


def withdraw_own_wish(
    work: Work, command: WithdrawOwnWish, now: datetime, settings: WishesSettings
) -> Done | Refusal:
    """Take the wish back that code and phone ending open; a wrong try is returned, since it must be counted.

    Raises `AlreadyClaimed`, `IllegalMove`. Somebody may claim in the very moment: then claims hears of the
    withdrawal after the claim, ends it and tells the claimant, as when a worker withdraws.
    """
    wish = identified_wish(work, command, now, settings)
    if isinstance(wish, Refusal):
        return wish
    work.session.refresh(wish, with_for_update=True)
    if wish.state == WishState.CLAIMED:
        raise AlreadyClaimed()
    return _withdraw(work, wish, now, RESIDENT, "")


def _withdraw(work: Work, wish: Wish, now: datetime, by: str, reason: str) -> Done:
    was_on_the_board = wish.state in ON_THE_BOARD
    move(work, wish, WishAction.WITHDRAW, now, by, reason)
    if was_on_the_board:
        work.announce(WishWithdrawn(wish_id=wish.id, version=wish.version))
    community = work.session.get_one(Area, wish.community_id)
    tell_taken_back(work, community.path, [(wish.id, wish.version)])
    return Done(id=wish.id)
