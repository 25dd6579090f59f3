"""What points answers: rules, cards, the ledger, recognitions and feedback reports."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.chassis.contracts import Page, Sealed
from services.chassis.refusals import Malformed
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.directory.contracts import AreaSettings
from services.points.contracts import (
    Card,
    CommunityCard,
    Deed,
    EntryList,
    EntryView,
    FeedbackLine,
    FeedbackList,
    FeedbackReport,
    GetFeedback,
    ListEntries,
    ListFeedback,
    ListRecognitions,
    ListRules,
    MyCard,
    MyFeedback,
    RecognitionList,
    RecognitionView,
    RuleList,
    RuleView,
    Threshold,
    UnknownArea,
    UnknownReport,
)
from services.points.domain import Marks, still_holding
from services.points.models import Area, Entry, Member, Recognition, Rule, Unit
from services.points.models import FeedbackLine as Line
from services.points.models import FeedbackReport as Report

AnyRow = TypeVar("AnyRow", Entry, Recognition, Report)

LARGEST_PAGE = 200


# -- rules


def list_rules(work: Work, query: ListRules, *, now: datetime) -> RuleList:
    """Return the rules that hold in an area today or later, the nearest first; raise `UnknownArea`."""
    area = work.session.get(Area, query.area_id)
    if area is None:
        raise UnknownArea()
    newest_set = select(Rule).ext(distinct_on(Rule.area_id, Rule.deed, Rule.valid_from))
    newest_set = newest_set.order_by(Rule.area_id, Rule.deed, Rule.valid_from, Rule.id.desc())
    rules = select(Rule).where(Rule.id.in_(newest_set.with_only_columns(Rule.id)), _reaches(area.path))
    rules = rules.outerjoin(Area, Area.id == Rule.area_id)
    rules = rules.order_by(_nearest_first(), Rule.deed, Rule.valid_from.desc())
    views = [rule_view(rule) for rule in work.session.scalars(rules)]
    return RuleList(items=still_holding(views, work.day_of(now)))


def rules_on(session: Session, area_path: str, deeds: Sequence[Deed], on: date) -> dict[Deed, Rule]:
    """Return, by deed, the rule nearest to an area among those valid on a day."""
    rules = select(Rule).ext(distinct_on(Rule.deed)).outerjoin(Area, Area.id == Rule.area_id)
    rules = rules.where(Rule.deed.in_(deeds), Rule.valid_from <= on, _reaches(area_path))
    rules = rules.order_by(Rule.deed, _nearest_first(), Rule.valid_from.desc(), Rule.id.desc())
    return {Deed(rule.deed): rule for rule in session.scalars(rules)}


def rule_view(rule: Rule) -> RuleView:
    """Return a rule as others see it."""
    return RuleView(
        id=rule.id,
        area_id=rule.area_id,
        deed=Deed(rule.deed),
        points=rule.points,
        valid_from=rule.valid_from,
    )


def _reaches(area_path: str) -> ColumnElement[bool]:
    """Say whether a rule is that of the area, of one above it, or of the programme."""
    return or_(Rule.area_id.is_(None), func.starts_with(area_path, Area.path))


def _nearest_first() -> ColumnElement[Any]:
    return func.length(Area.path).desc().nulls_last()


# -- cards and the ledger


def my_card(work: Work, query: MyCard, *, now: datetime) -> Card:
    """Return the signed-in member's card of a year, the present one when none is named."""
    member_id = query.by.member_id
    work.permit_self(member_id)
    assert member_id is not None  # or it would not have been permitted  # noqa: S101
    year = query.year or work.day_of(now).year
    communities = _community_cards(work.session, member_id, year)
    threshold, missing = _way_on(work, member_id, communities)
    return Card(
        member_id=member_id,
        year=year,
        points=sum(card.points for card in communities),
        next_threshold=threshold,
        points_missing=missing,
        entries=[entry_view(entry) for entry in _entries_of(work.session, member_id, year)],
        communities=communities,
    )


def _way_on(
    work: Work, member_id: UUID, communities: Sequence[CommunityCard]
) -> tuple[Threshold | None, int]:
    """Return the next threshold and the points missing where the member has most, or else at home."""
    if communities:
        fullest = max(communities, key=lambda card: card.points)
        return fullest.next_threshold, fullest.points_missing
    return _home_marks(work, member_id).next_after(0)


def _community_cards(session: Session, member_id: UUID, year: int) -> list[CommunityCard]:
    sums = select(Area, func.sum(Entry.points).label("points")).join(Area, Area.id == Entry.community_id)
    sums = sums.where(Entry.member_id == member_id, Entry.year == year).group_by(Area.id).order_by(Area.path)
    return [_community_card(area, points) for area, points in session.execute(sums)]


def _community_card(area: Area, points: int) -> CommunityCard:
    threshold, missing = marks_of(area).next_after(points)
    return CommunityCard(
        community_id=area.id,
        community_name=area.name,
        points=points,
        next_threshold=threshold,
        points_missing=missing,
    )


def marks_of(area: Area | Row[Any]) -> Marks:
    """Return the marks that hold in an area."""
    return Marks(area.letter_points, area.star_points, area.outstanding_points)


def _home_marks(work: Work, member_id: UUID) -> Marks:
    """Return the marks of the member's home community, or the programme's when it is not known."""
    home = select(Area).join(Member, Member.community_id == Area.id).where(Member.id == member_id)
    area = work.session.scalars(home).first()
    programme = AreaSettings()
    if area is None:
        return Marks(programme.letter_points, programme.star_points, programme.outstanding_points)
    return marks_of(area)


def _entries_of(session: Session, member_id: UUID, year: int) -> Sequence[Entry]:
    mine = select(Entry).where(Entry.member_id == member_id, Entry.year == year)
    return session.scalars(mine.order_by(Entry.id.desc()).limit(LARGEST_PAGE)).all()


def list_entries(work: Work, query: ListEntries) -> EntryList:
    """Return the ledger of an area, the newest entry first."""
    work.permit(query.below)
    entries = select(Entry).where(Entry.area_path.startswith(query.below, autoescape=True))
    if query.member_id:
        entries = entries.where(Entry.member_id == query.member_id)
    page, following = _page(work, entries, Entry.id, query)
    return EntryList(items=[entry_view(entry) for entry in page], next=following)


def entry_view(entry: Entry) -> EntryView:
    """Return an entry as its member and the officers see it."""
    return EntryView(
        id=entry.id,
        member_id=entry.member_id,
        community_id=entry.community_id,
        deed=Deed(entry.deed),
        claim_id=entry.claim_id,
        title=entry.title,
        points=entry.points,
        entered_at=entry.entered_at,
    )


def list_recognitions(work: Work, query: ListRecognitions) -> RecognitionList:
    """Return the recognitions of an area and year in the order they were reached, the newest first."""
    work.permit(query.below)
    within = Recognition.area_path.startswith(query.below, autoescape=True)
    page, following = _page(
        work, select(Recognition).where(within, Recognition.year == query.year), Recognition.id, query
    )
    return RecognitionList(items=[_recognition_view(row) for row in page], next=following)


def _recognition_view(recognition: Recognition) -> RecognitionView:
    return RecognitionView(
        id=recognition.id,
        member_id=recognition.member_id,
        community_id=recognition.community_id,
        year=recognition.year,
        threshold=Threshold(recognition.threshold),
        points=recognition.points,
        reached_at=recognition.reached_at,
    )


# -- feedback


def list_feedback(work: Work, query: ListFeedback) -> FeedbackList:
    """Return the reports on units that report within an area, without anybody's name, the newest first."""
    work.permit(query.below)
    street = func.coalesce(Unit.street_path, EVERYWHERE)
    reports = select(Report).join(Unit, Unit.id == Report.unit_id)
    reports = reports.where(street.startswith(query.below, autoescape=True))
    if query.period:
        reports = reports.where(Report.period == query.period)
    page, following = _page(work, reports, Report.id, query)
    return FeedbackList(items=_report_views(work, page), next=following)


def my_feedback(work: Work, query: MyFeedback) -> FeedbackList:
    """Return the reports of the signed-in unit, the newest first."""
    own = Unit.path.in_(work.permitted_scopes())
    reports = select(Report).join(Unit, Unit.id == Report.unit_id).where(own)
    page, following = _page(work, reports, Report.id, query)
    return FeedbackList(items=_report_views(work, page), next=following)


def get_feedback(work: Work, query: GetFeedback, *, now: datetime) -> FeedbackReport:
    """Return a report of the signed-in unit with the names of its members; the look is recorded."""
    report = own_report(work, query.report_id)
    work.record("read_feedback", str(report.id), now)
    (view,) = _report_views(work, [report])
    named = select(Line, Member.name).outerjoin(Member, Member.id == Line.member_id)
    rows = work.session.execute(named.where(Line.report_id == report.id))
    lines = [_line_view(work, line, name) for line, name in rows]
    lines.sort(key=lambda line: (line.name, line.member_id))  # by name: nobody is ranked
    return msgspec.structs.replace(view, lines=lines)


def own_report(work: Work, report_id: UUID) -> Report:
    """Return a report of the very unit whose officer asks; raise `UnknownReport` for any other unit's.

    A unit above does not read the reports of units below it: each is told about its own members only.
    """
    scopes = work.permitted_scopes()
    mine = select(Report).join(Unit, Unit.id == Report.unit_id)
    report = work.session.scalars(mine.where(Report.id == report_id, Unit.path.in_(scopes))).first()
    if report is None:
        raise UnknownReport()
    return report


def _line_view(work: Work, line: Line, name: str | None) -> FeedbackLine:
    return FeedbackLine(
        member_id=line.member_id,
        name=work.seals.open(name) if name else "",
        claimed=line.claimed,
        fulfilled=line.fulfilled,
        points=line.points,
    )


def _report_views(work: Work, reports: Sequence[Report]) -> list[FeedbackReport]:
    units = select(Unit.id, Unit.name).where(Unit.id.in_([report.unit_id for report in reports]))
    names = dict(iter(work.session.execute(units)))
    return [_report_view(work, report, names[report.unit_id]) for report in reports]


def _report_view(work: Work, report: Report, unit_name: str) -> FeedbackReport:
    return FeedbackReport(
        id=report.id,
        unit_id=report.unit_id,
        unit_name=unit_name,
        period=report.period,
        issued_at=report.issued_at,
        members=report.members,
        taking_part=report.taking_part,
        fulfilled=report.fulfilled,
        received_at=report.received_at,
        reply=work.seals.open(Sealed(report.reply)) if report.reply else None,
        replied_at=report.replied_at,
    )


# -- pages


def _page(work: Work, rows: Select[AnyRow], key: Any, query: Page) -> tuple[Sequence[AnyRow], str | None]:
    """Return a page of rows, the newest first, and where the next one begins."""
    size = max(1, min(query.limit, LARGEST_PAGE))
    if query.after:
        rows = rows.where(key < _position(query))
    found = work.session.scalars(rows.order_by(key.desc()).limit(size + 1)).all()
    return found[:size], str(found[size - 1].id) if len(found) > size else None


def _position(query: Page) -> UUID:
    try:
        return UUID(query.after)
    except ValueError:
        raise Malformed(contract=type(query).__name__, problem="after is not the next of a page") from None
