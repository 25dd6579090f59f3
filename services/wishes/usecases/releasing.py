"""The monthly release: once for each month and area, a few statements for a whole city."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute

from services.chassis.calendar import month_of
from services.chassis.contracts import Done, in_events, new_id
from services.chassis.work import Work
from services.scheduler.contracts import ReleaseDue
from services.wishes.contracts import (
    NotAReleaseArea,
    PeriodNotBegun,
    ReleaseCompleted,
    ReleasedWish,
    ReleaseWishes,
    WishesReleased,
)
from services.wishes.domain import WishAction, WishState, month_named
from services.wishes.models import Area, CarryOver, Release, Wish, WishMove
from services.wishes.queries.places import area_for
from services.wishes.queries.releases import is_unclaimed, is_waiting, is_waiting_in
from services.wishes.usecases.moves import HOUSE, by_whom, move


def release_wishes(work: Work, command: ReleaseWishes, now: datetime) -> Done:
    """Release a month by hand; one released already stays as it is.

    Raises `UnknownArea`, `UnusablePeriod`, `NotAReleaseArea`, `PeriodNotBegun`.
    """
    area = area_for(work.session, command.area_id)
    work.permit(area.path)
    period, month = month_named(command.period), month_of(work.day_of(now))
    if area.release_scope_id != area.id:
        raise NotAReleaseArea()
    if period > month:
        raise PeriodNotBegun(period=period)
    return Done(id=_release(work, area, period, month, now, by_whom(command)))


def release_due(work: Work, event: ReleaseDue, now: datetime) -> None:
    """Release the month that fell due, be it late or long past: what is screened now goes up.

    Raises `UnknownArea` or `NotAReleaseArea` while the directory's news is still under way, so that the
    event is tried again rather than spent on nothing.
    """
    area = area_for(work.session, event.area_id)
    period, month = month_named(event.period), month_of(work.day_of(now))
    if area.release_scope_id != area.id:
        raise NotAReleaseArea()
    _release(work, area, period, month, now, HOUSE)


def release_at_once(work: Work, wish: Wish, community: Area, now: datetime, by: str) -> None:
    """Put one urgent wish up without waiting for its month (004: 一些需要及时处理的“微心愿”)."""
    move(work, wish, WishAction.RELEASE, now, by)
    wish.released_at, wish.last_month = now, month_of(work.day_of(now))
    fields = {field: getattr(wish, field) for field in _BOARD_FIELDS}
    work.announce(WishesReleased(wishes=[_released(fields, community.name, community.path)]))


def put_up_campaign(work: Work, campaign_id: UUID, month: str, now: datetime, by: str) -> int:
    """Put up what was screened for a campaign, apart from any month; return how many wishes those are."""
    released = _put_up(work, is_waiting_in(campaign_id), now, {"last_month": month})
    step = {"at": now, "action": WishAction.RELEASE, "state": WishState.RELEASED, "by": by}
    if released:
        work.session.execute(insert(WishMove), [step | {"wish_id": wish_id} for wish_id in released])
    _announce(work, released)
    return len(released)


def _release(work: Work, area: Area, period: str, month: str, now: datetime, by: str) -> UUID:
    """Do what only whoever writes the row (period, area) first may do; return the id of the release.

    A second asker waits at the unique index until the first has committed, and finds it done.
    """
    release = upsert(Release).values(
        id=new_id(), period=period, area_id=area.id, released_at=now, by=by, released=0, carried_over=0
    )
    begun: UUID | None = work.session.scalar(release.on_conflict_do_nothing().returning(Release.id))
    if begun is None:
        done = select(Release.id).where(Release.period == period, Release.area_id == area.id)
        return work.session.scalars(done).one()
    carried_over = _carry_over(work, area, period, now)
    changes = {"period": period, "last_month": max(period, month), "release_id": begun}
    released = _put_up(work, is_waiting(area.id), now, changes)
    _write_moves(work, begun, now, by)
    counted = update(Release).where(Release.id == begun)
    work.session.execute(counted.values(released=len(released), carried_over=carried_over))
    _announce(work, released)
    work.announce(_completed(area, period, begun, len(released), carried_over))
    return begun


def _carry_over(work: Work, area: Area, period: str, now: datetime) -> int:
    """Let what nobody claimed age by a month, visibly and on record; return how many wishes did."""
    chosen = _locked(is_unclaimed(area.id, period)).cte("unclaimed")
    aged = update(Wish).where(Wish.id.in_(select(chosen.c.id)))
    aged = aged.values(months_carried=Wish.months_carried + 1, last_month=period)
    carried = aged.returning(Wish.id).cte("carried")
    written = insert(CarryOver).from_select(["wish_id", "at"], select(carried.c.id, literal(now)))
    return work.session.execute(written).rowcount  # type: ignore[attr-defined,no-any-return]


def _put_up(work: Work, is_chosen: ColumnElement[bool], now: datetime, changes: dict[str, Any]) -> list[UUID]:
    """Move every wish that is chosen onto the board in one statement; return which they are."""
    chosen = _locked(is_chosen).cte("waiting")
    moved = update(Wish).where(Wish.id.in_(select(chosen.c.id)))
    moved = moved.values(state=WishState.RELEASED, released_at=now, version=Wish.version + 1, **changes)
    returned = moved.returning(Wish.id).execution_options(synchronize_session=False)
    return sorted(work.session.execute(returned).scalars())


def _announce(work: Work, released: Sequence[UUID]) -> None:
    for chunk in in_events(released):
        work.announce(WishesReleased(wishes=_as_released(work, chunk)))


def _as_released(work: Work, ids: Sequence[UUID]) -> list[ReleasedWish]:
    """Return some of the wishes put up, as claims gets to know them: a city's are never all in memory."""
    chosen = select(Area.name, Area.path, *_ON_THE_BOARD).join(Area, Area.id == Wish.community_id)
    rows = work.session.execute(chosen.where(Wish.id.in_(ids)).order_by(Wish.id))
    return [_released_row(*row) for row in rows]


def _locked(condition: ColumnElement[bool]) -> Select[UUID]:
    """Return the ids of the wishes that meet a condition, locked in one order, so that nobody deadlocks."""
    joined = select(Wish.id).join(Area, Area.id == Wish.community_id).where(condition)
    return joined.order_by(Wish.id).with_for_update(of=Wish)


def _write_moves(work: Work, release_id: UUID, now: datetime, by: str) -> None:
    step = (literal(now), literal(WishAction.RELEASE.value), literal(WishState.RELEASED.value), literal(by))
    moved = select(Wish.id, *step).where(Wish.release_id == release_id)
    work.session.execute(insert(WishMove).from_select(["wish_id", "at", "action", "state", "by"], moved))


_ON_THE_BOARD: tuple[InstrumentedAttribute[Any], ...] = (
    Wish.id,
    Wish.code,
    Wish.title,
    Wish.kind,
    Wish.category,
    Wish.urgency,
    Wish.value,
    Wish.places,
    Wish.service_days,
    Wish.skill,
    Wish.community_id,
    Wish.resident_id,
    Wish.contact,
    Wish.confirmation_index,
    Wish.period,
    Wish.version,
    Wish.suitable,
)
_BOARD_FIELDS = tuple(column.key for column in _ON_THE_BOARD)


def _released_row(community_name: str, area_path: str, *fields: Any) -> ReleasedWish:
    return _released(dict(zip(_BOARD_FIELDS, fields, strict=True)), community_name, area_path)


def _released(fields: dict[str, Any], community_name: str, area_path: str) -> ReleasedWish:
    """Return a wish as it goes on the board, from its `_ON_THE_BOARD` fields."""
    renamed = {"wish_id": fields.pop("id"), "community_name": community_name, "area_path": area_path}
    return msgspec.convert(fields | renamed, ReleasedWish)


def _completed(
    area: Area, period: str, release_id: UUID, released: int, carried_over: int
) -> ReleaseCompleted:
    return ReleaseCompleted(
        release_id=release_id,
        period=period,
        area_id=area.id,
        area_path=area.path,
        area_name=area.name,
        released=released,
        carried_over=carried_over,
    )
