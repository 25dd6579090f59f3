"""Bursts: what one occasion tells so many people at once that it is worth a schedule, which can be halted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.chassis.lifecycle import Lifecycle


class BurstState(StrEnum):
    """Whether the messages of a burst go out."""

    WAITING = "waiting"  # nothing goes out until an operator starts it; what is too late by then expires
    RUNNING = "running"  # what is due goes out; over when nothing is left
    PAUSED = "paused"  # nothing more goes out until an operator resumes it; what is too late by then expires


class BurstAction(StrEnum):
    """What can happen to a burst."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"


HALTED = (BurstState.WAITING, BurstState.PAUSED)

BURST_LIFECYCLE = Lifecycle(
    {
        (BurstState.WAITING, BurstAction.START): BurstState.RUNNING,
        (BurstState.RUNNING, BurstAction.PAUSE): BurstState.PAUSED,
        (BurstState.PAUSED, BurstAction.RESUME): BurstState.RUNNING,
    },
    starts=BurstState.WAITING,
)

SLOT = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
MOST_SLOTS = 2000
"""Three weeks of slots; a burst that takes longer is shown as far as that."""

OpensAt = Callable[[datetime], datetime]
"""When something may go out that is ready at an instant: then, or when the hours that forbid it end."""


@dataclass(frozen=True)
class Slot:
    """How many are told in a quarter of an hour."""

    begins_at: datetime
    ends_at: datetime
    number: int


def schedule(number: int, a_second: float, begins_at: datetime, opens_at: OpensAt) -> list[Slot]:
    """Return how many of `number` go out in which quarter of an hour, at so many a second, from when on.

    The first slot begins at once, the others at the full quarter or when the hours open; while those are
    closed there are none.
    """
    slots: list[Slot] = []
    left, at = float(number), begins_at
    for _ in range(MOST_SLOTS):
        if left <= 0:
            break
        if (opening := opens_at(at)) > at:
            at = opening
            continue
        ends_at = _closing(at, _next_quarter(at), opens_at)
        taken = min(left, (ends_at - at).total_seconds() * a_second)
        left -= taken
        done_at = at + timedelta(seconds=taken / a_second)
        slots.append(Slot(at, min(ends_at, done_at), round(taken)))
        at = ends_at
    return _adding_up(slots, number) if slots and left <= 0 else slots


def _closing(at: datetime, ends_at: datetime, opens_at: OpensAt) -> datetime:
    """Return the first minute from `at` on in which the hours are closed, at the latest `ends_at`."""
    minute = at.replace(second=0, microsecond=0) + MINUTE
    while minute < ends_at and opens_at(minute) <= minute:
        minute += MINUTE
    return min(minute, ends_at)


def _next_quarter(at: datetime) -> datetime:
    seconds = SLOT.total_seconds()
    return at + timedelta(seconds=seconds - at.timestamp() % seconds)


def _adding_up(slots: list[Slot], number: int) -> list[Slot]:
    """Return the slots with what rounding lost or won made up for in the last one."""
    *before, last = slots
    rest = number - sum(slot.number for slot in before)
    return [*before, Slot(last.begins_at, last.ends_at, rest)]
