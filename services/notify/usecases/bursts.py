"""Bursts as the tables see them: noted when they are planned, halted, let go; nothing else remembers them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.chassis.contracts import Done
from services.chassis.database import insert_new
from services.chassis.work import Work
from services.notify.contracts import PauseBurst, ResumeBurst, StartBurst
from services.notify.domain import (
    BURST_LIFECYCLE,
    DELIVERY_LIFECYCLE,
    INBOX,
    BurstAction,
    BurstState,
    DeliveryAction,
    TopicClass,
)
from services.notify.gate.ways import Ways
from services.notify.models import Broadcast, Burst
from services.notify.queries.bursts import burst_within


def note_bursts(
    session: Session, ways: Ways, said: Broadcast, numbers: Mapping[str, int], now: datetime
) -> None:
    """Note the channels through which a broadcast is a burst; where operators start bursts, it waits."""
    state = BURST_LIFECYCLE.starts if ways.bursts_wait else BurstState.RUNNING
    spoken = {"occasion": said.occasion, "topic": said.topic, "area_path": said.area_path}
    spoken |= {"state": state, "planned_at": now, "expires_at": said.expires_at}
    rows = [
        spoken | {"channel": channel, "number": number}
        for channel, number in numbers.items()
        if channel != INBOX and number >= ways.burst_from
    ]
    insert_new(session, Burst, rows, key=("occasion", "topic", "channel"))


def start_burst(work: Work, command: StartBurst, now: datetime) -> Done:
    """Let a waiting burst begin; raise `UnknownBurst`, and `IllegalMove` for one that does not wait."""
    return _move(work, command.burst_id, BurstAction.START, now)


def pause_burst(work: Work, command: PauseBurst, now: datetime) -> Done:
    """Halt a running burst; raise `UnknownBurst`, and `IllegalMove` for one that does not run."""
    return _move(work, command.burst_id, BurstAction.PAUSE, now)


def resume_burst(work: Work, command: ResumeBurst, now: datetime) -> Done:
    """Let a paused burst go on; raise `UnknownBurst`, and `IllegalMove` for one that is not paused."""
    return _move(work, command.burst_id, BurstAction.RESUME, now)


def _move(work: Work, burst_id: UUID, action: BurstAction, now: datetime) -> Done:
    burst = burst_within(work, burst_id, is_locked=True)
    burst.state = BURST_LIFECYCLE.after(BurstState(burst.state), action)
    work.record(f"burst_{action}", str(burst.id), now)
    return Done(id=burst.id)


def let_go(session: Session, now: datetime, most: int) -> int:
    """Let at most so much of what was held back be due whose burst goes on; return how much that was.

    The gate holds back what comes due of a halted burst (see `gate`): that is due when it expires.
    """
    known = {"states": _HELD, "running": BurstState.RUNNING, "lanes": _LANES, "most": most, "now": now}
    return int(getattr(session.execute(_LET_GO, known), "rowcount", 0))


_HELD = [str(state) for state in DELIVERY_LIFECYCLE.states_for(DeliveryAction.TAKE)]
_LANES = sorted({one.lane for one in TopicClass})

_LET_GO = text("""
    WITH held AS (
        SELECT delivery.id FROM notify.burst CROSS JOIN unnest(CAST(:lanes AS smallint[])) AS of(lane)
        JOIN notify.delivery ON delivery.channel = burst.channel AND delivery.lane = of.lane
             AND delivery.due_at = burst.expires_at AND delivery.expires_at = burst.expires_at
        JOIN notify.message ON message.id = delivery.message_id
             AND message.occasion = burst.occasion AND message.topic = burst.topic
        WHERE burst.state = :running AND burst.expires_at > :now AND delivery.state = ANY(:states)
        LIMIT :most FOR UPDATE OF delivery SKIP LOCKED
    )
    UPDATE notify.delivery SET due_at = :now, held_since = NULL FROM held WHERE delivery.id = held.id
""")
