"""Writes what a whole city is told, piece by piece, while its first messages go out already."""

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.notify.sender.carrier import OTHERS
from services.notify.usecases.broadcasting import tell_further

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds between two looks for what a process left behind that died; else a nudge comes at once."""


class Crier:
    """Writes broadcasts, for as long as the sender is at work; of several processes one writes each."""

    def __init__(self, sender: "Sender") -> None:
        """Take the sender whose broadcasts they are."""
        self._sender = sender

    def run(self) -> None:
        """Write what there is, then wait for more."""
        while not self._sender.is_stopping:
            watch = self._sender.watch(OTHERS)
            if not self._tell():
                watch.rest(LOOK_EVERY)

    def _tell(self) -> bool:
        """Write a piece; say whether there may be another."""
        sender = self._sender
        try:
            with sender.workshop.open() as work:
                has_told = tell_further(work.session, sender.ways, clock.now())
        except SQLAlchemyError as fault:
            log.warning("broadcast_interrupted", fault=type(fault).__name__)
            return False
        except Exception:  # a fault of ours here must not end the service
            log.exception("broadcast_failed")
            return False
        if has_told:
            sender.nudge_others()
        return has_told
