"""The one place where a wish of today moves: its state, its version, and the line in its history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from services.chassis.contracts import Request
from services.chassis.work import Work
from services.wishes.contracts import UnknownWish
from services.wishes.domain import WISH_LIFECYCLE, WishAction, WishState
from services.wishes.models import Area, Wish, WishMove

RESIDENT = "resident"
CLAIMS = "claims"
HOUSE = "house"


_WISH_THERE = (
    select(Wish, Area)
    .join(Area, Area.id == Wish.community_id)
    .where(Wish.id == bindparam("wish_id"))
    .with_for_update(of=Wish)
)


def wish_for(work: Work, wish_id: UUID) -> tuple[Wish, Area]:
    """Return a wish, locked, and its community, when the caller has the request's right there."""
    found = work.session.execute(_WISH_THERE, {"wish_id": wish_id}).first()
    if found is None:
        raise UnknownWish()
    wish, community = found
    work.permit(community.path)
    return wish, community


def move(work: Work, wish: Wish, action: WishAction, at: datetime, by: str, reason: str = "") -> None:
    """Move a wish that is locked and write it into its history; raise `IllegalMove`."""
    wish.state = WISH_LIFECYCLE.after(WishState(wish.state), action)
    wish.version += 1
    work.session.add(
        WishMove(
            wish_id=wish.id,
            at=at,
            action=action,
            state=wish.state,
            by=by,
            reason=work.seals.seal_or_none(reason),
        )
    )


def by_whom(request: Request) -> str:
    """Return who asks, as histories name them: the id of an account, or the console."""
    return str(request.by.account_id or request.by.member_id or "console")
