"""Does piece by piece what concerns a city: writes what it is told, and lets go what was held back."""

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.notify.sender.carrier import OTHERS
from services.notify.usecases.broadcasting import tell_further
from services.notify.usecases.bursts import let_go

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds between two looks for what a process left behind that died; else a nudge comes at once."""


class Crier:
    """Writes broadcasts and lets bursts go on; of several processes one writes each piece."""

    def __init__(self, sender: "Sender") -> None:
        """Take the sender whose broadcasts they are."""
        self._sender = sender

    def run(self) -> None:
        """Do what there is to do, then wait for more."""
        while not self._sender.is_stopping:
            watch = self._sender.watch(OTHERS)
            if not self._do_a_piece():
                watch.rest(LOOK_EVERY)

    def _do_a_piece(self) -> bool:
        """Do a piece; say whether there may be another."""
        sender = self._sender
        try:
            with sender.workshop.open() as work:
                done = tell_further(work.session, sender.ways, clock.now())
                done = done or let_go(work.session, clock.now()) > 0
        except SQLAlchemyError as fault:
            log.warning("broadcast_interrupted", fault=type(fault).__name__)
            return False
        except Exception:  # a fault of ours here must not end the service
            log.exception("broadcast_failed")
            return False
        if done:
            sender.nudge_others()
        return done
