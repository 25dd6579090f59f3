"""What the scheduler does: watches scopes, announces what fell due, holds what it must not decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import DateTime, Executable, String, cast, delete, exists, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.chassis.calendar import ReleaseRule
from services.chassis.contracts import Done, Event
from services.chassis.database import is_outage, try_advisory_lock, upsert_if_newer
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.directory.contracts import AreaCopy, AreasChanged
from services.scheduler.contracts import CheckJobs, SettleHeldPeriod, UnknownPeriod
from services.scheduler.domain import (
    HELD_PERIOD,
    HOUSE,
    JOB_OF,
    JOBS,
    RELEASE,
    Due,
    RunState,
    Verdict,
    Watch,
    due_periods,
)
from services.scheduler.models import Area, JobRun, JobScope
from services.scheduler.queries import present, watches

log = structlog.get_logger(__name__)

AS_IT_IS = {"synchronize_session": False}
"""Nothing of what these statements change is loaded yet."""

HOUSE_JOBS = {job.name for job in JOBS if not job.is_for_areas}

RUN = ("job", "scope", "period")
"""What tells a run from every other."""

ONE_AT_A_TIME = "scheduler: jobs are being checked"


# -- what is watched


def note_areas(work: Work, event: AreasChanged, now: datetime) -> None:
    """Keep by which plan areas release, and watch those that have one."""
    rows = [{"id": area.id, "plan": _plan_of(area), "version": area.version} for area in event.areas]
    upsert_if_newer(work.session, Area, rows)
    _watch_scopes(work.session, present(work.session, now))


def _plan_of(area: AreaCopy) -> dict[str, Any] | None:
    """Return the release settings of an area, None when it follows another's or releases by hand."""
    settings = area.settings
    if area.release_scope_id != area.id or settings.release_rule == ReleaseRule.MANUAL:
        return None
    kept = ("release_rule", "fixed_day", "holiday_rule", "release_at")
    return {name: getattr(settings, name) for name in kept}


def _watch_scopes(session: Session, at: datetime) -> None:
    """Watch from now on what is new, go by plans that changed, and stop watching what releases no more."""
    _watch_house(session, at)
    session.execute(_newly_releasing(at))
    area = cast(Area.id, String)
    changed = update(JobScope).where(
        JobScope.job == RELEASE.name, JobScope.scope == area, JobScope.plan != Area.plan
    )
    session.execute(changed.values(plan=Area.plan, planned_at=at), execution_options=AS_IT_IS)
    is_releasing = exists().where(area == JobScope.scope, Area.plan.is_not(None))
    over = delete(JobScope).where(JobScope.job == RELEASE.name, ~is_releasing)
    session.execute(over, execution_options=AS_IT_IS)


def _watch_house(session: Session, at: datetime) -> None:
    watched = {"scope": HOUSE, "since": at, "plan": {}, "planned_at": at}
    house = [watched | {"job": name} for name in HOUSE_JOBS]
    session.execute(upsert(JobScope).values(house).on_conflict_do_nothing())


def _newly_releasing(at: datetime) -> Executable:
    columns = ["job", "scope", "since", "plan", "planned_at"]
    instant = literal(at, DateTime(timezone=True))
    areas = select(literal(RELEASE.name), cast(Area.id, String), instant, Area.plan, instant)
    watched = upsert(JobScope).from_select(columns, areas.where(Area.plan.is_not(None)))
    return watched.on_conflict_do_nothing()


# -- what falls due


def check_jobs(work: Work, command: CheckJobs, now: datetime) -> Done:
    """Announce what fell due in any scope, once; leave it to another scheduler that is looking just now."""
    work.permit(EVERYWHERE)
    if not try_advisory_lock(work.session, ONE_AT_A_TIME):
        return Done()
    at = present(work.session, now)
    watched = list(watches(work, at))
    if not {watch.job.name for watch in watched} >= HOUSE_JOBS:  # a job that came with this version
        _watch_house(work.session, at)
        watched = list(watches(work, at))
    _run_all(work, [run for watch in watched for run in _runs_due(work, watch, at)])
    return Done()


_WRITE_ONCE = upsert(JobRun).on_conflict_do_nothing().returning(*(getattr(JobRun, name) for name in RUN))


@dataclass(frozen=True)
class _Run:
    """A period that fell due: its row, and what is announced when it is written for the first time."""

    row: dict[str, Any]
    event: Event | None


def _runs_due(work: Work, watch: Watch, at: datetime) -> list[_Run]:
    """Return what fell due in one scope; what goes wrong there keeps no other from being told."""
    try:
        announce, hold = due_periods(watch, at)
        announced = [
            _Run(_row(watch, due, RunState.ANNOUNCED, at), _event(work, watch, due)) for due in announce
        ]
        return announced + [_Run(_row(watch, due, RunState.HELD, None), None) for due in hold]
    except Exception:
        log.exception("job_not_checked", job=watch.job.name, scope=watch.scope)
        return []


def _row(watch: Watch, due: Due, state: RunState, announced_at: datetime | None) -> dict[str, Any]:
    row = {"job": watch.job.name, "scope": watch.scope, "period": due.period, "state": state.value}
    return row | {"due_at": due.at, "announced_at": announced_at}


def _event(work: Work, watch: Watch, due: Due) -> Event:
    return watch.job.event(due.period, watch.scope, work.day_of(due.at))


def _run_all(work: Work, runs: list[_Run]) -> None:
    """Write these runs, each for itself where they cannot be written together; announce what is new."""
    try:
        with work.session.begin_nested():
            fresh = _write(work.session, runs) if runs else set()
    except Exception as fault:
        if is_outage(fault):
            raise
        if len(runs) == 1:
            log.exception("job_not_checked", **{name: runs[0].row[name] for name in RUN})
            return
        for run in runs:
            _run_all(work, [run])
        return
    for run in runs:
        known_as = tuple(run.row[name] for name in RUN)
        if run.event is not None and known_as in fresh:
            work.announce(run.event)
        log.info("period_due", state=run.row["state"], **dict(zip(RUN, known_as, strict=True)))


def _write(session: Session, runs: Sequence[_Run]) -> set[tuple[Any, ...]]:
    """Write runs; return those that nobody had written before."""
    written = session.execute(_WRITE_ONCE, [run.row for run in runs])
    return {tuple(row) for row in written}


def settle_held_period(work: Work, command: SettleHeldPeriod, now: datetime) -> Done:
    """Announce a held period after all, or skip it for good; raise `UnknownPeriod` when it is not held."""
    work.permit(EVERYWHERE)
    at = present(work.session, now)
    verdict = Verdict.ANNOUNCE if command.announce else Verdict.SKIP
    state = HELD_PERIOD.after(RunState.HELD, verdict)
    held = update(JobRun).where(
        JobRun.job == command.job,
        JobRun.job.in_(JOB_OF),
        JobRun.scope == command.scope,
        JobRun.period == command.period,
        JobRun.state.in_(HELD_PERIOD.states_for(verdict)),
    )
    values = {"state": state, "announced_at": at if command.announce else None}
    run = work.session.execute(held.values(values).returning(JobRun.due_at)).first()
    if run is None:
        raise UnknownPeriod()
    if command.announce:
        event = JOB_OF[command.job].event
        work.announce(event(command.period, command.scope, work.day_of(run.due_at)))
    return Done()
