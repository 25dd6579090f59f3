"""Counting against limits: wrong tries at a code, and what anybody may say here without an account."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import case, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from services.chassis.work import Work
from services.wishes.contracts import TooManyWishes
from services.wishes.models import Area, WrongTry
from services.wishes.settings import WishesSettings

DAY = 24  # hours


class Limit(NamedTuple):
    """So often at most in so many hours from the first time; `subject` is a blind index."""

    subject: str
    most: int
    hours: int


def limit_on(work: Work, subject: str, most: int, hours: int) -> Limit:
    """Return a limit on `subject`, which may be personal and is kept as its index only."""
    return Limit(work.seals.index(subject), most, hours)


def seconds_to_wait(work: Work, limits: Sequence[Limit], now: datetime) -> int:
    """Return after how many seconds none of the limits is reached any more; 0 when none is.

    Whoever counts against the same at the same time waits here for their turn.
    """
    for limit in limits:
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")
        work.session.execute(lock, {"subject": f"wishes {limit.subject}"})
    counted = select(WrongTry).where(WrongTry.subject.in_(limit.subject for limit in limits))
    used = {tried.subject: tried for tried in work.session.scalars(counted)}
    waits = [_seconds_left(limit, used[limit.subject], now) for limit in limits if limit.subject in used]
    return max(waits, default=0)


def _seconds_left(limit: Limit, used: WrongTry, now: datetime) -> int:
    if used.tries < limit.most:
        return 0
    ends_at = used.since + timedelta(hours=limit.hours)
    return max(0, math.ceil((ends_at - now).total_seconds()))


def count(work: Work, limits: Sequence[Limit], now: datetime, settings: WishesSettings) -> None:
    """Add one to what counts against each limit, beginning anew where its hours are over; forget some old."""
    rows = [{"subject": limit.subject, "since": now, "tries": 1} for limit in limits]
    first = insert(WrongTry).values(rows)
    windows_begin = {limit.subject: now - timedelta(hours=limit.hours) for limit in limits}
    is_over = WrongTry.since <= case(windows_begin, value=WrongTry.subject)
    work.session.execute(
        first.on_conflict_do_update(
            index_elements=["subject"],
            set_={
                "since": case((is_over, first.excluded.since), else_=WrongTry.since),
                "tries": case((is_over, 1), else_=WrongTry.tries + 1),
            },
        )
    )
    _forget_some(work, now - timedelta(hours=settings.longest_limit_hours))


def _forget_some(work: Work, before: datetime) -> None:
    forgotten = select(WrongTry.subject).where(WrongTry.since <= before).limit(100)
    skipped = forgotten.with_for_update(skip_locked=True)
    work.session.execute(delete(WrongTry).where(WrongTry.subject.in_(skipped)))


def count_wish(
    work: Work, community: Area, address: str, phone: str, now: datetime, settings: WishesSettings
) -> None:
    """Count a wish that anybody may say; raise `TooManyWishes` when there were enough of them.

    Each is answered by SMS at the cost of the area, to a phone that nobody has proven to be theirs. Which of
    the limits was reached is not said: it would tell a stranger whose phone has wished today.
    """
    limits = [
        limit_on(work, f"wishes of an hour from {address}", settings.wishes_by_address_hourly, 1),
        limit_on(work, f"wishes of a day from {address}", settings.wishes_by_address_daily, DAY),
        limit_on(work, f"wishes of a day with {phone}", settings.wishes_by_phone_daily, DAY),
        limit_on(work, f"wishes of a day in {community.id}", settings.wishes_by_community_daily, DAY),
    ]
    wait = seconds_to_wait(work, limits, now)
    if wait:
        raise TooManyWishes(hours=math.ceil(wait / 3600), retry_after=wait)
    count(work, limits, now, settings)
