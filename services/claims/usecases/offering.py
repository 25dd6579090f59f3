"""What wishes and the directory tell: offers put up and taken down, members and areas as they are now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.chassis.database import insert_all, upsert_if_newer
from services.chassis.work import Work
from services.claims.domain import (
    OFFER_LIFECYCLE,
    OVER,
    UNDER_WAY,
    ClaimAction,
    OfferAction,
    OfferState,
    Places,
)
from services.claims.models import Area, Claim, Member, Offer, Withdrawal
from services.claims.usecases.ending import end_claims
from services.claims.usecases.forgetting import forget_people
from services.claims.usecases.locking import Locked, OfferRow, lock_claims, lock_offers, places_of
from services.claims.usecases.pooling import close_pools_of_offer
from services.claims.usecases.programmes import (
    note_programmes,
)
from services.claims.usecases.waiting_line import announce_turns, close_line, pass_on_free_places
from services.claims.usecases.writing import HOUSE
from services.directory.contracts import AreaCopy, AreasChanged, MemberCopy, MembersChanged
from services.wishes.contracts import ReleasedWish, WishesReleased, WishWithdrawn

Versioned = TypeVar("Versioned", ReleasedWish, MemberCopy, AreaCopy)

# A release and a withdrawal of one wish may be handled at once, neither seeing the other's row yet. Releases
# share this lock, a withdrawal holds it alone, so that one of the two always sees the other.
_RELEASING = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('claims offers', 0))")
_WITHDRAWING = text("SELECT pg_advisory_xact_lock(hashtextextended('claims offers', 0))")


def offer_wishes(work: Work, event: WishesReleased, now: datetime) -> None:
    """Put released wishes on the board, or bring offers up to date; what is taken stays taken."""
    work.session.execute(_RELEASING)
    wishes = {wish.wish_id: wish for wish in _newest(event.wishes)}
    known = lock_offers(work.session, wishes)
    _put_up(work.session, [wish for wish in wishes.values() if wish.wish_id not in known], event.occurred_at)
    newer = [wish for wish in wishes.values() if _is_newer(wish, known.get(wish.wish_id))]
    _bring_up_to_date(work.session, newer, known)
    if any(known[wish.wish_id].waiting for wish in newer):
        pass_on_free_places(work, [wish.wish_id for wish in newer], now)


def _is_newer(wish: ReleasedWish, offer: OfferRow | None) -> bool:
    return offer is not None and bool(wish.version > offer.wish_version)


def _put_up(session: Session, wishes: Sequence[ReleasedWish], released_at: datetime) -> None:
    """Insert offers; one whose withdrawal was heard already begins withdrawn."""
    if not wishes:
        return
    noted = select(Withdrawal).where(Withdrawal.id.in_([wish.wish_id for wish in wishes]))
    withdrawn = {heard.id: heard.version for heard in session.scalars(noted)}
    rows = []
    for wish in wishes:
        places = Places(wish.places, 0, 0, OfferState.OPEN, version=1)
        row = _offer_row(wish, places, released_at)
        if (version := withdrawn.get(wish.wish_id, -1)) >= wish.version:
            row = _offer_row(wish, places.withdraw(), released_at) | {"wish_version": version}
        rows.append(row)
    insert_all(session, Offer, rows)


def _bring_up_to_date(
    session: Session, wishes: Sequence[ReleasedWish], known: Mapping[UUID, OfferRow]
) -> None:
    """Write newer releases over locked offers; the day of the first release stays: they visibly age."""
    rows = []
    for wish in wishes:
        offer = known[wish.wish_id]
        rows.append(_offer_row(wish, places_of(offer).offer_again(wish.places), offer.released_at))
    if rows:
        statement = insert(Offer)
        changes = {name: statement.excluded[name] for name in rows[0] if name != "id"}
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changes), rows)


def _offer_row(wish: ReleasedWish, places: Places, released_at: datetime) -> dict[str, Any]:
    return {
        "id": wish.wish_id,
        "code": wish.code,
        "title": wish.title,
        "kind": wish.kind.value,
        "category": wish.category.value,
        "urgency": wish.urgency.value,
        "value": wish.value,
        "skill": wish.skill,
        "service_days": wish.service_days,
        "community_id": wish.community_id,
        "community_name": wish.community_name,
        "area_path": wish.area_path,
        "resident_id": wish.resident_id,
        "contact": None if places.state in OVER else wish.contact,
        "confirmation_index": wish.confirmation_index,
        "period": wish.period,
        "released_at": released_at,
        "places": places.places,
        "taken": places.taken,
        "confirmed": places.confirmed,
        "reserved": places.reserved,
        "state": places.state.value,
        "version": places.version,
        "wish_version": wish.version,
        "suitable": wish.suitable.value,
    }


def withdraw_offer(work: Work, event: WishWithdrawn, now: datetime) -> None:
    """Take an offer down and end its claims; a withdrawal heard before its release is kept for it."""
    work.session.execute(_WITHDRAWING)
    offer = lock_offers(work.session, [event.wish_id]).get(event.wish_id)
    if offer is None:
        upsert_if_newer(work.session, Withdrawal, [{"id": event.wish_id, "version": event.version}])
    elif event.version >= offer.wish_version and OFFER_LIFECYCLE.allows(
        OfferState(offer.state), OfferAction.WITHDRAW
    ):
        _take_down(work, offer, event.version, now)


def _take_down(work: Work, offer: OfferRow, wish_version: int, now: datetime) -> None:
    of_offer = (Claim.offer_id == offer.id) & Claim.state.in_(UNDER_WAY)
    claims = lock_claims(work.session, work.session.scalars(select(Claim.id).where(of_offer))).claims
    work.session.execute(update(Offer).where(Offer.id == offer.id).values(wish_version=wish_version))
    withdrawn = places_of(offer).withdraw()
    close_pools_of_offer(work, offer, withdrawn.standing(), now)
    locked = Locked(claims, {offer.id: offer})
    end_claims(work, locked, ClaimAction.WITHDRAW, now, HOUSE, places={offer.id: withdrawn})
    announce_turns(work, close_line(work, offer, withdrawn, now))
    forget_people(work.session, [offer.id])


def note_members(work: Work, event: MembersChanged, now: datetime) -> None:
    """Keep members as they are now; their open claims are ours and stay."""
    rows = [
        {
            "id": member.id,
            "unit_id": member.unit_id,
            "community_id": member.community_id,
            "area_path": member.area_path,
            "skills": list(member.skills),
            "willingness": list(member.willingness),
            "free_hours": list(member.free_hours),
            "is_active": member.is_active,
            "version": member.version,
        }
        for member in _newest(event.members)
    ]
    upsert_if_newer(work.session, Member, rows)


def note_areas(work: Work, event: AreasChanged, now: datetime) -> None:
    """Keep the settings of areas as they are now."""
    rows = [
        {
            "id": area.id,
            "path": area.path,
            "open_claims": area.settings.open_claims,
            "undo_minutes": area.settings.undo_minutes,
            "reminder_days": list(area.settings.reminder_days),
            "lapse_after_days": area.settings.lapse_after_days,
            "unit_open_claims": area.settings.unit_open_claims,
            "waiting_places": area.settings.waiting_places,
            "waiting_hours": area.settings.waiting_hours,
            "pledge_days": area.settings.pledge_days,
            "version": area.version,
        }
        for area in _newest(event.areas)
    ]
    upsert_if_newer(work.session, Area, rows)
    note_programmes(work.session, event.areas)


def _newest(copies: Iterable[Versioned]) -> list[Versioned]:
    """Return the newest of each copy in an event, in the order of ids in which rows are locked."""
    newest = {_id_of(copy): copy for copy in sorted(copies, key=lambda copy: copy.version)}
    return [newest[copy_id] for copy_id in sorted(newest)]


def _id_of(copy: ReleasedWish | MemberCopy | AreaCopy) -> UUID:
    return copy.wish_id if isinstance(copy, ReleasedWish) else copy.id
