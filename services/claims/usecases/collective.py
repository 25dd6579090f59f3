"""Claims of more than one member or wish: by a unit, by a team, by several jointly, or of a batch."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.chassis.contracts import Done, Sealed
from services.chassis.database import insert_all
from services.chassis.refusals import Refusal, SignInNeeded
from services.chassis.sheets import read_phone
from services.chassis.work import Work
from services.claims.contracts import (
    AlreadyYours,
    BatchTooLarge,
    ClaimantKind,
    ClaimBatch,
    Claimed,
    ClaimedBatch,
    ClaimForTeam,
    ClaimForUnit,
    ClaimJointly,
    FinishJointPart,
    JointParty,
    JointShare,
    NamedPerson,
    NamedPersonNeeded,
    NoLongerOffered,
    NoPlaceLeft,
    NotAMember,
    NothingToClaim,
    TooManyOpenClaims,
    UnknownClaim,
    UnknownClaimant,
    UnknownOffer,
    UnusableBatch,
    UnusableParts,
)
from services.claims.domain import (
    KEEPS_ITS_PLACE,
    OVER,
    UNDER_WAY,
    OfferState,
    is_officer_of,
    text_given,
)
from services.claims.models import Area, Claim, JointPart, Member, Offer, Team, Unit
from services.claims.queries import speaks_for
from services.claims.usecases.behalf import KIND_OF_UNIT, Behalf, lock_team, lock_unit
from services.claims.usecases.locking import DEFAULTS, OfferRow, lock_members, lock_offers, places_of
from services.claims.usecases.taking import take_places
from services.claims.usecases.waiting import active_caller
from services.directory.contracts import UnitKind

MOST_PARTIES = 20
LARGEST_BATCH = 200


def claim_for_unit(work: Work, command: ClaimForUnit, now: datetime) -> Claimed:
    """Take a place for a unit, branch or company, as its officer; somebody named answers for it."""
    offer = _offer_to_take(work, command.wish_id)
    behalf = _unit(work, command, command.unit_id, command.named)
    return _take_one(work, behalf, offer, now)


def claim_for_team(work: Work, command: ClaimForTeam, now: datetime) -> Claimed:
    """Take a place for a volunteer team, as one of its members, who answers for it."""
    active_caller(command.by)
    offer = _offer_to_take(work, command.wish_id)
    return _take_one(work, _team(work, command, command.team_id), offer, now)


def claim_jointly(work: Work, command: ClaimJointly, now: datetime) -> Claimed:
    """Take a place for a unit together with others, and write down what each takes upon itself."""
    parts = _parts(work, command)
    offer = _offer_to_take(work, command.wish_id)
    lead = _unit(work, command, command.unit_id, command.named)
    _check_parties(work.session, parts)
    parties = tuple(part.party_id for part in parts)
    behalf = dataclasses.replace(lead, kind=ClaimantKind.JOINT, parties=parties)
    claimed = _take_one(work, behalf, offer, now)
    rows = [
        {
            "claim_id": claimed.claim_id,
            "party_id": part.party_id,
            "party": part.party.value,
            "share": work.seals.seal(part.share),
            "is_lead": part.party_id == lead.id,
            "done_at": None,
            "done_by": None,
        }
        for part in parts
    ]
    insert_all(work.session, JointPart, rows)
    return claimed


def finish_joint_part(work: Work, command: FinishJointPart, now: datetime) -> Done:
    """Note that a part of a joint claim is done, said by the party itself or by the unit that leads."""
    if not command.by.is_signed_in:
        raise SignInNeeded()
    part = work.session.get(JointPart, (command.claim_id, command.party_id), with_for_update=True)
    claim = work.session.get(Claim, command.claim_id)
    if part is None or claim is None or claim.state not in UNDER_WAY:
        raise UnknownClaim()
    by_lead = is_officer_of(command.by, claim.claimant_id)
    if not (by_lead or speaks_for(work.session, command.by, part)):
        raise UnknownClaim()
    work.permit_self(command.by.member_id, command.by.account_id, command.by.unit_id)
    if part.done_at is None:
        part.done_at, part.done_by = now, command.by.account_id or command.by.member_id
    return Done(id=claim.id)


def claim_batch(work: Work, command: ClaimBatch, now: datetime) -> ClaimedBatch:
    """Take a place on every open wish of a household or of a community's month; the answer says how many.

    Raises `UnusableBatch`, `NothingToClaim`, and with `all_or_nothing` what keeps the claimant from all.
    """
    _check_batch(command)
    wanted, number = _batch(work, command)
    offers = lock_offers(work.session, wanted)
    behalf = _claimant(work, command)
    kept = _wishes_kept(work.session, behalf.id, offers)
    free = [offers[one] for one in wanted if one in offers and one not in kept]
    takeable = [offer for offer in free if _is_free(offer)]
    limit = _limit(behalf, takeable)
    room = min(max(limit - _open_claims(work.session, behalf), 0), LARGEST_BATCH)
    if command.all_or_nothing:
        _check_room_for_all(number - len(kept), len(free) - len(takeable), room, limit)
    taken = takeable[:room]
    if not taken:
        raise NothingToClaim()
    after = {offer.id: places_of(offer).take() for offer in taken}
    claims = take_places(work, behalf, taken, after, now)
    return ClaimedBatch(claims=claims, left_out=number - len(kept) - len(taken))


# -- for whom


def _unit(work: Work, command: Any, unit_id: UUID, named: NamedPerson | None) -> Behalf:
    if named is None:
        raise NamedPersonNeeded()
    member_id, sealed = _who_answers(work, named)
    unit = lock_unit(work, unit_id, command.by)
    kind = KIND_OF_UNIT.get(UnitKind(unit.kind), ClaimantKind.UNIT)
    return Behalf(kind, unit.id, member_id, command.by.account_id, sealed)


def _team(work: Work, command: Any, team_id: UUID) -> Behalf:
    if command.by.member_id is not None:
        _lock_member(work, command.by.member_id)
    team = lock_team(work, team_id, command.by)
    return Behalf(ClaimantKind.TEAM, team.id, command.by.member_id, command.by.account_id)


def _claimant(work: Work, command: ClaimBatch) -> Behalf:
    if command.unit_id:
        return _unit(work, command, command.unit_id, command.named)
    member_id = active_caller(command.by)
    if command.team_id:
        return _team(work, command, command.team_id)
    work.permit_self(member_id)
    _lock_member(work, member_id)
    return Behalf(ClaimantKind.MEMBER, member_id, member_id, command.by.account_id)


def _lock_member(work: Work, member_id: UUID) -> None:
    member = lock_members(work.session, [member_id]).get(member_id)
    if member is None or not member.is_active:
        raise NotAMember()


def _who_answers(work: Work, named: NamedPerson) -> tuple[UUID | None, Sealed | None]:
    """Return the member who answers, or the sealed name and number of somebody who is none."""
    if named.member_id:
        if work.session.scalar(select(Member.is_active).where(Member.id == named.member_id)):
            return named.member_id, None
        raise NamedPersonNeeded()
    name, phone = text_given(named.name), read_phone(named.phone, None)
    if not name or not isinstance(phone, str):
        raise NamedPersonNeeded()
    return None, work.seals.seal(msgspec.json.encode({"name": name, "phone": phone}).decode())


# -- the rules


def _offer_to_take(work: Work, wish_id: UUID) -> OfferRow:
    offer = lock_offers(work.session, [wish_id]).get(wish_id)
    if offer is None:
        raise UnknownOffer()
    return offer


def _take_one(work: Work, behalf: Behalf, offer: OfferRow, now: datetime) -> Claimed:
    refusal = _why_not(work.session, behalf, offer)
    if refusal:
        raise refusal
    return take_places(work, behalf, [offer], {offer.id: places_of(offer).take()}, now)[0]


def _why_not(session: Session, behalf: Behalf, offer: OfferRow) -> Refusal | None:
    places = places_of(offer)
    if places.state in OVER:
        return NoLongerOffered()
    if _wishes_kept(session, behalf.id, [offer.id]):
        return AlreadyYours()
    if places.is_full:
        return NoPlaceLeft()
    limit = _limit(behalf, [offer])
    return TooManyOpenClaims(limit=limit) if _open_claims(session, behalf) >= limit else None


def _is_free(offer: OfferRow) -> bool:
    places = places_of(offer)
    return places.state is OfferState.OPEN and not places.is_full


def _limit(behalf: Behalf, offers: Sequence[OfferRow]) -> int:
    """Return how many open claims this claimant may have: that of the strictest community concerned."""
    if behalf.kind is ClaimantKind.MEMBER:
        limits = [DEFAULTS.open_claims if offer.limit is None else offer.limit for offer in offers]
        return min(limits, default=DEFAULTS.open_claims)
    default = DEFAULTS.unit_open_claims
    limits = [default if offer.unit_open_claims is None else offer.unit_open_claims for offer in offers]
    return min(limits, default=default)


def _open_claims(session: Session, behalf: Behalf) -> int:
    own = select(func.count()).where(Claim.claimant_id == behalf.id, Claim.state.in_(UNDER_WAY))
    if behalf.kind is ClaimantKind.MEMBER:
        return session.scalar(select(Member.open_claims).where(Member.id == behalf.id)) or 0
    return session.scalar(own.where(Claim.claimant_kind != ClaimantKind.MEMBER)) or 0


def _wishes_kept(session: Session, claimant_id: UUID, offers: Any) -> set[UUID]:
    own = select(Claim.offer_id).where(Claim.claimant_id == claimant_id, Claim.offer_id.in_(list(offers)))
    return set(session.scalars(own.where(Claim.state.in_(KEEPS_ITS_PLACE))))


# -- a batch


def _check_batch(command: ClaimBatch) -> None:
    is_one_batch = (command.household_of is None) != (command.community_id is None)
    is_one_claimant = command.unit_id is None or command.team_id is None
    if not (is_one_batch and is_one_claimant):
        raise UnusableBatch()


def _batch(work: Work, command: ClaimBatch) -> tuple[list[UUID], int]:
    """Return the open wishes of a batch that the claimant has not got, the oldest first, and their number.

    A household is that of the named wish. Of a batch that is larger than may be claimed in one go the number
    says so.
    """
    wanted = select(Offer.id, func.count().over().label("number"))
    wanted = wanted.where(Offer.state == OfferState.OPEN, ~_is_kept_by(command))
    if command.household_of:
        resident = select(Offer.resident_id).where(Offer.id == command.household_of).scalar_subquery()
        wanted = wanted.where(Offer.resident_id == resident)
    else:
        path = select(Area.path).where(Area.id == command.community_id).scalar_subquery()
        wanted = wanted.where(Offer.area_path == path, Offer.community_id == command.community_id)
    if command.period:
        wanted = wanted.where(Offer.period == command.period)
    oldest_first = wanted.order_by(Offer.released_at, Offer.id).limit(LARGEST_BATCH)
    found = work.session.execute(oldest_first).all()
    return [row.id for row in found], found[0].number if found else 0


def _is_kept_by(command: ClaimBatch) -> ColumnElement[bool]:
    """Hold for a wish on which whoever is to claim keeps a place already."""
    claimant_id = command.unit_id or command.team_id or command.by.member_id
    own = select(Claim.id).where(Claim.offer_id == Offer.id, Claim.claimant_id == claimant_id)
    return own.where(Claim.state.in_(KEEPS_ITS_PLACE)).exists()


def _check_room_for_all(wanted: int, lost: int, room: int, limit: int) -> None:
    """Raise why not every wish of a batch can be had."""
    if lost:
        raise NoPlaceLeft()
    if wanted and not room:
        raise TooManyOpenClaims(limit=limit)
    if wanted > room:
        raise BatchTooLarge(wanted=wanted, room=room)


# -- the parts of a joint claim


def _parts(work: Work, command: ClaimJointly) -> list[JointShare]:
    """Return every part with clean words, the lead's first; raise `UnusableParts`."""
    lead = JointShare(party=JointParty.UNIT, party_id=command.unit_id, share=command.own_share)
    parts = [
        JointShare(party=part.party, party_id=part.party_id, share=text_given(part.share))
        for part in (lead, *command.others)
    ]
    are_distinct = len({part.party_id for part in parts}) == len(parts)
    if not (1 < len(parts) <= MOST_PARTIES and are_distinct and all(part.share for part in parts)):
        raise UnusableParts()
    return parts


def _check_parties(session: Session, parts: Sequence[JointShare]) -> None:
    tables: dict[JointParty, Any] = {
        JointParty.UNIT: Unit,
        JointParty.TEAM: Team,
        JointParty.COMMUNITY: Area,
    }
    for party, table in tables.items():
        named = {part.party_id for part in parts if part.party is party}
        if named and set(session.scalars(select(table.id).where(table.id.in_(named)))) != named:
            raise UnknownClaimant()
