"""The play: months of a scenario, day after day, through the services' real doors."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.chassis.calendar import HolidayRule, PublicHolidays, ReleaseRule, releases
from services.chassis.rights import Actor
from services.console.layouts import lay_out_city
from services.console.rehearsal.cast import assemble
from services.console.rehearsal.claiming import Claiming
from services.console.rehearsal.collecting import Collecting
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.scenario import Scenario
from services.console.rehearsal.scene import Scene
from services.console.rehearsal.side_roads import side_roads_of
from services.console.rehearsal.stage import Stage
from services.points.contracts import AcknowledgeFeedback, MyFeedback, ReplyToFeedback

TAKE_IN_ON, SCREEN_ON = 14, 24
"""Days of the month on which wishes are taken in and screened; urgent ones go up then too."""

SECOND_LOOK = (timedelta(days=9), timedelta(days=20))
"""How long after a release members look again at what came back or was left."""

REPLY_SHARE = 0.8

Progress = Callable[[str, float], None]


def starts_at(scenario: Scenario, zone: ZoneInfo) -> datetime:
    """Return the instant at which the play begins: after the first month's release day would have been."""
    year, month = map(int, scenario.first_month.split("-"))
    return datetime.combine(date(year, month, 9), time(8), zone).astimezone(UTC)


class Play:
    """One rehearsal: wishes are taken in during each month and released in the next one."""

    def __init__(
        self, stage: Stage, scenario: Scenario, months: int, zone: ZoneInfo, progress: Progress
    ) -> None:
        """Take the stage, the scenario (whose months are those of intake) and how many months are played."""
        self._stage, self._scenario, self._zone, self._progress = stage, scenario, zone, progress
        self._first_day = starts_at(scenario, zone).astimezone(zone).date()
        self._last_day = self._first_day + timedelta(days=31 * months - 5)
        following = releases(
            scenario.first_month, months + 1, ReleaseRule.FIRST_SATURDAY, HolidayRule.KEEP, PublicHolidays()
        )[1:]
        self._release_days = [found.release_on for found in following][: max(1, months - 1)]

    def run(self) -> None:
        """Lay the city out and play every day of it."""
        layout = self._scenario.lay_out()
        self._progress("布置城市 laying out the city", 0.0)
        lay_out_city(self._stage.ask, layout)
        self._stage.settle()
        self._stage.ring()
        self._scene = Scene(self._stage, self._scenario, assemble(self._stage.ask, layout), self._zone)
        self._scene.release_days = frozenset(self._release_days)
        self._side_roads = side_roads_of(self._scene)
        self._collecting = Collecting(self._scene, self._side_roads)
        self._claiming = Claiming(self._scene)
        self._chance = self._scene.dice("feedback")
        for road in self._side_roads:
            road.prepare()
        self._stage.settle()
        self._by_month: dict[str, list[Wish]] = defaultdict(list)
        for wish in layout.wishes():
            self._by_month[wish.month].append(wish)
        self._play_days()
        self._stage.settle()
        self._stage.await_messages()

    def _play_days(self) -> None:
        days = (self._last_day - self._first_day).days
        for number in range(days + 1):
            day = self._first_day + timedelta(days=number)
            self._progress(f"{day}", number / days)
            self._play(day)

    def _play(self, day: date) -> None:
        self._stage.set(datetime.combine(day, time(9, 0, 1), self._zone))
        self._stage.ring()
        self._stage.set(datetime.combine(day, time(9, 30), self._zone))
        if day.day == TAKE_IN_ON:
            self._collecting.take_in(self._by_month.pop(f"{day:%Y-%m}", []))
        if day.day == SCREEN_ON:
            self._collecting.screen(datetime.combine(day, time(9, 30), self._zone))
            self._stage.settle()
        for road in self._side_roads:
            road.open_day(day)
        if day.day == SCREEN_ON or day in self._release_days:  # the urgent ones go up when they are accepted
            self._claiming.rush(day)
        if any(day == release + later for release in self._release_days for later in SECOND_LOOK):
            self._claiming.rush(day, share=0.97)
        self._scene.run_errands(day)
        for road in self._side_roads:
            road.close_day(day)
        if day.month in (1, 7) and day.day == 8:
            self._answer_feedback()

    def _answer_feedback(self) -> None:
        """Let every unit's officer receive the report, and most reply."""
        for unit in self._scene.cast.units:
            officer = self._scene.cast.officer_of(unit)
            for report in self._stage.ask(MyFeedback(by=officer)).items:
                if report.received_at is None:
                    self._stage.ask(AcknowledgeFeedback(by=officer, report_id=report.id))
                    self._reply(officer, report.id)

    def _reply(self, officer: Actor, report_id: UUID) -> None:
        if self._chance.random() < REPLY_SHARE:
            reply = "已在本单位范围内通报，感谢社区反馈。"
            self._stage.ask(ReplyToFeedback(by=officer, report_id=report_id, reply=reply))
