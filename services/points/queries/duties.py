"""What is expected of whom in a year, how far they have come, and who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVarTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from services.chassis.paging import LONGEST_PAGE, one_more, page_of
from services.chassis.rights import EVERYWHERE, Actor, Right
from services.chassis.work import Work
from services.directory.contracts import MemberKind
from services.points.contracts import (
    CountObligations,
    DutyKind,
    DutyList,
    DutyView,
    ListDuties,
    ListObligations,
    MyObligations,
    Obligation,
    ObligationCounts,
    ObligationList,
    ObligationProgress,
    UnknownArea,
)
from services.points.domain import GIVEN_UP, OBLIGATIONS, STREET, instants_of, still_holding, year_bounds
from services.points.models import Area, Claim, Contribution, Duty, Entry, Member, Participation, Unit
from services.points.queries.pages import after_id

Setter = aliased(Area, name="setter")
"""The area that set a duty."""

Columns = TypeVarTuple("Columns")

PARTY_MEMBER = MemberKind.PARTY_MEMBER.value


def list_duties(work: Work, query: ListDuties, *, now: datetime) -> DutyList:
    """Return what is expected in an area today or later, the nearest first; raise `UnknownArea`."""
    area = work.session.get(Area, query.area_id)
    if area is None:
        raise UnknownArea()
    newest_set = select(Duty.id).ext(distinct_on(Duty.area_id, Duty.kind, Duty.valid_from))
    newest_set = newest_set.order_by(Duty.area_id, Duty.kind, Duty.valid_from, Duty.id.desc())
    duties = select(Duty).outerjoin(Setter, Setter.id == Duty.area_id)
    duties = duties.where(Duty.id.in_(newest_set), _reaches(literal(area.path)))
    duties = duties.order_by(_nearest_first(), Duty.kind, Duty.valid_from.desc())
    views = [duty_view(duty) for duty in work.session.scalars(duties)]
    return DutyList(items=still_holding(views, work.day_of(now)))


def duty_view(duty: Duty) -> DutyView:
    """Return a duty as others see it."""
    return DutyView(
        id=duty.id,
        area_id=duty.area_id,
        kind=DutyKind(duty.kind),
        number=duty.number,
        valid_from=duty.valid_from,
    )


def expected(kind: DutyKind, on: date | BindParameter[date], path: Any) -> ScalarSelect[int]:
    """Return the number that the nearest duty asks for at the area `path` (a column) on a day."""
    duties = select(Duty.number).outerjoin(Setter, Setter.id == Duty.area_id)
    duties = duties.where(Duty.kind == kind.value, Duty.valid_from <= on, _reaches(path))
    nearest = duties.order_by(_nearest_first(), Duty.valid_from.desc(), Duty.id.desc()).limit(1)
    return nearest.correlate_except(Duty, Setter).scalar_subquery()


def _reaches(path: Any) -> ColumnElement[bool]:
    return or_(Duty.area_id.is_(None), func.starts_with(path, Setter.path))


def _nearest_first() -> ColumnElement[Any]:
    return func.length(Setter.path).desc().nulls_last()


# -- who owes what, and has done


@dataclass(frozen=True)
class Span:
    """The year that is looked at: its days, and the day whose duties count."""

    year: int
    today: date
    zone: ZoneInfo

    @property
    def day(self) -> date:
        """Return the last day of the year, or today before that."""
        return min(self.today, year_bounds(self.year)[1])


@dataclass(frozen=True)
class Whom:
    """Who is looked at: all that is obliged at and below an area, or of these only those of some ids."""

    below: str = EVERYWHERE
    ids: Any = None

    def members(self) -> Any:
        """Return the ids of the members to look at, a list or a query; None for everybody."""
        if self.ids is not None or self.below == EVERYWHERE:
            return self.ids
        return select(Member.id).join(Area, Area.id == Member.community_id).where(self._covers(Area.path))

    def places(self, on: date, kind: DutyKind) -> CTE:
        """Return the areas with what is expected in them: worked out once for each where many are obliged."""
        number = expected(kind, on, Area.path).label("required")
        areas = select(Area.id, Area.name, Area.path, Area.kind, number)
        if self.ids is not None:
            return areas.cte("place")  # only the places of those few are looked at
        place = areas.where(self._covers(Area.path)).cte("place")
        return place.prefix_with("MATERIALIZED", dialect="postgresql")

    def _covers(self, path: Any) -> ColumnElement[bool]:
        is_below: ColumnElement[bool] = path.startswith(self.below, autoescape=True)
        return is_below


EVERYBODY = Whom()


def obligations(kind: DutyKind, span: Span, whom: Whom = EVERYBODY) -> Subquery:
    """Return whom a kind obliges in a year, with what is required and done.

    Columns: subject_id, name, area_path, officers_path, since, required, done. Nobody is listed of whom
    nothing is expected.
    """
    place = whom.places(span.day, kind)
    if kind is DutyKind.MEMBER_WISHES:
        owed = _only(_owed_by_members(place, _granted(span, whom.members())), Member.id, whom.ids)
    elif kind is DutyKind.STREET_WISHES:
        owed = _only(_owed_by_streets(place, span.year), place.c.id, whom.ids)
    else:
        owed = _only(_owed_by_units(place, kind, span.year), Unit.id, whom.ids)
    return owed.where(place.c.required > 0).subquery("owed")


def _only(found: Select[*Columns], subject_id: Any, among: Any) -> Select[*Columns]:
    """Narrow a query down to these subjects; None means everybody."""
    return found if among is None else found.where(subject_id.in_(among))


def _owed_by_members(place: CTE, made: CTE) -> Select[Any]:
    """Return what party members owe (在职党员至少领办 1 个微心愿, 002); volunteers owe nothing."""
    at_home = place.join(Member, Member.community_id == place.c.id)
    at_home = at_home.outerjoin(made, made.c.subject_id == Member.id)
    owed = _owed(place, Member.id, literal(""), Member.since, func.coalesce(made.c.done, 0))
    owed = owed.select_from(at_home)
    return owed.where(Member.is_active, func.coalesce(Member.kind, PARTY_MEMBER) == PARTY_MEMBER)


def _owed_by_units(place: CTE, kind: DutyKind, year: int) -> Select[Any]:
    owed = _owed(place, Unit.id, Unit.name, Unit.since, _contributed(kind, year, Unit.id))
    return owed.select_from(place.join(Unit, Unit.street_path == place.c.path)).where(Unit.is_active)


def _owed_by_streets(place: CTE, year: int) -> Select[Any]:
    """Those above a street decide about it: /a/b/c/ → /a/b/."""
    above = func.regexp_replace(place.c.path, "[^/]+/$", "")
    never = cast(null(), DateTime(timezone=True))
    done = _contributed(DutyKind.STREET_WISHES, year, place.c.id)
    owed = _owed(place, place.c.id, place.c.name, never, done, officers_path=above)
    return owed.where(place.c.kind == STREET)


def _owed(
    place: CTE, subject_id: Any, name: Any, since: Any, done: Any, officers_path: Any = None
) -> Select[Any]:
    """Return the columns of `obligations`."""
    return select(
        subject_id.label("subject_id"),
        name.label("name"),
        place.c.path.label("area_path"),
        (place.c.path if officers_path is None else officers_path).label("officers_path"),
        since.label("since"),
        place.c.required,
        done.label("done"),
    )


def _granted(span: Span, members: Any) -> CTE:
    """Count what members took on in the year, or took on before and saw through in it (领办或共同认领)."""
    taken, seen_through = _parts(span)
    taken = _only(taken, Participation.member_id, members)
    either = union(taken, _only(seen_through, Entry.member_id, members)).subquery()
    counted = select(either.c.member_id.label("subject_id"), func.count().label("done"))
    made = counted.group_by(either.c.member_id).cte("made")
    return made.prefix_with("MATERIALIZED", dialect="postgresql")  # counted once, whatever joins it


def _parts(span: Span) -> tuple[Select[UUID, UUID], Select[UUID, UUID]]:
    """Return who took part in which claim: of those made in the year, and of those seen through in it."""
    begins_at, over_at = instants_of(*year_bounds(span.year), span.zone)
    is_kept = or_(Claim.ended.is_(None), Claim.ended.not_in(GIVEN_UP))
    taken = select(Participation.member_id, Participation.claim_id)
    taken = taken.join(Claim, Claim.id == Participation.claim_id)
    taken = taken.where(Claim.claimed_at >= begins_at, Claim.claimed_at < over_at, is_kept)
    return taken, select(Entry.member_id, Entry.claim_id).where(Entry.year == span.year)


def _contributed(kind: DutyKind, year: int, subject_id: Any) -> ScalarSelect[int]:
    """Count by its index what one street or unit brought: never all of a year for each of them."""
    brought = select(func.count()).where(_made(kind, year), Contribution.subject_id == subject_id)
    return brought.correlate_except(Contribution).scalar_subquery()


def _made(kind: DutyKind, year: int) -> ColumnElement[bool]:
    return and_(Contribution.kind == kind.value, Contribution.made_on.between(*year_bounds(year)))


def is_counted(session: Session, kind: DutyKind, span: Span) -> bool:
    """Say whether anything of a kind was heard of in a year.

    Where nobody tells of it, say because a city runs no projects, nobody is said to have neglected it.
    """
    is_kept = Contribution.subject_id.is_not(None)
    contributed = select(Contribution.id).where(_made(kind, span.year), is_kept)
    told: Sequence[Any] = _parts(span) if kind is DutyKind.MEMBER_WISHES else (contributed,)
    return any(session.execute(each.limit(1)).first() is not None for each in told)


# -- who may see it


def my_obligations(work: Work, query: MyObligations, *, now: datetime) -> ObligationList:
    """Return what the caller is to do: as a member, for the own unit, for the street one is officer of."""
    work.permit_self(query.by.member_id, query.by.account_id)
    span = _span(work, query.year or work.day_of(now).year, now)
    items: list[Obligation] = []
    for kind in OBLIGATIONS:
        owed = obligations(kind, span, Whom(ids=own_subjects(query.by, kind)))
        mine = select(owed).order_by(owed.c.subject_id).limit(LONGEST_PAGE)
        items += _obligations(work, mine, kind, span)
    return ObligationList(items=items)


def own_subjects(caller: Actor, kind: DutyKind) -> Any:
    """Return the ids of whom a kind obliges that the caller speaks for: themselves, a unit, a street."""
    if kind is DutyKind.MEMBER_WISHES:
        return [caller.member_id]
    if kind is DutyKind.STREET_WISHES:
        streets = select(Area.id).where(Area.kind == STREET)
        return streets.where(Area.path.in_(caller.scopes_of(Right.SET_RULES)))
    return select(Unit.id).where(Unit.path.in_(caller.scopes_of(Right.ANSWER_FEEDBACK)))


def list_obligations(work: Work, query: ListObligations, *, now: datetime) -> ObligationList:
    """Return who within an area has not met an obligation yet, in no order of merit."""
    work.permit(query.below)
    span = _span(work, query.year, now)
    owed = obligations(query.kind, span, Whom(below=query.below))
    unmet = select(owed).where(owed.c.done < owed.c.required)
    unmet = unmet.where(owed.c.officers_path.startswith(query.below, autoescape=True))
    if last := after_id(query):
        unmet = unmet.where(owed.c.subject_id > last)
    found = _obligations(work, one_more(unmet.order_by(owed.c.subject_id), query), query.kind, span)
    items, following = page_of(found, query, lambda obligation: obligation.subject_id)
    return ObligationList(items=items, next=following)


def count_obligations(work: Work, query: CountObligations, *, now: datetime) -> ObligationCounts:
    """Return how many within an area have met each obligation, of how many."""
    work.permit(query.below)
    span = _span(work, query.year, now)
    return ObligationCounts(items=[_progress(work, kind, span, query.below) for kind in OBLIGATIONS])


def _progress(work: Work, kind: DutyKind, span: Span, below: str) -> ObligationProgress:
    owed = obligations(kind, span, Whom(below=below))
    met = func.count().filter(owed.c.done >= owed.c.required)
    row = work.session.execute(select(func.count(), met).select_from(owed)).one()
    return ObligationProgress(kind=kind, obliged=row[0], met=row[1])


def _span(work: Work, year: int, now: datetime) -> Span:
    return Span(year, work.day_of(now), work.zone)


def _obligations(work: Work, rows: Select[Any], kind: DutyKind, span: Span) -> list[Obligation]:
    return [
        Obligation(
            kind=kind,
            subject_id=row.subject_id,
            name=row.name,
            year=span.year,
            required=row.required,
            done=row.done,
            missing=max(0, row.required - row.done),
        )
        for row in work.session.execute(rows)
    ]
