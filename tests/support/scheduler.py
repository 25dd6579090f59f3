"""Areas that release, and clocks to look at: builders for tests of the scheduler."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.chassis.calendar import PublicHolidays
from services.chassis.contracts import new_id
from services.directory.contracts import AreaCopy, AreaKind, AreasChanged, AreaSettings
from services.scheduler.domain import HOUSE, JOB_OF, Circumstances, Watch

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAN = {"release_rule": "first_saturday", "fixed_day": None, "holiday_rule": "keep", "release_at": "09:00"}


def shanghai(text: str) -> datetime:
    """Return the instant at which clocks in Shanghai show `2026-12-05 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def a_watch(job: str = "release", since: str = "2026-11-02 12:00", **changes: Any) -> Watch:
    """Return a job watched since an instant in Shanghai."""
    values: dict[str, Any] = {
        "job": JOB_OF[job],
        "scope": str(new_id()) if job == "release" else HOUSE,
        "circumstances": Circumstances(SHANGHAI, PublicHolidays(), PLAN if job == "release" else {}),
        "since": shanghai(since),
        "planned_at": shanghai(since),
    }
    return Watch(**(values | changes))


def an_area(area_id: UUID | None = None, *, version: int = 1, **changes: Any) -> AreaCopy:
    """Return an area that releases by a rule of its own; `release_scope_id` and settings can be changed."""
    area_id = area_id or new_id()
    scope = changes.pop("release_scope_id", area_id)
    return AreaCopy(
        id=area_id,
        parent_id=None,
        kind=AreaKind.CITY,
        name="川汇",
        path="/chuanhui/",
        version=version,
        settings=AreaSettings(**changes),
        release_scope_id=scope,
    )


def areas_changed(*areas: AreaCopy) -> AreasChanged:
    """Return the event that tells of these areas."""
    return AreasChanged(areas=list(areas))
