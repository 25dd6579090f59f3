"""The doors of the scheduler, and its alarm clock."""

from functools import partial

from services.chassis import clock
from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers, on
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.chassis.work_provider import WorkProvider
from services.directory.contracts import AreasChanged
from services.scheduler import queries, usecases
from services.scheduler.alarm import AlarmClock
from services.scheduler.contracts import CheckJobs, JobList, ListJobs, SettleHeldPeriod
from services.scheduler.models import Base


class AlarmedWorkProvider(WorkProvider):
    """Gives the workshop, and checks the jobs in it whenever the alarm clock rings."""

    def setup(self) -> None:
        """Wind the clock."""
        super().setup()
        self._alarm = AlarmClock(self._ring, self.container.config["SETTINGS"].time_zone)

    def start(self) -> None:
        """Start the relay, then the clock."""
        super().start()
        self._alarm.start()

    def stop(self) -> None:
        """Stop the clock, then the relay: what the last ring announced is still published."""
        self._alarm.stop()
        super().stop()

    def _ring(self) -> None:
        self._workshop.run(CheckJobs(by=OPERATOR_AT_THE_CONSOLE), usecases.check_jobs)


class SchedulerService:
    """When periods fall due: the table of jobs, its runs, and what an operator says about those held."""

    name = "scheduler"
    tables = Base.metadata
    work = AlarmedWorkProvider()

    @answers(CheckJobs)
    def check_jobs(self, command: CheckJobs) -> Done:
        return self.work.run(command, usecases.check_jobs)

    @answers(ListJobs)
    def list_jobs(self, query: ListJobs) -> JobList:
        return self.work.read(query, partial(queries.list_jobs, now=clock.now()))

    @answers(SettleHeldPeriod)
    def settle_held_period(self, command: SettleHeldPeriod) -> Done:
        return self.work.run(command, usecases.settle_held_period)

    @on(AreasChanged)
    def on_areas_changed(self, event: AreasChanged) -> None:
        self.work.once(event, usecases.note_areas)
