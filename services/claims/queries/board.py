"""What claims shows: the board, one's own claims, the claims of an area; lists by keyset, never by offset."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, literal, select, true, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from services.chassis import paging
from services.chassis.paging import one_more, page_size
from services.chassis.refusals import Malformed
from services.chassis.rights import EVERYWHERE, Role
from services.chassis.work import Work
from services.claims.contracts import (
    Board,
    ClaimantKind,
    ClaimList,
    ClaimView,
    GetOffer,
    ListClaims,
    ListOffers,
    MyClaims,
    OfferView,
    SimilarOffers,
    UnknownOffer,
    UnknownState,
)
from services.claims.domain import ClaimState, OfferState, Places, months_on_board
from services.claims.models import Claim, ClaimMove, Offer
from services.claims.queries.paging import is_in_state, no_next_of, page_of
from services.wishes.contracts import Category, Claimant, Urgency, WishKind


def list_offers(work: Work, query: ListOffers, now: datetime) -> Board:
    """Return a page of the board, newest release first; raise `UnknownState` for a state that is none."""
    if query.state not in list(OfferState):
        raise UnknownState()
    newest_first = (Offer.released_at.desc(), Offer.id.desc())
    in_state, after = Offer.state == query.state, _after_offer(query.after)
    place = _place(work.session, Offer, query.below, in_state)
    wanted = _board(in_state, place, *_filters(query), after)
    found = work.session.execute(one_more(wanted.order_by(*newest_first), query))
    rows, following = paging.page_of(found, query, _place_of)
    return Board(items=[_offer_view(row, work, now) for row in rows], next=following)


def get_offer(work: Work, query: GetOffer, now: datetime) -> OfferView:
    """Return one offer, whatever its state; raise `UnknownOffer` for a wish that was never on the board."""
    row = work.session.execute(_board(Offer.id == query.wish_id)).first()
    if row is None:
        raise UnknownOffer()
    return _offer_view(row, work, now)


def similar_offers(work: Work, query: SimilarOffers, now: datetime) -> Board:
    """Return open wishes for whoever lost a race: of the same community, then of the same category, then any.

    Each of the three looks is short of its own, so that it costs the same on a board of any size.
    """
    likeness = select(Offer.area_path, Offer.category)
    lost = work.session.execute(likeness.where(Offer.id == query.wish_id)).first()
    if lost is None:
        raise UnknownOffer()
    limit = page_size(query.limit)
    ways = [Offer.area_path == lost.area_path, Offer.category == lost.category, true()]
    looks = [_look(rank, query.wish_id, alike, limit) for rank, alike in enumerate(ways)]
    found = union_all(*looks).subquery()
    ranked = work.session.execute(select(found.c.id).order_by(found.c.rank, found.c.released_at.desc()))
    nearest = list(dict.fromkeys(ranked.scalars()))[:limit]
    rows = {row.id: row for row in work.session.execute(_board(Offer.id.in_(nearest)))}
    return Board(items=[_offer_view(rows[offer_id], work, now) for offer_id in nearest])


def my_claims(work: Work, query: MyClaims) -> ClaimList:
    """Return a page of the claims for which the caller answers, or those of the unit they are officer of."""
    if query.by.member_id is None and any(grant.role is Role.UNIT_OFFICER for grant in query.by.grants):
        work.permit_self(query.by.unit_id)
        is_collective = Claim.claimant_kind != ClaimantKind.MEMBER  # so that the index of these is used
        return _claim_list(work, query, is_collective & (Claim.claimant_id == query.by.unit_id))
    work.permit_self(query.by.member_id)
    return _claim_list(work, query, Claim.member_id == query.by.member_id)


def list_claims(work: Work, query: ListClaims) -> ClaimList:
    """Return a page of the claims on wishes below a path, newest first."""
    work.permit(query.below)
    return _claim_list(work, query, _place(work.session, Claim, query.below))


FEW = 500
"""So few rows of a place are listed by place; more are found soon enough on the way through the newest."""


def _place(
    session: Session, table: type[Offer] | type[Claim], below: str, *also: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that rows lie at or below a path.

    Where few do, it names them: the planner would walk through the newest of the whole city until a page is
    full, which for a quiet place is never.
    """
    is_below: ColumnElement[bool] = table.area_path.op("^@", is_comparison=True)(_typed(below))
    if below == EVERYWHERE:
        return true()
    few = select(table.id).where(is_below, *also).order_by(table.area_path).limit(FEW)
    found = session.scalars(few).all()
    return table.id.in_(found) if len(found) < FEW else is_below


# -- offers


def offers_by_id(work: Work, ids: list[UUID], now: datetime) -> dict[UUID, OfferView]:
    """Return these offers as everyone may see them, by their ids."""
    rows = work.session.execute(_board(Offer.id.in_(ids)))
    return {row.id: _offer_view(row, work, now) for row in rows}


def _board(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the public columns of the offers that meet the conditions."""
    columns: list[Any] = [
        Offer.id,
        Offer.code,
        Offer.title,
        Offer.kind,
        Offer.category,
        Offer.urgency,
        Offer.value,
        Offer.skill,
        Offer.suitable,
        Offer.places,
        Offer.taken,
        Offer.confirmed,
        Offer.reserved,
        Offer.state,
        Offer.version,
        Offer.community_id,
        Offer.community_name,
        Offer.service_days,
        Offer.released_at,
    ]
    return select(*columns).where(*conditions)


def _filters(query: ListOffers) -> list[ColumnElement[bool]]:
    skill = None if query.skill is None else _typed(query.skill)
    wanted = {
        Offer.kind: query.kind,
        Offer.category: query.category,
        Offer.skill: skill,
        Offer.suitable: query.suitable,
    }
    return [column == choice for column, choice in wanted.items() if choice is not None]


def _typed(text: str) -> str:
    """Return what a caller typed into a filter; raise `Malformed` for signs that nobody types."""
    if not text.isprintable():
        raise Malformed(contract="filter", problem="unprintable")
    return text


def _place_of(row: Row[Any]) -> str:
    """Return where an offer stands on the board, for the page after it."""
    return f"{row.released_at.isoformat()}~{row.id}"


def _after_offer(after: str | None) -> ColumnElement[bool]:
    """Return the condition that an offer comes after the last one of the page before."""
    if after is None:
        return true()
    released_at, _, offer_id = after.partition("~")
    try:
        last = datetime.fromisoformat(released_at), UUID(offer_id)
    except ValueError:
        raise no_next_of("ListOffers") from None
    return tuple_(Offer.released_at, Offer.id) < tuple_(*map(literal, last))


def _look(rank: int, lost: UUID, alike: ColumnElement[bool], limit: int) -> Select[Any]:
    """Return the newest open offers alike in one way, except the lost one."""
    others = (Offer.state == OfferState.OPEN, Offer.id != lost, alike)
    found = select(Offer.id, Offer.released_at, literal(rank).label("rank")).where(*others)
    return select(found.order_by(Offer.released_at.desc(), Offer.id.desc()).limit(limit).subquery())


def _offer_view(row: Row[Any], work: Work, now: datetime) -> OfferView:
    state = OfferState(row.state)
    places = Places(row.places, row.taken, row.confirmed, state, row.version, row.reserved)
    return OfferView(
        wish_id=row.id,
        code=row.code,
        title=row.title,
        kind=WishKind(row.kind),
        category=Category(row.category),
        urgency=Urgency(row.urgency),
        value=row.value,
        skill=row.skill,
        suitable=Claimant(row.suitable),
        places=row.places,
        places_left=places.standing().places_left,
        state=row.state,
        community_id=row.community_id,
        community_name=row.community_name,
        service_days=row.service_days,
        released_at=row.released_at,
        months_on_board=months_on_board(work.day_of(row.released_at), work.day_of(now)),
    )


# -- claims


def _claim_list(work: Work, query: MyClaims | ListClaims, whose: ColumnElement[bool]) -> ClaimList:
    in_state = is_in_state(Claim.state, query.state, ClaimState)
    wanted = _claims().where(whose, in_state)
    items, following = page_of(work, query, wanted, Claim.id, lambda row: _claim_view(work, row), "claims")
    return ClaimList(items=items, next=following)


def _claims() -> Select[Any]:
    """Return claims with their wish, and with what was said when they were delivered and when they ended."""
    delivery, end = aliased(ClaimMove), aliased(ClaimMove)
    return (
        select(
            *Claim.__mapper__.columns,
            Offer.code,
            Offer.title,
            delivery.said.label("note"),
            end.said.label("reason"),
        )
        .join(Offer, Offer.id == Claim.offer_id)
        .outerjoin(delivery, (delivery.claim_id == Claim.id) & (delivery.state == ClaimState.DELIVERED))
        .outerjoin(end, (end.claim_id == Claim.id) & (end.state == Claim.state) & Claim.ended_at.is_not(None))
    )


def _claim_view(work: Work, row: Row[Any]) -> ClaimView:
    return ClaimView(
        id=row.id,
        wish_id=row.offer_id,
        wish_code=row.code,
        title=row.title,
        member_id=row.member_id,
        state=row.state,
        claimed_at=row.claimed_at,
        undo_until=row.undo_until,
        due_on=row.due_on,
        delivered_at=row.delivered_at,
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at,
        reason=work.seals.open_or_empty(row.reason),
        note=work.seals.open_or_empty(row.note),
        satisfaction=row.satisfaction,
        claimant_kind=ClaimantKind(row.claimant_kind),
        claimant_id=None if row.claimant_kind == ClaimantKind.MEMBER else row.claimant_id,
    )
