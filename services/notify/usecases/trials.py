"""A test message is sent outside any work; that somebody sent one is written down before."""

from datetime import datetime

from services.chassis.contracts import Done
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.notify.contracts import TryChannel


def note_trial(work: Work, command: TryChannel, now: datetime) -> Done:
    """Note who tries which channel; to whom stays unsaid."""
    work.permit(EVERYWHERE)
    work.record("channel_tried", command.channel[:60], now)
    return Done()
