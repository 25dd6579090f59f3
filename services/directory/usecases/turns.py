"""Taking turns: what must be done one after the other waits for its turn in the database."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

TREE = "directory tree of areas"
UNITS = "directory tree of units"


def wait_for_turn(session: Session, subject: str) -> None:
    """Wait until no other transaction works on `subject`; hold the turn until this one ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))
