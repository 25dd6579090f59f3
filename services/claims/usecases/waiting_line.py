"""Those in line for a wish: a place that comes back is kept for the next of them, and closed with the wish.

Whoever comes here holds the offer, so that no turn moves meanwhile. Where nobody waits nothing is asked of
the database: the offer itself says how many do.
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.chassis.contracts import in_events
from services.chassis.work import Work
from services.claims.contracts import TurnMoved, WaitingMoved
from services.claims.domain import OVER, Places, WaitingState, offered_until
from services.claims.usecases.locking import DEFAULTS, OfferRow, array_of, lock_offers, places_of
from services.claims.usecases.writing import change_places

# The next of a line are active members who do not keep a place on the wish already.
_NEXT = text("""
    SELECT turn.id, turn.offer_id, turn.member_id
    FROM unnest(CAST(:offers AS uuid[]), CAST(:free AS int[])) AS room (offer_id, places)
    CROSS JOIN LATERAL (
        SELECT waiting.id, waiting.offer_id, waiting.member_id, waiting.since
        FROM claims.waiting
        JOIN claims.member ON member.id = waiting.member_id AND member.is_active
        WHERE waiting.offer_id = room.offer_id AND waiting.state = 'waiting'
            AND NOT EXISTS (
                SELECT FROM claims.claim
                WHERE claim.offer_id = waiting.offer_id AND claim.claimant_id = waiting.member_id
                    AND claim.state IN ('held', 'delivered', 'confirmed')
            )
        ORDER BY waiting.since, waiting.id
        LIMIT room.places
    ) AS turn
    ORDER BY turn.offer_id, turn.since, turn.id
""")

_OFFER_TURNS = text("""
    WITH offered AS (
        UPDATE claims.waiting SET state = 'offered', offered_until = turn.until
        FROM unnest(CAST(:ids AS uuid[]), CAST(:until AS timestamptz[])) AS turn (id, until)
        WHERE waiting.id = turn.id RETURNING waiting.offer_id
    )
    UPDATE claims.offer SET waiting = offer.waiting - fewer.turns
    FROM (SELECT offer_id, count(*) AS turns FROM offered GROUP BY offer_id) AS fewer
    WHERE offer.id = fewer.offer_id
""")

_CLOSE_TURNS = text("""
    UPDATE claims.waiting SET state = 'closed', ended_at = :now
    WHERE offer_id = :offer AND state IN ('waiting', 'offered') RETURNING id, member_id
""")
_EMPTY_LINE = text("UPDATE claims.offer SET waiting = 0 WHERE id = :offer")


def pass_on(
    work: Work, offers: Mapping[UUID, OfferRow], standing: MutableMapping[UUID, Places], now: datetime
) -> list[TurnMoved]:
    """Keep the free places of offers for the next in their lines; return what is to be announced.

    Changes `standing`, which the caller writes afterwards.
    """
    room = {
        offer_id: places.places - places.taken - places.reserved
        for offer_id, places in standing.items()
        if offers[offer_id].waiting > 0 and places.state not in OVER and not places.is_full
    }
    if not room:
        return []
    wanted = {"offers": array_of(room), "free": array_of(room.values())}
    turns = []
    for turn in work.session.execute(_NEXT, wanted):
        offer = offers[turn.offer_id]
        hours = DEFAULTS.waiting_hours if offer.waiting_hours is None else offer.waiting_hours
        standing[offer.id] = kept = standing[offer.id].reserve()
        until = offered_until(now, hours)
        turns.append(turn_moved(offer, turn.id, turn.member_id, WaitingState.OFFERED, kept, until))
    _write_offered(work.session, turns)
    return turns


def _write_offered(session: Session, turns: Sequence[TurnMoved]) -> None:
    if turns:
        ids = array_of(turn.waiting_id for turn in turns)
        until = array_of(turn.offered_until for turn in turns)
        session.execute(_OFFER_TURNS, {"ids": ids, "until": until})


def pass_on_free_places(work: Work, offers: Iterable[UUID], now: datetime) -> None:
    """Keep what became free on offers by a new release for those who wait; nobody overtakes them."""
    locked = lock_offers(work.session, offers)
    standing = {offer_id: places_of(offer) for offer_id, offer in locked.items()}
    turns = pass_on(work, locked, standing, now)
    change_places(work.session, locked, standing)
    announce_turns(work, turns)


def close_line(work: Work, offer: OfferRow, places: Places, now: datetime) -> list[TurnMoved]:
    """Close every turn of an offer that is over; return what is to be announced."""
    if places.state not in OVER or (offer.waiting == 0 and offer.reserved == 0):
        return []
    closed = work.session.execute(_CLOSE_TURNS, {"offer": offer.id, "now": now}).all()
    work.session.execute(_EMPTY_LINE, {"offer": offer.id})
    return [turn_moved(offer, turn.id, turn.member_id, WaitingState.CLOSED, places) for turn in closed]


def turn_moved(
    offer: OfferRow,
    waiting_id: UUID,
    member_id: UUID,
    state: WaitingState,
    places: Places,
    until: datetime | None = None,
) -> TurnMoved:
    """Return what others are told of a turn that came to `state`."""
    return TurnMoved(
        waiting_id=waiting_id,
        wish_id=offer.id,
        member_id=member_id,
        title=offer.title,
        wish_code=offer.code,
        area_path=offer.area_path,
        how=state.value,
        offered_until=until,
        standing=places.standing(),
    )


def announce_turns(work: Work, turns: Sequence[TurnMoved]) -> None:
    """Tell of turns that moved."""
    work.announce(*(WaitingMoved(turns=some) for some in in_events(turns)))


__all__ = [
    "announce_turns",
    "close_line",
    "pass_on",
    "pass_on_free_places",
    "turn_moved",
]
