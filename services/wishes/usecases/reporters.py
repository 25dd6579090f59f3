"""Tells for whom wishes count that came in before: the unit they joined for, or nobody once taken back."""

from collections.abc import Iterable
from uuid import UUID

from services.chassis.contracts import in_events
from services.chassis.work import Work
from services.wishes.contracts import ReporterChange, ReportersChanged
from services.wishes.models import Wish


def tell_joined(work: Work, wish: Wish, area_path: str) -> None:
    """Announce that a wish counts for its reporter."""
    change = ReporterChange(
        wish_id=wish.id, area_path=area_path, reporter_id=wish.reporter_id, version=wish.version
    )
    work.announce(ReportersChanged(changes=[change]))


def tell_taken_back(work: Work, area_path: str, wishes: Iterable[tuple[UUID, int]]) -> None:
    """Announce that wishes of a community, each with its version, count for nobody any more."""
    changes = [
        ReporterChange(wish_id=wish_id, area_path=area_path, reporter_id=None, version=version)
        for wish_id, version in wishes
    ]
    work.announce(*(ReportersChanged(changes=chunk) for chunk in in_events(changes)))
