"""What points answers about rules, cards, the ledger and its corrections."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, Row, String, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.chassis.contracts import Sealed
from services.chassis.paging import LONGEST_PAGE
from services.chassis.work import Work
from services.directory.contracts import AreaSettings
from services.points.contracts import (
    Card,
    CommunityCard,
    CorrectionList,
    CorrectionState,
    CorrectionView,
    Deed,
    EntryList,
    EntryView,
    ListCorrections,
    ListEntries,
    ListRules,
    MyCard,
    RuleList,
    RuleView,
    Threshold,
    UnknownArea,
)
from services.points.domain import Marks, still_holding
from services.points.models import Area, Correction, Entry, Member, Rule
from services.points.queries.pages import page_of


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


Place = tuple[UUID, date]
"""A community on a day."""

_RULES_ON = text("""
    SELECT DISTINCT ON (asked.place, asked.day, rule.deed)
        asked.place, asked.day, rule.deed, rule.id, rule.points
    FROM unnest(CAST(:places AS uuid[]), CAST(:days AS date[])) AS asked (place, day)
    JOIN points.area AS community ON community.id = asked.place
    JOIN points.rule ON rule.valid_from <= asked.day
    LEFT JOIN points.area ON area.id = rule.area_id
    WHERE rule.area_id IS NULL OR starts_with(community.path, area.path)
    ORDER BY asked.place, asked.day, rule.deed, length(area.path) DESC NULLS LAST,
        rule.valid_from DESC, rule.id DESC
""").columns(place=Area.id.type, day=Date(), deed=String(), id=Rule.id.type, points=Integer())


def rules_on(session: Session, asked: Iterable[Place]) -> dict[Place, dict[Deed, Row[Any]]]:
    """Return for each place, by deed, the rule nearest to it among those valid; none for unknown places."""
    places = list(asked)
    named = {"places": [str(place) for place, _ in places], "days": [day for _, day in places]}
    rules: dict[Place, dict[Deed, Row[Any]]] = defaultdict(dict)
    for rule in session.execute(_RULES_ON, named):
        rules[rule.place, rule.day][Deed(rule.deed)] = rule
    return rules


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
    return session.scalars(mine.order_by(Entry.id.desc()).limit(LONGEST_PAGE)).all()


def list_entries(work: Work, query: ListEntries) -> EntryList:
    """Return the ledger of an area, the newest entry first."""
    work.permit(query.below)
    entries = select(Entry).where(Entry.area_path.startswith(query.below, autoescape=True))
    if query.member_id:
        entries = entries.where(Entry.member_id == query.member_id)
    page, following = page_of(work, entries, Entry.id, query)
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
        corrects_id=entry.corrects_id,
    )


# -- corrections


def list_corrections(work: Work, query: ListCorrections) -> CorrectionList:
    """Return the corrections of an area with their reasons, the newest first."""
    work.permit(query.below)
    corrections = select(Correction).where(Correction.area_path.startswith(query.below, autoescape=True))
    if query.state:
        corrections = corrections.where(Correction.state == query.state)
    page, following = page_of(work, corrections, Correction.id, query)
    return CorrectionList(items=[_correction_view(work, row) for row in page], next=following)


def _correction_view(work: Work, correction: Correction) -> CorrectionView:
    return CorrectionView(
        id=correction.id,
        entry_id=correction.entry_id,
        member_id=correction.member_id,
        title=correction.title,
        points=correction.points,
        reason=work.seals.open(Sealed(correction.reason)),
        state=CorrectionState(correction.state),
        proposed_by=correction.proposed_by,
        proposed_at=correction.proposed_at,
        decided_by=correction.decided_by,
        decided_at=correction.decided_at,
        decision=work.seals.open_or_none(correction.decision),
    )
