"""Places taken outside the rush: by the next in line, for a team, unit or pool, or many in one go."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.contracts import in_events, new_id
from services.chassis.database import insert_all
from services.chassis.work import Work
from services.claims.contracts import ClaimantKind, Claimed, ClaimMade, WishesClaimed
from services.claims.domain import ClaimState, Places
from services.claims.models import Claim
from services.claims.usecases.behalf import Behalf, people_behind
from services.claims.usecases.locking import DEFAULTS, OfferRow
from services.claims.usecases.writing import change_places, write_moves


def take_places(
    work: Work, behalf: Behalf, offers: Sequence[OfferRow], after: Mapping[UUID, Places], now: datetime
) -> list[Claimed]:
    """Write one claim of this claimant on each of these locked offers, and announce them.

    `after` says how the places stand once they are taken. The caller holds the claimant's row too, and has
    seen that there is room and that the limit allows it.
    """
    answers = [_answer(work, offer, now) for offer in offers]
    insert_all(work.session, Claim, [_row(behalf, *one, now) for one in zip(offers, answers, strict=True)])
    is_counted = behalf.kind is ClaimantKind.MEMBER
    more = {behalf.member_id: len(offers)} if is_counted and behalf.member_id else {}
    change_places(work.session, {offer.id: offer for offer in offers}, after, more)
    by = str(behalf.account_id or behalf.member_id or behalf.id)
    claims = [answer.claim_id for answer in answers]
    write_moves(work.session, claims, ClaimState.HELD, now, [by] * len(claims))
    people = people_behind(work.session, behalf)
    made = [
        _claim_made(behalf, people, offer, answer, after[offer.id], now)
        for offer, answer in zip(offers, answers, strict=True)
    ]
    work.announce(*(WishesClaimed(claims=chunk) for chunk in in_events(made)))
    return answers


def _answer(work: Work, offer: OfferRow, now: datetime) -> Claimed:
    undo_minutes = DEFAULTS.undo_minutes if offer.undo_minutes is None else offer.undo_minutes
    return Claimed(
        claim_id=new_id(),
        wish_id=offer.id,
        due_on=work.day_of(now) + timedelta(days=offer.service_days),
        undo_until=now + timedelta(minutes=undo_minutes),
    )


def _row(behalf: Behalf, offer: OfferRow, answer: Claimed, now: datetime) -> dict[str, object]:
    return {
        "id": answer.claim_id,
        "offer_id": offer.id,
        "member_id": behalf.member_id,
        "claimant_kind": behalf.kind.value,
        "claimant_id": behalf.id,
        "named_person": behalf.named_person,
        "account_id": behalf.account_id,
        "area_path": offer.area_path,
        "state": ClaimState.HELD.value,
        "claimed_at": now,
        "undo_until": answer.undo_until,
        "due_on": answer.due_on,
    }


def _claim_made(
    behalf: Behalf,
    people: tuple[UUID, ...],
    offer: OfferRow,
    answer: Claimed,
    places: Places,
    now: datetime,
) -> ClaimMade:
    return ClaimMade(
        claim_id=answer.claim_id,
        wish_id=offer.id,
        member_id=behalf.member_id,
        claimant_kind=behalf.kind,
        claimant_id=None if behalf.kind is ClaimantKind.MEMBER else behalf.id,
        people=people,
        resident_id=offer.resident_id,
        title=offer.title,
        wish_code=offer.code,
        area_path=offer.area_path,
        due_on=answer.due_on,
        claimed_at=now,
        standing=places.standing(),
    )
