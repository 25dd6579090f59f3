"""The play: the days of a scenario, one after another, through the services' real doors."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.console.layouts import lay_out_city
from services.console.rehearsal.cast import assemble
from services.console.rehearsal.claiming import Claiming
from services.console.rehearsal.collecting import Collecting
from services.console.rehearsal.rhythm import rhythm_of
from services.console.rehearsal.scenario import Scenario
from services.console.rehearsal.scene import Scene
from services.console.rehearsal.side_roads import side_roads_of
from services.console.rehearsal.stage import Stage

Progress = Callable[[str, float], None]


class Play:
    """One rehearsal, day after day, by the rhythm of its scenario."""

    def __init__(
        self, stage: Stage, scenario: Scenario, months: int, zone: ZoneInfo, progress: Progress
    ) -> None:
        """Take the stage, the scenario (whose months are those of intake) and how many months are played."""
        self._stage, self._scenario, self._zone, self._progress = stage, scenario, zone, progress
        self._rhythm = rhythm_of(scenario, months)

    def run(self) -> None:
        """Lay the city out and play every day of it."""
        layout = self._scenario.lay_out()
        self._progress("布置城市 laying out the city", 0.0)
        lay_out_city(self._stage.ask, layout)
        self._stage.settle()
        self._stage.ring()
        cast = assemble(self._stage.ask, layout)
        self._scene = Scene(self._stage, self._scenario, cast, self._zone, self._rhythm)
        self._side_roads = side_roads_of(self._scene)
        self._collecting = Collecting(self._scene, self._side_roads)
        self._claiming = Claiming(self._scene)
        for road in self._side_roads:
            road.prepare()
        self._stage.settle()
        self._rhythm.deal(layout.wishes())
        self._play_days()
        self._stage.settle()
        self._stage.set(self._morning_after())  # what came in the quiet hours goes out when they end
        self._stage.await_messages()

    def _play_days(self) -> None:
        days = (self._rhythm.last_day - self._rhythm.first_day).days
        for number in range(days + 1):
            day = self._rhythm.first_day + timedelta(days=number)
            self._progress(f"{day}", number / days)
            self._play(day)

    def _morning_after(self) -> datetime:
        return datetime.combine(self._rhythm.last_day + timedelta(days=1), time(9), self._zone)

    def _play(self, day: date) -> None:
        self._scene.today = day
        self._stage.set(datetime.combine(day, time(9, 0, 1), self._zone))
        self._stage.ring()
        self._stage.set(datetime.combine(day, time(9, 30), self._zone))
        if portion := self._rhythm.portion(day):
            self._collecting.take_in(portion)
        if day in self._rhythm.screens_on:
            self._collecting.screen(datetime.combine(day, time(9, 30), self._zone))
            self._stage.settle()
        for road in self._side_roads:
            road.open_day(day)
        if share := self._rhythm.storms.get(day):
            self._claiming.rush(day, share)
        self._scene.run_errands(day)
        for road in self._side_roads:
            road.close_day(day)
