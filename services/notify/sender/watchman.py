"""Watches whether receipts come in time, and lets a slow provider rest where another can take its place."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.notify.channels.providers import Line, Provider
from services.notify.usecases.punctuality import let_slow_rest, punctuality_of

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

LOOK_EVERY = 15.0
"""Seconds between two looks."""


class Watchman:
    """Watches the providers of one channel, for as long as the sender is at work."""

    def __init__(self, sender: "Sender", line: Line) -> None:
        """Take the sender and the channel."""
        self._sender, self._line = sender, line

    def run(self) -> None:
        """Look for ever."""
        while not self._sender.is_stopping:
            watch = self._sender.patient_watch()
            try:
                self._look()
            except SQLAlchemyError as fault:
                log.warning("receipts_unwatched", channel=self._line.name, fault=type(fault).__name__)
            except Exception:  # a fault of ours here must not end the service
                log.exception("receipts_not_watched", channel=self._line.name)
            watch.rest(LOOK_EVERY)

    def _look(self) -> None:
        for provider in self._line.providers:
            if provider.pushes_receipts and self._line.has_another(provider, clock.now()):
                self._judge(provider)

    def _judge(self, provider: Provider) -> None:
        """Let a slow provider rest as long as a receipt may take: by then what it has accepted is known."""
        now, receipt, name = clock.now(), self._sender.policy.receipt, provider.channel.provider
        with self._sender.workshop.open() as work:
            found = punctuality_of(work.session, name, receipt, now)
            if not found.is_slow or not let_slow_rest(work.session, name, now + receipt, now):
                return
        provider.rest(now + receipt)
        log.error("receipts_slow", channel=self._line.name, provider=name, due=found.due, late=found.late)


def watching(sender: "Sender") -> list[Callable[[], None]]:
    """Return what has to run so that a slow provider makes way; where there is one only, nobody could."""
    return [Watchman(sender, line).run for line in sender.lines.values() if len(line.providers) > 1]
