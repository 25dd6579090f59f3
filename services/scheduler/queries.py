"""What the scheduler knows of its jobs."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.database import database_now
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.scheduler.contracts import JobList, JobView, ListJobs
from services.scheduler.domain import JOB_OF, CannotTell, Circumstances, Due, RunState, Watch, next_due
from services.scheduler.models import JobRun, JobScope


def present(session: Session, now: datetime) -> datetime:
    """Return the instant by which periods are told: the database's, or in a rehearsal the simulated `now`.

    A host whose clock is wrong announces nothing early or late.
    """
    return now if clock.is_simulated() else database_now(session)


def watches(work: Work, at: datetime) -> Iterator[Watch]:
    """Yield every job in every scope as it stands at an instant."""
    newest = select(func.max(JobRun.period)).where(
        JobRun.job == JobScope.job, JobRun.scope == JobScope.scope, JobRun.due_at <= at
    )
    scopes = select(JobScope, newest.scalar_subquery()).where(JobScope.job.in_(JOB_OF))
    for scope, last_period in work.session.execute(scopes.order_by(JobScope.job, JobScope.scope)).all():
        yield Watch(
            job=JOB_OF[scope.job],
            scope=scope.scope,
            circumstances=Circumstances(work.zone, work.holidays, scope.plan),
            since=scope.since,
            planned_at=scope.planned_at,
            last_period=last_period,
        )


def list_jobs(work: Work, query: ListJobs, *, now: datetime) -> JobList:
    """Return how every job stands in every scope: what ran last, what comes next, what is held."""
    work.permit(EVERYWHERE)
    at = present(work.session, now)
    held = _held_periods(work.session)
    announced = _last_announcements(work.session)
    views = []
    for watch in watches(work, at):
        subject = (watch.job.name, watch.scope)
        views.append(_job_view(watch, at, announced.get(subject), held.get(subject, [])))
    return JobList(items=views)


def _job_view(watch: Watch, at: datetime, last: JobRun | None, held: list[str]) -> JobView:
    try:
        coming: Due | None = next_due(watch, at)
    except CannotTell:
        coming = None
    return JobView(
        job=watch.job.name,
        scope=watch.scope,
        last_period=last.period if last else None,
        announced_at=last.announced_at if last else None,
        next_period=coming.period if coming else None,
        next_at=coming.at if coming else None,
        held_periods=held,
    )


def _held_periods(session: Session) -> dict[tuple[str, str], list[str]]:
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    runs = select(JobRun).where(JobRun.state == RunState.HELD).order_by(JobRun.period)
    for run in session.scalars(runs):
        held[run.job, run.scope].append(run.period)
    return held


def _last_announcements(session: Session) -> dict[tuple[str, str], JobRun]:
    """Return the newest announced run of every job and scope that is watched."""
    runs = select(JobRun).ext(distinct_on(JobRun.job, JobRun.scope))
    runs = runs.where(JobRun.state == RunState.ANNOUNCED)
    newest = runs.order_by(JobRun.job, JobRun.scope, JobRun.period.desc())
    return {(run.job, run.scope): run for run in session.scalars(newest)}
