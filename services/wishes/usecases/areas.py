"""Keeps wishes' own copy of the areas."""

from datetime import datetime

import msgspec

from services.chassis.database import upsert_if_newer
from services.chassis.work import Work
from services.directory.contracts import AreasChanged
from services.wishes.models import Area


def note_areas(work: Work, event: AreasChanged, now: datetime) -> None:
    """Keep what the event says of each area, unless something newer is known."""
    newest = {area.id: area for area in sorted(event.areas, key=lambda area: area.version)}
    rows = [msgspec.to_builtins(area, builtin_types=()) for area in newest.values()]
    upsert_if_newer(work.session, Area, rows)
