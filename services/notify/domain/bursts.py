"""Bursts: what one occasion tells so many people at once that it is worth a schedule, which can be halted."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

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


BURST_LIFECYCLE = Lifecycle(
    {
        (BurstState.WAITING, BurstAction.START): BurstState.RUNNING,
        (BurstState.RUNNING, BurstAction.PAUSE): BurstState.PAUSED,
        (BurstState.PAUSED, BurstAction.RESUME): BurstState.RUNNING,
    },
    starts=BurstState.WAITING,
)

SLOT = timedelta(minutes=15)
MOST_SLOTS = 2000
"""Three weeks of slots; a burst that takes longer is shown as far as that."""


@dataclass(frozen=True)
class Window:
    """The hours of the day within which something may be said."""

    opens: time = time(0)
    closes: time = time(0)  # midnight: it never closes

    def holds(self, at: datetime) -> bool:
        """Say whether something may be said at this local time."""
        return self.opens <= at.time() and (self.closes == time(0) or at.time() < self.closes)


BY_DAY = Window(time(8), time(22))
"""For invitations. Source: NOTIFY, model (marketing only within 08:00-22:00)."""

ALWAYS = Window()


@dataclass(frozen=True)
class Slot:
    """How many are told in a quarter of an hour."""

    begins_at: datetime
    ends_at: datetime
    number: int


def schedule(number: int, a_second: float, begins_at: datetime, window: Window, zone: ZoneInfo) -> list[Slot]:
    """Return how many of `number` go out in which quarter of an hour, at so many a second, from when on.

    The first slot begins at once, the others at the full quarter; outside the window there are none.
    """
    slots: list[Slot] = []
    left, at = float(number), begins_at
    while left > 0 and len(slots) < MOST_SLOTS:
        ends_at = _next_quarter(at)
        if window.holds(at.astimezone(zone)):
            taken = min(left, (ends_at - at).total_seconds() * a_second)
            left -= taken
            done_at = at + timedelta(seconds=taken / a_second)
            slots.append(Slot(at, min(ends_at, done_at), round(taken)))
        at = ends_at
    return _adding_up(slots, number) if slots and left <= 0 else slots


def _next_quarter(at: datetime) -> datetime:
    seconds = SLOT.total_seconds()
    return at + timedelta(seconds=seconds - at.timestamp() % seconds)


def _adding_up(slots: list[Slot], number: int) -> list[Slot]:
    """Return the slots with what rounding lost or won made up for in the last one."""
    *before, last = slots
    rest = number - sum(slot.number for slot in before)
    return [*before, Slot(last.begins_at, last.ends_at, rest)]
