"""Figures as they are counted, as they were signed and corrected, and who has not signed yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select, text
from sqlalchemy.orm import Session, aliased

from services.chassis.paging import one_more, page_of
from services.chassis.sealing import Seals
from services.chassis.work import Work
from services.directory.contracts import AreaKind
from services.wishes.contracts import (
    CorrectionView,
    Counts,
    Dimension,
    Figures,
    FiguresView,
    GetFigures,
    GetReport,
    ListReports,
    Measure,
    NotSigned,
    PartOfFigures,
    ReportState,
    ReportStates,
    ReportView,
)
from services.wishes.domain import figures_of_correction, months_of, sum_of
from services.wishes.models import Area, Correction, Report, TallyProgress
from services.wishes.queries.places import area_for

# -- counted


@dataclass(frozen=True)
class Counted:
    """What the tally says of an area: by each area directly below, and under None of itself."""

    by_part: dict[UUID | None, Figures]

    @property
    def own(self) -> Figures:
        """Return the figures of wishes that belong to none of the areas below."""
        return self.by_part.get(None, Figures())

    @property
    def whole(self) -> Figures:
        """Return the figures of the area: the sum of its parts and its own, never anything else."""
        return sum_of(self.by_part.values())


def get_figures(work: Work, query: GetFigures) -> FiguresView:
    """Return the figures of an area as counted now; raise `UnknownArea`, `UnusableFigurePeriod`."""
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    counted = counted_in(work.session, area, query.period)
    below = work.session.scalars(select(Area).where(Area.parent_id == area.id).order_by(Area.path))
    return FiguresView(
        area_id=area.id,
        area_name=area.name,
        period=query.period,
        counted_at=_counted_at(work.session),
        figures=counted.whole,
        own=counted.own.total,
        parts=[
            PartOfFigures(
                area_id=part.id, name=part.name, total=counted.by_part.get(part.id, Figures()).total
            )
            for part in below
        ],
    )


def counted_in(session: Session, area: Area, period: str) -> Counted:
    """Return what the tally holds of an area and period; raise `UnusableFigurePeriod`."""
    said = {"area_id": area.id, "path": area.path, "months": months_of(period)}
    lines: dict[UUID | None, list[Figures]] = {}
    for part_id, dimension, value, *counts in session.execute(_SUMS, said):
        line = Counts(**dict(zip(map(str, Measure), map(int, counts), strict=True)))
        one = Figures(by={Dimension(dimension): {value: line}}) if dimension else Figures(total=line)
        lines.setdefault(part_id, []).append(one)
    return Counted({part_id: sum_of(every) for part_id, every in lines.items()})


_SUMS = text(
    f"""
    WITH home AS MATERIALIZED (
      SELECT home.id, part.id AS part_id FROM wishes.area AS home
      LEFT JOIN wishes.area AS part ON part.parent_id = :area_id AND starts_with(home.path, part.path)
      WHERE starts_with(home.path, :path))
    SELECT part_id, dimension, value, {", ".join(f"sum({measure})" for measure in Measure)}
    FROM wishes.tally JOIN home ON home.id = tally.area_id
    WHERE month = ANY(:months) GROUP BY part_id, dimension, value"""  # noqa: S608 - our own enum
)


def _counted_at(session: Session) -> datetime | None:
    return session.scalar(select(func.min(TallyProgress.seen_at)))


# -- signed and corrected


@dataclass(frozen=True)
class Corrected:
    """A correction, and where it was made."""

    id: int
    path: str
    figures: Figures
    view: CorrectionView


def get_report(work: Work, query: GetReport) -> ReportView:
    """Return what an area signed, beside it what was corrected since; raise `UnknownArea`, `NotSigned`."""
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    months_of(query.period)
    report = report_of(work.session, area.id, query.period)
    if report is None:
        raise NotSigned()
    later = later_than(report, area, corrections_below(work.session, work.seals, area, query.period))
    signed = signed_in(report)
    return ReportView(
        report_id=report.id,
        area_id=area.id,
        area_name=area.name,
        period=query.period,
        signed_by=report.signed_by,
        signed_at=report.signed_at,
        signed=signed,
        corrections=[correction.view for correction in later],
        corrected=sum_of([signed, *(correction.figures for correction in later)]),
        counted_now=counted_in(work.session, area, query.period).whole.total,
    )


def report_of(session: Session, area_id: UUID, period: str) -> Report | None:
    """Return the report that an area signed, or None."""
    chosen = select(Report).where(Report.period == period, Report.area_id == area_id)
    return session.scalars(chosen).one_or_none()


def signed_in(report: Report) -> Figures:
    """Return the figures as they were signed."""
    return msgspec.convert(report.figures, Figures)


def corrections_below(session: Session, seals: Seals, area: Area, period: str) -> list[Corrected]:
    """Return every correction of a period in an area and below, in the order in which they were made."""
    chosen = select(Correction, Area).join(Area, Area.id == Correction.area_id)
    chosen = chosen.where(Correction.period == period, func.starts_with(Area.path, area.path))
    return [_corrected(seals, *row) for row in session.execute(chosen.order_by(Correction.id))]


def later_than(report: Report, area: Area, corrections: Iterable[Corrected]) -> list[Corrected]:
    """Return those corrections in an area and below that its report does not hold yet."""
    return [
        correction
        for correction in corrections
        if correction.id > report.corrections_to and correction.path.startswith(area.path)
    ]


def _corrected(seals: Seals, correction: Correction, area: Area) -> Corrected:
    measure = Measure(correction.measure)
    breakdown = {Dimension(dimension): value for dimension, value in correction.breakdown.items()}
    view = CorrectionView(
        area_id=area.id,
        area_name=area.name,
        measure=measure,
        difference=correction.difference,
        breakdown=breakdown,
        reason=seals.open(correction.reason),
        by=correction.by,
        at=correction.at,
    )
    figures = figures_of_correction(measure, correction.difference, breakdown)
    return Corrected(correction.id, area.path, figures, view)


# -- who has not signed yet


def list_reports(work: Work, query: ListReports) -> ReportStates:
    """Return a page of the areas that report, by path; raise `UnknownArea`, `UnusableFigurePeriod`."""
    area = area_for(work.session, query.area_id)
    work.permit(area.path)
    months_of(query.period)
    chosen = reporting(query.period, area.path)
    if query.missing:
        chosen = chosen.where(Report.id.is_(None))
    if query.after is not None:
        chosen = chosen.where(Area.path > query.after)
    found = work.session.execute(one_more(chosen.order_by(Area.path), query))
    rows, following = page_of(found, query, lambda row: row.Area.path)
    corrections = _corrections_by_path(work.session, query.period, area.path)
    items = [_state(*row, corrections) for row in rows]
    return ReportStates(items=items, next=following)


def is_reporting(area: Any) -> ColumnElement[bool]:
    """Hold for an area that signs figures; what a station has is counted in its community."""
    chosen: ColumnElement[bool] = area.kind != AreaKind.STATION
    return chosen


def children_of(session: Session, area: Area) -> Sequence[Area]:
    """Return the areas directly below that report."""
    return session.scalars(
        select(Area).where(Area.parent_id == area.id, is_reporting(Area)).order_by(Area.path)
    ).all()


def awaited_by(period: str) -> Subquery:
    """Return for each area how many areas directly below have not signed a period."""
    child, report = aliased(Area), aliased(Report)
    has_signed = and_(report.area_id == child.id, report.period == period)
    counted = select(child.parent_id, func.count().filter(report.id.is_(None)).label("awaited"))
    joined = counted.outerjoin(report, has_signed).where(is_reporting(child), child.parent_id.is_not(None))
    return joined.group_by(child.parent_id).subquery("awaited_by")


def reporting(period: str, path: str) -> Select[Area, datetime | None, int]:
    """Return the areas of a subtree that report, each with its report and how many it waits for."""
    awaited = awaited_by(period)
    return (
        select(Area, Report.signed_at, func.coalesce(awaited.c.awaited, 0).label("awaited"))
        .outerjoin(Report, and_(Report.area_id == Area.id, Report.period == period))
        .outerjoin(awaited, awaited.c.parent_id == Area.id)
        .where(func.starts_with(Area.path, path), is_reporting(Area))
    )


def waiting(period: str, path: str) -> Select[UUID]:
    """Return, as `reporting` does, the areas whose turn it is to sign: all below have, they have not."""
    chosen = reporting(period, path).subquery()
    turn = select(chosen).where(chosen.c.signed_at.is_(None), chosen.c.awaited == 0)
    return turn.with_only_columns(chosen.c.id)


def _corrections_by_path(session: Session, period: str, path: str) -> list[str]:
    chosen = select(Area.path).join(Correction, Correction.area_id == Area.id)
    chosen = chosen.where(Correction.period == period, func.starts_with(Area.path, path))
    return list(session.scalars(chosen))


def _state(area: Area, signed_at: datetime | None, awaited: int, corrections: Sequence[str]) -> ReportState:
    return ReportState(
        area_id=area.id,
        name=area.name,
        kind=area.kind,
        path=area.path,
        signed_at=signed_at,
        awaited=awaited,
        corrections=sum(path.startswith(area.path) for path in corrections),
    )
