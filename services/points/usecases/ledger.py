"""Rules are set and deeds entered."""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import and_, insert
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
from services.points.domain import MOST_POINTS, deeds_in
from services.points.models import Area, Entry, Rule
from services.points.usecases.recognising import lock_card, recognise


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
    index_elements=["claim_id", "deed"], index_where=Entry.corrects_id.is_(None)
)


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
    lock_card(work.session, event.member_id, community.id, earned_on.year)
    rules = queries.rules_on(work.session, community.path, deeds_in(event.kind, event.urgency), earned_on)
    work.session.execute(_ENTER_ONCE, _worth(event, rules, earned_on, now))
    card = and_(Entry.member_id == event.member_id, Entry.community_id == community.id)
    recognise(work, earned_on.year, card, now)


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
