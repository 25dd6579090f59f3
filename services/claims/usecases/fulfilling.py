"""Delivered, and confirmed by the resident or a second person, never by the doer."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, bindparam, select, text

from services.chassis.contracts import Done, Sealed
from services.chassis.refusals import Refusal
from services.chassis.work import Work
from services.claims.contracts import (
    ClaimantKind,
    ClaimDelivered,
    ConfirmByResident,
    ConfirmFulfilment,
    DeliverClaim,
    FulfilmentConfirmed,
    NothingDelivered,
    ReportNotDoneByResident,
    UnusableSatisfaction,
)
from services.claims.domain import (
    CLAIM_LIFECYCLE,
    UNDER_WAY,
    ClaimAction,
    ClaimState,
    Places,
    text_given,
)
from services.claims.models import Claim
from services.claims.usecases.aftercare import (
    follow_up,
)
from services.claims.usecases.behalf import check_second_person, collective_of, people_of_claim
from services.claims.usecases.codes import offer_by_codes
from services.claims.usecases.ending import claim_in_my_area, end_claims, own_claim
from services.claims.usecases.forgetting import forget_people
from services.claims.usecases.locking import (
    ClaimRow,
    Locked,
    OfferRow,
    array_of,
    lock_claims,
    lock_offers,
    places_of,
)
from services.claims.usecases.pooling import fulfil_pool
from services.claims.usecases.waiting_line import announce_turns, close_line
from services.claims.usecases.writing import RESIDENT, asker, change_places, moving
from services.wishes.contracts import Urgency, WishKind

_DELIVER = moving("delivered_at = :at")
_CONFIRM = moving("confirmed_at = :at, satisfaction = :satisfaction")
_FINISH_PARTS = text("UPDATE claims.joint_part SET done_at = :now WHERE claim_id = :id AND done_at IS NULL")


def deliver_claim(work: Work, command: DeliverClaim, now: datetime) -> Done:
    """Let the doer say that it is done; somebody else is to confirm."""
    said = work.seals.seal_or_none(text_given(command.note))
    locked, claim = own_claim(work, command.claim_id)
    offer = locked.offers[claim.offer_id]
    _deliver(work, claim, now, asker(command), said)
    work.announce(
        ClaimDelivered(
            claim_id=claim.id,
            wish_id=offer.id,
            member_id=claim.member_id,
            claimant_kind=ClaimantKind(claim.claimant_kind),
            claimant_id=collective_of(claim),
            resident_id=offer.resident_id,
            title=offer.title,
            wish_code=offer.code,
            area_path=offer.area_path,
        )
    )
    return Done(id=claim.id)


def confirm_fulfilment(work: Work, command: ConfirmFulfilment, now: datetime) -> Done:
    """Let a worker who has asked the resident confirm; raise `DoerCannotConfirm` when they are the doer."""
    _check_satisfaction(command.satisfaction)
    said = work.seals.seal_or_none(text_given(command.note))
    locked, claim = claim_in_my_area(work, command.claim_id)
    check_second_person(work, claim, command)
    _confirm(work, locked, claim, now, by=asker(command), said=said, satisfaction=command.satisfaction)
    return Done(id=claim.id)


def confirm_by_resident(work: Work, command: ConfirmByResident, now: datetime) -> Done | Refusal:
    """Let the resident confirm with their two codes: the claim delivered first.

    They may confirm although the doer forgot to say so, when one claim alone is held. Wrong codes are
    returned as a refusal, not raised: their count is to be kept.
    """
    _check_satisfaction(command.satisfaction)
    offer_id = offer_by_codes(work, command.wish_code, command.confirmation_code, now)
    if isinstance(offer_id, Refusal):
        return offer_id
    locked, claim = _claim_the_resident_means(work, offer_id, or_held=True)
    check_second_person(work, claim, command)
    _confirm(work, locked, claim, now, by=RESIDENT, satisfaction=command.satisfaction)
    return Done(id=claim.id)


def report_not_done_by_resident(
    work: Work, command: ReportNotDoneByResident, now: datetime
) -> Done | Refusal:
    """Let the resident say, with their two codes, that what was delivered first was not done."""
    said = work.seals.seal_or_none(text_given(command.reason))
    offer_id = offer_by_codes(work, command.wish_code, command.confirmation_code, now)
    if isinstance(offer_id, Refusal):
        return offer_id
    locked, claim = _claim_the_resident_means(work, offer_id, or_held=False)
    end_claims(work, locked, ClaimAction.REPORT_NOT_DONE, now, RESIDENT, said=said)
    return Done(id=claim.id)


# -- the rules


def _check_satisfaction(satisfaction: int | None) -> None:
    if satisfaction is not None and not 1 <= satisfaction <= 5:
        raise UnusableSatisfaction()


def _claim_the_resident_means(work: Work, offer_id: UUID, *, or_held: bool) -> tuple[Locked, ClaimRow]:
    """Lock and return the claim delivered first or, if `or_held`, the only one; else `NothingDelivered`."""
    lock_offers(work.session, [offer_id])  # from here on none of its claims moves
    claims = list(work.session.execute(_UNDER_WAY, {"offer_id": offer_id}))
    delivered = [claim for claim in claims if claim.state == ClaimState.DELIVERED]
    meant = delivered or (claims if or_held and len(claims) == 1 else [])
    if not meant:
        raise NothingDelivered()
    locked = lock_claims(work.session, [meant[0].id])
    return locked, locked.claims[0]


_CLAIM = Claim.__table__.c
_UNDER_WAY: Select[Any] = (
    select(*_CLAIM["id", "member_id", "state"])
    .where(_CLAIM.offer_id == bindparam("offer_id"), _CLAIM.state.in_(UNDER_WAY))
    .order_by(_CLAIM.delivered_at, _CLAIM.id)
)


# -- what is written


def _deliver(work: Work, claim: ClaimRow, now: datetime, by: str, said: Sealed | None) -> None:
    state = CLAIM_LIFECYCLE.after(ClaimState(claim.state), ClaimAction.DELIVER)
    moved = {"ids": array_of([claim.id]), "state": state.value, "at": now, "by": by, "said": said}
    work.session.execute(_DELIVER, moved)


def _confirm(
    work: Work,
    locked: Locked,
    claim: ClaimRow,
    now: datetime,
    *,
    by: str,
    satisfaction: int | None,
    said: Sealed | None = None,
) -> None:
    """Confirm a claim, through delivered when nobody had said so yet: both steps stand in its history."""
    delivered = ClaimState(claim.state)
    if delivered is ClaimState.HELD:
        _deliver(work, claim, now, by, None)
        delivered = ClaimState.DELIVERED
    state = CLAIM_LIFECYCLE.after(delivered, ClaimAction.CONFIRM)
    offer = locked.offers[claim.offer_id]
    places = places_of(offer).confirm()
    moved = {"ids": array_of([claim.id]), "state": state.value, "at": now, "by": by, "said": said}
    work.session.execute(_CONFIRM, {**moved, "satisfaction": satisfaction})
    fewer = {claim.member_id: -1} if claim.claimant_kind == ClaimantKind.MEMBER else {}
    change_places(work.session, locked.offers, {offer.id: places}, fewer)
    if claim.claimant_kind == ClaimantKind.POOL:
        fulfil_pool(work.session, claim.claimant_id)
    if claim.claimant_kind == ClaimantKind.JOINT:  # the whole is done, so are its parts
        work.session.execute(_FINISH_PARTS, {"id": claim.id, "now": now})
    follow_up(work, claim, offer, now, satisfaction)
    told = _confirmed(claim, offer, places, now, by_resident=by == RESIDENT, satisfaction=satisfaction)
    work.announce(msgspec.structs.replace(told, people=people_of_claim(work.session, claim)))
    announce_turns(work, close_line(work, offer, places, now))
    forget_people(work.session, [offer.id])


def _confirmed(
    claim: ClaimRow,
    offer: OfferRow,
    places: Places,
    now: datetime,
    *,
    by_resident: bool,
    satisfaction: int | None,
) -> FulfilmentConfirmed:
    return FulfilmentConfirmed(
        claim_id=claim.id,
        wish_id=offer.id,
        member_id=claim.member_id,
        claimant_kind=ClaimantKind(claim.claimant_kind),
        claimant_id=collective_of(claim),
        resident_id=offer.resident_id,
        community_id=offer.community_id,
        area_path=offer.area_path,
        title=offer.title,
        wish_code=offer.code,
        kind=WishKind(offer.kind),
        urgency=Urgency(offer.urgency),
        confirmed_at=now,
        by_resident=by_resident,
        satisfaction=satisfaction,
        standing=places.standing(),
    )
