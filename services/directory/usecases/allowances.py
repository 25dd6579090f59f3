"""Counting against a limit: how much of it is used up in a span of time, exact under any load."""

import math
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.chassis.work import Work
from services.directory.contracts import TooManyTries
from services.directory.models import Allowance
from services.directory.settings import DirectorySettings

DAY = timedelta(days=1)
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_FORGOTTEN_AT_ONCE = 100


class Used(NamedTuple):
    """How much of a limit had been used up before, and when it begins anew."""

    before: int
    ends_at: datetime


def use_up(session: Session, subject: str, now: datetime, span: timedelta, amount: int = 1) -> Used:
    """Count `amount` against `subject` in the present span; return what had been used up before.

    Spans follow each other without a gap, so that days turn at midnight UTC.
    """
    starts_at = now - (now - _BEGINNING) % span
    row = {"subject": subject, "starts_at": starts_at, "ends_at": starts_at + span, "used": amount}
    count = insert(Allowance).values(row)
    added = {"used": Allowance.used + count.excluded.used}
    counted = count.on_conflict_do_update(index_elements=["subject", "starts_at"], set_=added)
    used: int = session.execute(counted.returning(Allowance.used)).scalar_one()
    return Used(used - amount, starts_at + span)


def count_try(work: Work, login_index: str, now: datetime, settings: DirectorySettings) -> None:
    """Count a password that is tried for a login, whether or not anybody has it; raise `TooManyTries`."""
    pause = timedelta(minutes=settings.password_pause_minutes)
    used = use_up(work.session, f"passwords for {login_index}", now, pause)
    if used.before >= settings.tries_per_password:
        wait = seconds_until(used.ends_at, now)
        raise TooManyTries(minutes=math.ceil(wait / 60), retry_after=wait)


def seconds_until(instant: datetime, now: datetime) -> int:
    """Return for how many seconds whoever passed a limit has to wait."""
    return math.ceil((instant - now).total_seconds())


def forgive_tries(work: Work, login_index: str) -> None:
    """Forget the tries for a login, since one was right."""
    work.session.execute(delete(Allowance).where(Allowance.subject == f"passwords for {login_index}"))


def forget_ended(session: Session, now: datetime) -> None:
    """Remove some counts whose time is over."""
    ended = select(Allowance.subject, Allowance.starts_at).where(Allowance.ends_at < now)
    some = (
        ended.order_by(Allowance.ends_at)
        .limit(_FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    is_ended = (Allowance.subject == some.c.subject) & (Allowance.starts_at == some.c.starts_at)
    session.execute(delete(Allowance).where(is_ended), execution_options={"synchronize_session": False})
