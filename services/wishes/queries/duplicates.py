"""Whether a household may have told the same wish twice: a hint for a worker, never a bar."""

from datetime import timedelta

from sqlalchemy import and_, or_, select

from services.chassis.work import Work
from services.wishes.contracts import DuplicateHint
from services.wishes.domain import WishState, is_same_thing
from services.wishes.models import Resident, Wish

WITHIN = timedelta(days=365)
MOST_HINTS = 5
MOST_COMPARED = 200

_GONE = (WishState.DECLINED, WishState.WITHDRAWN)


def duplicates_of(work: Work, wish: Wish, resident: Resident) -> list[DuplicateHint]:
    """Return wishes of the same household within a year that seem to ask for the same, the newest first.

    A household is known by its phone or its address; both are compared by their blind indexes.
    """
    at_one_address = and_(Resident.address_index != "", Resident.address_index == resident.address_index)
    on_one_phone = and_(Resident.phone_index != "", Resident.phone_index == resident.phone_index)
    chosen = (
        select(Wish)
        .join(Resident, Resident.id == Wish.resident_id)
        .where(
            Wish.community_id == wish.community_id,
            Wish.id != wish.id,
            Wish.state.not_in(_GONE),
            Wish.submitted_at.between(wish.submitted_at - WITHIN, wish.submitted_at + WITHIN),
            or_(Resident.id == resident.id, on_one_phone, at_one_address),
        )
        .order_by(Wish.id.desc())
        .limit(MOST_COMPARED)
    )
    alike = [other for other in work.session.scalars(chosen) if is_same_thing(other.title, wish.title)]
    return [_hint(other, resident) for other in alike[:MOST_HINTS]]


def _hint(other: Wish, resident: Resident) -> DuplicateHint:
    return DuplicateHint(
        wish_id=other.id,
        code=other.code,
        title=other.title,
        state=other.state,
        submitted_at=other.submitted_at,
        same="resident" if other.resident_id == resident.id else "household",
    )
