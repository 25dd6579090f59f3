"""The doors of the scheduler, and its alarm clock."""

from functools import partial

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers, on
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.chassis.work_provider import SettingsProvider, WorkProvider
from services.directory.contracts import AreasChanged
from services.scheduler import queries, usecases
from services.scheduler.alarm import AlarmClock
from services.scheduler.contracts import CheckJobs, JobList, ListJobs, SettleHeldPeriod
from services.scheduler.models import Base
from services.scheduler.settings import SchedulerSettings


class AlarmedWorkProvider(WorkProvider):
    """Gives the workshop, and checks the jobs in it whenever the alarm clock rings."""

    def setup(self) -> None:
        """Wind the clock."""
        super().setup()
        settings = self.container.config["SETTINGS"]
        holidays = settings.of("scheduler", SchedulerSettings).public_holidays()
        self._check = partial(usecases.check_jobs, holidays=holidays)
        self._alarm = AlarmClock(self._ring, settings.time_zone)

    def start(self) -> None:
        """Start the relay, then the clock."""
        super().start()
        self._alarm.start()

    def stop(self) -> None:
        """Stop the clock, then the relay: what the last ring announced is still published."""
        self._alarm.stop()
        super().stop()

    def _ring(self) -> None:
        self._workshop.run(CheckJobs(by=OPERATOR_AT_THE_CONSOLE), self._check)


class SchedulerService:
    """When periods fall due: the table of jobs, its runs, and what an operator says about those held."""

    name = "scheduler"
    tables = Base.metadata
    work = AlarmedWorkProvider()
    settings = SettingsProvider(SchedulerSettings)

    @answers(CheckJobs)
    def check_jobs(self, command: CheckJobs) -> Done:
        holidays = self.settings.public_holidays()
        return self.work.run(command, partial(usecases.check_jobs, holidays=holidays))

    @answers(ListJobs)
    def list_jobs(self, query: ListJobs) -> JobList:
        holidays = self.settings.public_holidays()
        return self.work.read(query, partial(queries.list_jobs, now=clock.now(), holidays=holidays))

    @answers(SettleHeldPeriod)
    def settle_held_period(self, command: SettleHeldPeriod) -> Done:
        return self.work.run(command, usecases.settle_held_period)

    @on(AreasChanged)
    def on_areas_changed(self, event: AreasChanged) -> None:
        self.work.once(event, usecases.note_areas)
