"""Rules are set and deeds entered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from services.chassis.contracts import new_id
from services.chassis.work import Work
from services.claims.contracts import FulfilmentConfirmed
from services.points import queries
from services.points.contracts import (
    Deed,
    RuleInThePast,
    RuleView,
    SetRule,
    UnknownArea,
    UnusablePoints,
)
from services.points.domain import MOST_POINTS, deeds_in, who_took_part
from services.points.models import Area, Entry, Rule
from services.points.usecases.recognising import lock_cards, recognise


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


_ENTER_ONCE = upsert(Entry).on_conflict_do_nothing(
    index_elements=["claim_id", "member_id", "deed"], index_where=Entry.corrects_id.is_(None)
)


def enter_deeds(work: Work, event: FulfilmentConfirmed, now: datetime) -> None:
    """Enter what a confirmed fulfilment is worth, once, and recognise what its card reaches.

    The rule is the nearest to the community that was valid on the local day of the confirmation. Raises
    `UnknownArea` for a community not heard of yet, so that the event is tried again.
    """
    work.gather("deeds", [event], lambda events: _enter(work, events, now))


def _enter(work: Work, events: Sequence[FulfilmentConfirmed], now: datetime) -> None:
    """Enter these deeds together, each on the card of everybody who took part in it (decision 20)."""
    mine = [(event, member_id) for event in events for member_id in who_took_part(event)]
    if not mine:
        return
    days = {event.claim_id: work.day_of(event.confirmed_at) for event, _ in mine}
    cards = {(member_id, event.community_id, days[event.claim_id].year) for event, member_id in mine}
    lock_cards(work.session, cards)
    places = {(event.community_id, days[event.claim_id]) for event, _ in mine}
    rules = queries.rules_on(work.session, places)
    if len(rules) < len(places):
        raise UnknownArea()
    rows = []
    for event, member_id in mine:
        earned_on = days[event.claim_id]
        rows += _worth(event, member_id, rules[event.community_id, earned_on], earned_on, now)
    work.session.execute(_ENTER_ONCE, rows)
    for year in sorted({year for *_, year in cards}):
        of_year = [(member_id, community_id) for member_id, community_id, on in cards if on == year]
        recognise(work, year, tuple_(Entry.member_id, Entry.community_id).in_(of_year), now)


def _worth(
    event: FulfilmentConfirmed,
    member_id: UUID,
    rules: Mapping[Deed, Row[Any]],
    earned_on: date,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return one row of a member's ledger for each deed in a fulfilment."""
    told = {
        "claim_id": event.claim_id,
        "member_id": member_id,
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
