"""The days of a play: when wishes are taken in and screened, when members storm the board."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from services.chassis.calendar import HolidayRule, PublicHolidays, ReleaseRule, releases
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.programme import Campaigning
from services.console.rehearsal.scenario import Scenario, spread

TAKE_IN_ON, SCREEN_ON = 14, 24
"""Days of the month on which wishes are taken in and screened; urgent ones go up then too."""

SECOND_LOOK = (timedelta(days=9), timedelta(days=20))
"""How long after a release members look again at what came back or was left."""

LAST_LOOK = timedelta(days=27)
"""How long after the last release nothing is left; until then every claim is seen through."""

MOST, NEARLY_ALL, ALL = 0.92, 0.97, 1.0
"""Which share of the open wishes members want: on the day itself, at a second look, at a last one."""


@dataclass(kw_only=True)
class Rhythm:
    """The days on which the main road moves; a side road may add days of its own before the first one."""

    first_day: date
    last_day: date
    takes_in_on: list[date]
    screens_on: set[date]
    storms: dict[date, float]
    """The share of what is open that members storm, by day."""
    releases: frozenset[date]
    """The days on which what is screened goes up together."""
    last_call: date
    """From this day on nobody dallies: whoever claims sees it through."""
    grants_from: date = date.min
    """Before this day nothing is brought to anybody."""
    slack: tuple[int, int] = (10, 3)
    """Days at most from claim to delivery, and from delivery to confirmation."""
    last_slack: tuple[int, int] = (3, 2)
    """The same from the last call on."""
    _portions: dict[date, list[Wish]] = field(default_factory=lambda: defaultdict(list))

    def deal(self, wishes: Iterable[Wish]) -> None:
        """Share the wishes of each month evenly among the days on which it takes wishes in."""
        by_month: dict[str, list[Wish]] = defaultdict(list)
        for wish in wishes:
            by_month[wish.month].append(wish)
        for month, told in by_month.items():
            days = [day for day in self.takes_in_on if f"{day:%Y-%m}" == month] or self.takes_in_on
            parts = iter(told)
            for day, part in zip(days, spread(len(told), [1] * len(days)), strict=True):
                self._portions[day] += [next(parts) for _ in range(part)]

    def portion(self, day: date) -> list[Wish]:
        """Return the wishes that come in on a day, once."""
        return self._portions.pop(day, [])

    def storm(self, day: date, share: float) -> None:
        """Let members storm the board on a day, unless more of it is stormed already."""
        self.storms[day] = max(share, self.storms.get(day, 0.0))

    def comes_true(self, claimed_on: date, dice: Random) -> tuple[date, date]:
        """Return the days on which a claim of a day is delivered and confirmed."""
        longest, patience = self.last_slack if claimed_on >= self.last_call else self.slack
        delivered_on = max(claimed_on + timedelta(days=1), self.grants_from)
        delivered_on += timedelta(days=dice.randint(1, longest) - 1)
        return delivered_on, delivered_on + timedelta(days=dice.randint(1, patience))


def starts_at(scenario: Scenario, zone: ZoneInfo) -> datetime:
    """Return the instant at which the play begins: after the first month's release day would have been."""
    year, month = map(int, scenario.first_month.split("-"))
    return datetime.combine(date(year, month, 9), time(8), zone).astimezone(UTC)


def rhythm_of(scenario: Scenario, months: int) -> Rhythm:
    """Return the days of a scenario: of its campaign, if it has one that it lives by, or of its months."""
    campaign = scenario.programme.campaigning
    return _monthly(scenario, months) if campaign is None else _of_campaign(scenario, campaign)


def _monthly(scenario: Scenario, months: int) -> Rhythm:
    """Wishes are taken in during each month and released in the next one (004)."""
    first_day = _first_day(scenario)
    last_day = first_day + timedelta(days=31 * months - 5)
    following = releases(
        scenario.first_month, months + 1, ReleaseRule.FIRST_SATURDAY, HolidayRule.KEEP, PublicHolidays()
    )[1:]
    release_days = [found.release_on for found in following][: max(1, months - 1)]
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    rhythm = Rhythm(
        first_day=first_day,
        last_day=last_day,
        takes_in_on=[day for day in days if day.day == TAKE_IN_ON][: scenario.months],
        screens_on={day for day in days if day.day == SCREEN_ON},
        storms=dict.fromkeys(release_days, MOST),
        releases=frozenset(release_days),
        last_call=release_days[-1] + SECOND_LOOK[0],
    )
    for day in rhythm.screens_on:  # the urgent ones go up when they are accepted
        rhythm.storm(day, MOST)
    for day in release_days:
        for later in SECOND_LOOK:
            rhythm.storm(day + later, NEARLY_ALL if day + later < rhythm.last_call else ALL)
    rhythm.storm(release_days[-1] + LAST_LOOK, ALL)
    return rhythm


def _of_campaign(scenario: Scenario, campaign: Campaigning) -> Rhythm:
    """One campaign of weeks: what is collected goes up with its stage of claiming and is granted in its last.

    Whoever lags behind hands in on the eve of the last day of collecting.
    """
    collects_from, claims_from, ends_on = campaign.collects_from, campaign.claims_from, campaign.ends_on
    collecting = (claims_from - collects_from).days
    takes_in_on = [collects_from + timedelta(days=number) for number in range(0, collecting - 2, 2)]
    rhythm = Rhythm(
        first_day=_first_day(scenario),
        last_day=ends_on + timedelta(days=1),
        takes_in_on=takes_in_on,
        screens_on={day + timedelta(days=1) for day in takes_in_on} | {claims_from - timedelta(days=1)},
        storms={},
        releases=frozenset({claims_from}),
        last_call=ends_on - timedelta(days=4),
        grants_from=campaign.grants_from,
        slack=(2, 1),
        last_slack=(1, 1),
    )
    for number in range((campaign.grants_from - claims_from).days):
        rhythm.storm(claims_from + timedelta(days=number), NEARLY_ALL)
    for number in range((ends_on - rhythm.last_call).days - 1):
        rhythm.storm(rhythm.last_call + timedelta(days=number), ALL)
    return rhythm


def _first_day(scenario: Scenario) -> date:
    return date.fromisoformat(f"{scenario.first_month}-09")
