"""The ranking of an area, where it was turned on (国办函〔2026〕12号), with agreed names only."""

from typing import Any

from sqlalchemy import Row, Select, func, select

from services.chassis.contracts import Sealed
from services.chassis.sealing import mask_name
from services.chassis.work import Work
from services.points.contracts import (
    NameShown,
    RankedMember,
    Ranking,
    RankingIsOff,
    RankMembers,
    UnknownArea,
)
from services.points.models import Area, Entry, Member, NameChoice

SHOWN = 50


def rank_members(work: Work, query: RankMembers) -> Ranking:
    """Return the first fifty of an area and year; raise `RankingIsOff` unless the area turned it on.

    A community below that keeps it off is left out, and so is whoever does not want to be shown.
    """
    work.permit_self(query.by.member_id, query.by.account_id)
    area = work.session.get(Area, query.area_id)
    if area is None:
        raise UnknownArea()
    if not area.ranking:
        raise RankingIsOff()
    rows = work.session.execute(_ranked(area.path, query.year)).all()
    return Ranking(items=[_ranked_member(work, row) for row in rows])


def _ranked(path: str, year: int) -> Select[Any]:
    points = func.sum(Entry.points)
    place = func.rank().over(order_by=points.desc()).label("place")
    ranked = (
        select(Entry.member_id, points.label("points"), place)
        .join(Area, Area.id == Entry.community_id)
        .where(Entry.year == year, Entry.area_path.startswith(path, autoescape=True), Area.ranking)
        .group_by(Entry.member_id)
        .having(points > 0)
        .subquery()
    )
    shows = func.coalesce(NameChoice.shows, NameShown.INITIALS.value).label("shows")
    shown = select(ranked.c.place, ranked.c.points, Member.name, shows)
    shown = shown.join(Member, Member.id == ranked.c.member_id)
    shown = shown.outerjoin(NameChoice, NameChoice.member_id == ranked.c.member_id)
    shown = shown.where(Member.is_active, shows != NameShown.NOTHING.value)
    return shown.order_by(ranked.c.place, ranked.c.member_id).limit(SHOWN)


def _ranked_member(work: Work, row: Row[Any]) -> RankedMember:
    name = work.seals.open(Sealed(row.name))
    shown = name if row.shows == NameShown.NAME else mask_name(name)
    return RankedMember(place=row.place, name=shown, points=row.points)
