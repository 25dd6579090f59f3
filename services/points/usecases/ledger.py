"""Rules are set, deeds entered, thresholds recognised."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Executable, Row, and_, func, insert, select, text, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.chassis.contracts import new_id
from services.chassis.database import in_chunks
from services.chassis.work import Work
from services.claims.contracts import FulfilmentConfirmed
from services.points import queries
from services.points.contracts import (
    Deed,
    RuleInThePast,
    RuleView,
    SetRule,
    Threshold,
    ThresholdReached,
    UnknownArea,
    UnusablePoints,
)
from services.points.domain import MOST_POINTS, deeds_in
from services.points.models import Area, Entry, Member, Recognition, Rule
from services.scheduler.contracts import RecognitionDue


def set_rule(work: Work, command: SetRule, now: datetime) -> RuleView:
    """Add a rule; entries made before stay as they are.

    Raises `UnknownArea`, `UnusablePoints`, and `RuleInThePast` for a day before today.
    """
    area = work.session.get(Area, command.area_id)
    if area is None:
        raise UnknownArea()
    work.permit(area.path)
    if not 0 <= command.points <= MOST_POINTS:
        raise UnusablePoints(most=MOST_POINTS)
    if command.valid_from < work.day_of(now):
        raise RuleInThePast()
    rule = RuleView(
        id=new_id(),
        area_id=area.id,
        deed=command.deed,
        points=command.points,
        valid_from=command.valid_from,
    )
    work.session.execute(insert(Rule).values(**msgspec.structs.asdict(rule), set_at=now))
    return rule


def enter_deeds(work: Work, event: FulfilmentConfirmed, now: datetime) -> None:
    """Enter what a confirmed fulfilment is worth, once, and recognise what its card reaches.

    The rule is the nearest to the community that was valid on the local day of the confirmation. Raises
    `UnknownArea` for a community not heard of yet, so that the event is tried again.
    """
    community = work.session.get(Area, event.community_id)
    if community is None:
        raise UnknownArea()
    earned_on = work.day_of(event.confirmed_at)
    if event.member_id is None:
        return  # a unit or a company did it, and no member answers for it
    _lock_card(work.session, event.member_id, community.id, earned_on.year)
    rules = queries.rules_on(work.session, community.path, deeds_in(event.kind, event.urgency), earned_on)
    entries = upsert(Entry).values(_worth(event, rules, earned_on, now))
    work.session.execute(entries.on_conflict_do_nothing(index_elements=["claim_id", "deed"]))
    card = and_(Entry.member_id == event.member_id, Entry.community_id == community.id)
    _recognise(work, earned_on.year, card, now)


def _worth(
    event: FulfilmentConfirmed, rules: dict[Deed, Rule], earned_on: date, now: datetime
) -> list[dict[str, Any]]:
    """Return one row of the ledger for each deed in a fulfilment."""
    told = {
        "claim_id": event.claim_id,
        "member_id": event.member_id,
        "community_id": event.community_id,
        "area_path": event.area_path,
        "wish_id": event.wish_id,
        "title": event.title,
        "confirmed_at": event.confirmed_at,
        "earned_on": earned_on,
        "year": earned_on.year,
        "entered_at": now,
    }
    return [
        told | {"id": new_id(), "deed": deed, "rule_id": rules[deed].id, "points": rules[deed].points}
        for deed in deeds_in(event.kind, event.urgency)
    ]


def _lock_card(session: Session, member_id: UUID, community_id: UUID, year: int) -> None:
    """Wait for others who write on this card: two entries at once must see each other's points."""
    name = f"points card {member_id} {community_id} {year}"
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


# -- recognitions


def complete_recognitions(work: Work, event: RecognitionDue, now: datetime) -> None:
    """Recognise what the cards of a year reached and nobody recognised yet, say under marks lowered since."""
    _recognise(work, event.year, true(), now)


def _recognise(work: Work, year: int, which: ColumnElement[bool], now: datetime) -> None:
    """Write and announce the thresholds that `which` cards of a year have reached, each once.

    The unique key decides who recognises first; only whoever did announces it.
    """
    reached = [
        _reached(card, threshold, year, now)
        for card in work.session.execute(_cards(year, which))
        for threshold in queries.marks_of(card).reached_with(card.points)
        if threshold not in (card.recognised or ())
    ]
    key = ["member_id", "community_id", "year", "threshold"]
    for chunk in in_chunks(reached):
        rows = [row for row, _ in chunk]
        statement = upsert(Recognition).values(rows).on_conflict_do_nothing(index_elements=key)
        first = set(work.session.scalars(statement.returning(Recognition.id)))
        work.announce(*(event for row, event in chunk if row["id"] in first))


def _cards(year: int, which: ColumnElement[bool]) -> Executable:
    """Select the cards of a year that reached the lowest mark, with what is recognised already."""
    marks = (Area.letter_points, Area.star_points, Area.outstanding_points)
    points = func.sum(Entry.points)
    recognised = select(func.array_agg(Recognition.threshold)).where(
        Recognition.member_id == Entry.member_id,
        Recognition.community_id == Entry.community_id,
        Recognition.year == year,
    )
    card = (Entry.member_id, Entry.community_id, Area.path, *marks, Member.unit_id)
    return (
        select(*card, points.label("points"), recognised.scalar_subquery().label("recognised"))
        .join(Area, Area.id == Entry.community_id)
        .outerjoin(Member, Member.id == Entry.member_id)
        .where(Entry.year == year, which)
        .group_by(*card)
        .having(points >= func.least(*marks))
        .order_by(Entry.member_id, Entry.community_id)
    )


def _reached(
    card: Row[Any], threshold: Threshold, year: int, now: datetime
) -> tuple[dict[str, Any], ThresholdReached]:
    """Return the recognition of a threshold as a row, and as it is told."""
    told = {
        "member_id": card.member_id,
        "community_id": card.community_id,
        "area_path": card.path,
        "year": year,
        "threshold": threshold,
        "points": card.points,
    }
    recognition_id = new_id()
    event = ThresholdReached(recognition_id=recognition_id, unit_id=card.unit_id, **told)
    return told | {"id": recognition_id, "reached_at": now}, event
