"""Counts what wishes did into the tally: each line of the logs once, in few statements for any number.

The logs (moves, carry-overs) are append-only and numbered, but numbers are given before their transaction
commits. So a log is looked at first: once a lock was had for which every writer has to be through, all up to
its last number is there. What was seen is then counted by whoever comes, in a transaction of its own.
"""

from datetime import datetime

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError

from services.chassis.database import is_contention
from services.chassis.work import Work
from services.scheduler.contracts import RemindersDue
from services.wishes.contracts import CorrectFigures, GetFigures, GetReport, Measure, SignFigures
from services.wishes.domain import MEASURE_OF
from services.wishes.models import CarryOver, TallyProgress, WishMove
from services.wishes.queries.places import area_for

AboutFigures = GetFigures | GetReport | SignFigures | CorrectFigures

MOST_AT_ONCE = 100_000
"""Lines of a log that are counted in one transaction."""

PATIENCE = "500ms"
"""For how long the look at the logs waits for writers under way, and others for it."""

LOGS = (WishMove, CarryOver)


def look_for_moves(work: Work, request: AboutFigures, now: datetime) -> None:
    """Note up to where the logs are complete; while writers are busy for long, it stays where it was."""
    work.permit(area_for(work.session, request.area_id).path)
    _look(work, now)


def count_moves(work: Work, request: AboutFigures, now: datetime) -> bool:
    """Count what was seen and is not counted yet; say whether there is still more of it."""
    work.permit(area_for(work.session, request.area_id).path)
    return _count(work, now)


def count_by_night(work: Work, event: RemindersDue, now: datetime) -> None:
    """Count what was seen and look again, so that a reader by day finds little left to count.

    The look comes last: its lock is held no longer than the commit takes.
    """
    _count(work, now)
    _look(work, now)


def _look(work: Work, now: datetime) -> None:
    seen = dict(work.session.execute(select(TallyProgress.log, TallyProgress.seen)).all())
    if seen == dict(work.session.execute(text(_ENDS)).all()):
        return
    for log in {log.__tablename__ for log in LOGS} - set(seen):
        row = {"log": log, "seen": 0, "counted": 0, "seen_at": now, "counted_at": now}
        work.session.execute(upsert(TallyProgress).values(row).on_conflict_do_nothing())
    try:
        with work.session.begin_nested():
            work.session.execute(text(_SEE), {"now": now})
    except OperationalError as fault:
        if not is_contention(fault):
            raise


_ENDS = """
    SELECT 'wish_move' AS log, coalesce(max(id), 0) AS last FROM wishes.wish_move
    UNION ALL SELECT 'carry_over', coalesce(max(id), 0) FROM wishes.carry_over
"""
"""The last number in each log."""

_SEE = f"""
    SET LOCAL lock_timeout = '{PATIENCE}';
    LOCK TABLE wishes.wish_move, wishes.carry_over IN SHARE MODE;
    UPDATE wishes.tally_progress SET seen = ends.last, seen_at = :now
    FROM ({_ENDS}) AS ends WHERE ends.log = tally_progress.log
"""  # noqa: S608 - the names are our own
"""Waits for all who write on the logs, and then sees up to where they are complete; in one round trip."""


def _locked_progress() -> Select[TallyProgress]:
    """Return the query for how far the logs were seen and counted, nobody else counting meanwhile."""
    rows = select(TallyProgress).order_by(TallyProgress.log).with_for_update()
    return rows.execution_options(populate_existing=True)


def _count(work: Work, now: datetime) -> bool:
    is_more = False
    uncounted = _locked_progress().where(TallyProgress.counted < TallyProgress.seen)
    for progress in work.session.scalars(uncounted).all():
        upto = min(progress.seen, progress.counted + MOST_AT_ONCE)
        span = {"counted": progress.counted, "upto": upto, "zone": work.zone.key}
        work.session.execute(text(_FRESH[progress.log] + _INTO_TALLY), span | {"actions": list(MEASURE_OF)})
        progress.counted, progress.counted_at = upto, now
        is_more = is_more or upto < progress.seen
    return is_more


# A wish counts once in each measure: by its first such move.
_MOVES = """
WITH fresh AS (
  SELECT move.wish_id, move.action, to_char(move.at AT TIME ZONE :zone, 'YYYY-MM') AS month
  FROM wishes.wish_move AS move
  WHERE move.id > :counted AND move.id <= :upto AND move.action = ANY(:actions)
    AND NOT EXISTS (
      SELECT FROM wishes.wish_move AS earlier WHERE earlier.wish_id = move.wish_id
        AND earlier.id < move.id AND earlier.action = move.action))
"""

_CARRY_OVERS = """
WITH fresh AS (
  SELECT wish_id, 'carry_over' AS action, to_char(at AT TIME ZONE :zone, 'YYYY-MM') AS month
  FROM wishes.carry_over WHERE id > :counted AND id <= :upto AND cardinality(CAST(:actions AS text[])) > 0)
"""

_FRESH = {WishMove.__tablename__: _MOVES, CarryOver.__tablename__: _CARRY_OVERS}
"""What of each log is new, by its name."""

_ACTIONS_OF = {
    measure: [action.value for action, counted in MEASURE_OF.items() if counted is measure]
    for measure in Measure
} | {Measure.CARRIED_OVER: ["carry_over"]}


def _counted(measure: Measure) -> str:
    actions = ", ".join(f"'{action}'" for action in _ACTIONS_OF[measure])
    return f"count(*) FILTER (WHERE action IN ({actions}))"


_INTO_TALLY = f"""
, line AS (
  SELECT fresh.month, wish.community_id, fresh.action, sorted.dimension, sorted.value
  FROM fresh JOIN wishes.wish ON wish.id = fresh.wish_id
  LEFT JOIN wishes.resident ON resident.id = wish.resident_id
  CROSS JOIN LATERAL (
    VALUES ('', ''), ('category', coalesce(wish.category, '')), ('urgency', wish.urgency),
      ('kind', wish.kind), ('door', wish.door)
    UNION ALL SELECT 'doer', coalesce(wish.doer, 'member') WHERE fresh.action IN ('claim', 'fulfil')
    UNION ALL SELECT 'hardship', unnest(
      CASE WHEN cardinality(resident.hardship) > 0 THEN resident.hardship ELSE ARRAY[''] END)
  ) AS sorted (dimension, value))
INSERT INTO wishes.tally AS kept (month, area_id, dimension, value, {", ".join(Measure)})
SELECT month, community_id, dimension, value, {", ".join(_counted(measure) for measure in Measure)}
FROM line GROUP BY month, community_id, dimension, value
ON CONFLICT (month, area_id, dimension, value) DO UPDATE
SET {", ".join(f"{measure} = kept.{measure} + excluded.{measure}" for measure in Measure)}
"""  # noqa: S608 - the names are those of our own enums
