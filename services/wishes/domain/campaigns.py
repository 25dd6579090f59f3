"""When the stages of a campaign are, and how many wishes a reporting unit may hand in (000); pure."""

from datetime import date

import msgspec

from services.wishes.contracts import (
    CampaignDates,
    CampaignStage,
    UnusableDates,
    UnusableQuota,
)

LONGEST_CAMPAIGN = 366  # days
LARGEST_QUOTA = 100_000  # wishes


_ANNOUNCED = (CampaignStage.COLLECTING, CampaignStage.CLAIMING, CampaignStage.GRANTING)
"""The stages of 000; that a campaign is planned or over is told by none of them being on."""


def first_days(dates: CampaignDates) -> dict[CampaignStage, date]:
    """Return the first day of each of the three stages."""
    return dict(zip(_ANNOUNCED, (dates.collects_from, dates.claims_from, dates.grants_from), strict=True))


def last_day_of(stage: CampaignStage, dates: CampaignDates) -> date:
    """Return the last day of one of the three stages: the eve of the next one."""
    ends = {CampaignStage.COLLECTING: dates.claims_from, CampaignStage.CLAIMING: dates.grants_from}
    return date.fromordinal(ends[stage].toordinal() - 1) if stage in ends else dates.ends_on


def stage_on(dates: CampaignDates, on: date, *, is_called_off: bool = False) -> CampaignStage:
    """Return in which stage a campaign is on a day."""
    if is_called_off:
        return CampaignStage.CALLED_OFF
    if on > dates.ends_on:
        return CampaignStage.OVER
    begun = [stage for stage, first in first_days(dates).items() if first <= on]
    return begun[-1] if begun else CampaignStage.PLANNED


def begun_by(dates: CampaignDates, on: date) -> list[CampaignStage]:
    """Return the stages whose first day has come, the earliest first; of a campaign that is over, too."""
    return [stage for stage, first in first_days(dates).items() if first <= on]


def dates_in_order(dates: CampaignDates) -> CampaignDates:
    """Return `dates`; raise `UnusableDates` unless each stage lasts a day at least and all of them a year."""
    days = [dates.collects_from, dates.claims_from, dates.grants_from, dates.ends_on]
    rising = days[0] < days[1] < days[2] <= days[3]
    if not rising or (days[3] - days[0]).days > LONGEST_CAMPAIGN:
        raise UnusableDates()
    return dates


def changed_dates(before: CampaignDates, after: CampaignDates, on: date) -> CampaignDates:
    """Return the new dates; raise `UnusableDates` when they move the first day of a stage that has begun."""
    dates_in_order(after)
    for field in ("collects_from", "claims_from", "grants_from"):
        was, becomes = getattr(before, field), getattr(after, field)
        if was != becomes and min(was, becomes) <= on:
            raise UnusableDates()
    if after.ends_on < on:
        raise UnusableDates()
    return after


class Quota(msgspec.Struct, frozen=True):
    """At least and at most how many wishes a reporting unit hands in; `most` of None is without a limit."""

    least: int
    most: int | None

    def is_passed_by(self, handed_in: int) -> bool:
        """Say whether so many are more than it takes."""
        return self.most is not None and handed_in > self.most


def quota_in_order(least: int, most: int | None) -> Quota:
    """Return a quota; raise `UnusableQuota` when it asks for more than it takes (000: 不少于 3 个)."""
    if not 0 <= least <= LARGEST_QUOTA or not (most is None or max(least, 1) <= most <= LARGEST_QUOTA):
        raise UnusableQuota()
    return Quota(least, most)
