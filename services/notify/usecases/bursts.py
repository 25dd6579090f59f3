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
    HALTED,
    INBOX,
    BurstAction,
    BurstState,
    DeliveryAction,
)
from services.notify.gate.ways import Ways
from services.notify.models import Broadcast, Burst
from services.notify.queries.bursts import burst_within


def note_bursts(
    session: Session, ways: Ways, said: Broadcast, numbers: Mapping[str, int], now: datetime
) -> None:
    """Note the channels through which a broadcast is a burst; where operators start bursts, it waits.

    Its deliveries, or the first of them, are planned already; those of one that waits are not due.
    """
    state = BURST_LIFECYCLE.starts if ways.bursts_wait else BurstState.RUNNING
    spoken = {"occasion": said.occasion, "topic": said.topic, "area_path": said.area_path}
    rows = [
        spoken | {"state": state, "planned_at": now, "channel": channel, "number": number}
        for channel, number in numbers.items()
        if channel != INBOX and number >= ways.burst_from
    ]
    insert_new(session, Burst, rows, key=("occasion", "topic", "channel"))
    if rows and state in HALTED:
        hold_back(session)


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
    work.session.flush()
    if burst.state in HALTED:
        hold_back(work.session)
    else:
        work.session.execute(_LET_GO, {"burst": burst.id, "now": now})
    work.record(f"burst_{action}", str(burst.id), now)
    return Done(id=burst.id)


def hold_back(session: Session) -> int:
    """Let nothing of a halted burst be due: what is planned, and what was to be tried again meanwhile.

    Returns how much of it was.
    """
    held = session.execute(_HOLD_BACK, {"states": _HELD, "halted": [str(state) for state in HALTED]})
    return int(getattr(held, "rowcount", 0))


_HELD = [str(state) for state in DELIVERY_LIFECYCLE.states_for(DeliveryAction.TAKE)]

_HOLD_BACK = text("""
    WITH halted AS (
        SELECT occasion, topic, channel FROM notify.burst
        WHERE state = ANY(:halted) ORDER BY id FOR SHARE  -- nobody lets it go on while this is under way
    )
    UPDATE notify.delivery SET state = 'planned', due_at = NULL, held_since = NULL
    FROM halted JOIN notify.message ON message.occasion = halted.occasion AND message.topic = halted.topic
    WHERE delivery.message_id = message.id AND delivery.channel = halted.channel
          AND delivery.state = ANY(:states) AND delivery.due_at IS NOT NULL
""")

_LET_GO = text("""
    UPDATE notify.delivery SET due_at = :now
    FROM notify.burst JOIN notify.message ON message.occasion = burst.occasion AND message.topic = burst.topic
    WHERE burst.id = :burst AND delivery.message_id = message.id AND delivery.channel = burst.channel
          AND delivery.state = 'planned' AND delivery.due_at IS NULL
""")
