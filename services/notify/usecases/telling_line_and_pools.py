"""What people are told of the waiting list and of pooled pledges."""

from datetime import datetime

from services.chassis.work import Work
from services.claims.contracts import PoolMoved, WaitingMoved
from services.notify.domain import Topic
from services.notify.gate.ways import Ways
from services.notify.usecases.news import News, occasion_of
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import MEMBER

TURNS_TOLD = frozenset({"offered", "timed_out", "closed"})
"""Whoever declined a place knows it."""

POOLS_TOLD = frozenset({"reached", "lapsed", "closed"})
"""Who opened a pool knows it."""


def tell_of_waiting(ways: Ways, work: Work, event: WaitingMoved, now: datetime) -> None:
    """Tell the next in line that a place is kept for them and until when, or that there is none any more."""
    notes = []
    for turn in event.turns:
        if turn.how not in TURNS_TOLD:
            continue
        until = turn.offered_until.astimezone(work.zone).strftime("%m-%d %H:%M") if turn.offered_until else ""
        news = News(
            Topic.WAITING_MOVED,
            occasion_of(event, turn.waiting_id),
            turn.wish_id,
            turn.area_path,
            {"title": turn.title, "wish_code": turn.wish_code, "how": turn.how, "until": until},
            expires_at=turn.offered_until,
        )
        notes += news.notes_to([(turn.member_id, MEMBER)])
    tell(work, ways, notes, now)


def tell_of_pool(ways: Ways, work: Work, event: PoolMoved, now: datetime) -> None:
    """Tell everybody who pledged that the target is reached, or that nothing came of it."""
    if event.how not in POOLS_TOLD:
        return
    words = {"title": event.title, "wish_code": event.wish_code, "how": event.how, "target": event.target}
    notes = []
    for pledger in event.pledgers:
        news = News(Topic.POOL_MOVED, occasion_of(event, pledger), event.wish_id, event.area_path, words)
        notes += news.notes_to([(pledger, MEMBER)])
    tell(work, ways, notes, now)
