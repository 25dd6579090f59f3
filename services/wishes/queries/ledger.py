"""The ledger: wishes as staff see them, masked, with their history; and a resident's own track."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from services.chassis.contracts import Page
from services.chassis.paging import one_more, page_of
from services.chassis.refusals import Malformed
from services.chassis.sealing import Seals, mask_name, mask_phone
from services.chassis.work import Work
from services.wishes.contracts import (
    Category,
    Claimant,
    Door,
    DuplicateHint,
    GetWish,
    ListWishes,
    Move,
    UnknownWish,
    Urgency,
    WishKind,
    WishList,
    WishTrack,
    WishView,
)
from services.wishes.domain import WishAction, WishState, advice_on, pairs_in
from services.wishes.models import Area, Resident, Wish, WishMove
from services.wishes.queries.duplicates import duplicates_of
from services.wishes.queries.paging import no_next_of
from services.wishes.queries.places import area_for, settings_of
from services.wishes.queries.taxonomy import class_of, taxonomy_of

_WITH_ITS_PEOPLE = (
    select(Wish, Area, Resident)
    .join(Area, Area.id == Wish.community_id)
    .join(Resident, Resident.id == Wish.resident_id)
)


def get_wish(work: Work, query: GetWish) -> WishView:
    """Return one wish with its history; raises `UnknownWish`."""
    found = work.session.execute(_WITH_ITS_PEOPLE.where(Wish.id == query.wish_id)).first()
    if found is None:
        raise UnknownWish()
    wish, community, resident = found
    work.permit(community.path)
    duplicates = duplicates_of(work, wish, resident) if wish.state in _WITH_A_SCREENER else []
    return _view(work.seals, wish, community, resident, _history(work, wish), duplicates)


def list_wishes(work: Work, query: ListWishes) -> WishList:
    """Return a page of the wishes of an area, the oldest first; the screening queue by the day it is due.

    Raises `UnknownArea`, and `Malformed` for a state or a place in the list that there is not.
    """
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    order = (Wish.due_on, Wish.id) if query.state == WishState.SUBMITTED else (Wish.id,)
    chosen = _WITH_ITS_PEOPLE.where(func.starts_with(Area.path, area.path))
    if query.state is not None:
        chosen = chosen.where(Wish.state == _state(query.state))
    chosen = chosen.where(*_sorted_as(query, area))
    found = work.session.execute(_following(chosen, order, query))
    rows, following = page_of(found, query, lambda row: _place(row.Wish, order))
    views = [_view(work.seals, wish, community, resident, moves=[]) for wish, community, resident in rows]
    return WishList(items=views, next=following)


def track_of(work: Work, wish: Wish) -> WishTrack:
    """Return what a resident sees of their wish: no account, and no reason but those meant for them."""
    moves = [
        Move(
            action=move.action,
            state=move.state,
            at=move.at,
            by=move.by if move.by in ("resident", "claims", "house") else "community",
            reason=move.reason if move.action in _TOLD_TO_RESIDENT else "",
        )
        for move in _history(work, wish)
    ]
    return WishTrack(code=wish.code, title=wish.title, state=wish.state, moves=moves)


_TOLD_TO_RESIDENT = (
    WishAction.RETURN,
    WishAction.DECLINE,
    WishAction.WITHDRAW,
    WishAction.REFER,
    WishAction.TAKE_BACK,
    WishAction.SETTLE,
)

_WITH_A_SCREENER = (WishState.SUBMITTED, WishState.RETURNED, WishState.SCREENED, WishState.REFERRED)
"""States in which a hint at a duplicate still helps somebody decide."""


def _sorted_as(query: ListWishes, area: Area) -> list[ColumnElement[bool]]:
    """Return what the query asks of kind and campaign, in the category or in the words of the area."""
    asked: list[ColumnElement[bool]] = []
    if query.category is not None:
        asked.append(Wish.category == query.category)
    if query.official is not None:
        pairs = pairs_in(taxonomy_of(area), query.official)
        if not pairs:
            raise Malformed(contract="ListWishes", problem="no_such_class")
        asked.append(tuple_(Wish.category, Wish.kind).in_(pairs))
    if query.urgency is not None:
        asked.append(Wish.urgency == query.urgency)
    if query.campaign_id is not None:
        asked.append(Wish.campaign_id == query.campaign_id)
    return asked


def _history(work: Work, wish: Wish) -> list[Move]:
    moves = work.session.scalars(select(WishMove).where(WishMove.wish_id == wish.id).order_by(WishMove.id))
    return [
        Move(
            action=move.action,
            state=move.state,
            at=move.at,
            by=move.by,
            reason=work.seals.open_or_empty(move.reason),
        )
        for move in moves
    ]


def _view(
    seals: Seals,
    wish: Wish,
    community: Area,
    resident: Resident,
    moves: list[Move],
    duplicates: Sequence[DuplicateHint] = (),
) -> WishView:
    advice = advice_on(wish.value, settings_of(community).value_ceiling)
    return WishView(
        id=wish.id,
        code=wish.code,
        state=wish.state,
        title=wish.title,
        details=seals.open_or_empty(wish.details),
        kind=WishKind(wish.kind),
        category=Category(wish.category) if wish.category else None,
        urgency=Urgency(wish.urgency),
        value=wish.value,
        places=wish.places,
        skill=wish.skill,
        community_id=wish.community_id,
        community_name=community.name,
        resident_name=mask_name(seals.open(resident.name)),
        resident_phone=mask_phone(seals.open(resident.phone)) if resident.phone else None,
        door=Door(wish.door),
        period=wish.period,
        months_carried=wish.months_carried,
        submitted_at=wish.submitted_at,
        due_on=wish.due_on,
        over_ceiling=advice is not None,
        service_days=wish.service_days,
        moves=moves,
        official=class_of(wish, community),
        suitable=Claimant(wish.suitable),
        advice=advice,
        campaign_id=wish.campaign_id,
        duplicates=list(duplicates),
    )


def _state(named: str) -> WishState:
    with suppress(ValueError):
        return WishState(named)
    raise Malformed(contract="ListWishes", problem="no_such_state")


def _following(
    chosen: Select[Wish, Area, Resident], order: Sequence[InstrumentedAttribute[Any]], query: ListWishes
) -> Select[Wish, Area, Resident]:
    if query.after is not None:
        chosen = chosen.where(tuple_(*order) > tuple_(*_place_named(query, query.after, len(order))))
    return one_more(chosen.order_by(*order), query)


def _place(wish: Wish, order: Sequence[InstrumentedAttribute[Any]]) -> str:
    return "_".join(str(getattr(wish, column.key)) for column in order)


def _place_named(query: Page, after: str, parts: int) -> list[date | UUID]:
    with suppress(ValueError):
        *due_on, wish_id = after.split("_")
        if len(due_on) == parts - 1:
            return [*map(date.fromisoformat, due_on), UUID(wish_id)]
    raise no_next_of(query)
