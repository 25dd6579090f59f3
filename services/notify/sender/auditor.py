"""The daily look at what has come to no end: counted, measured, and cried out."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.notify.queries.final_states import without_end

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

UNENDED = Gauge(
    "wishtree_deliveries_without_end",
    "Deliveries that should have come to their end a day ago.",
    ["channel", "provider", "state"],
)

EVERY = timedelta(days=1)

LOOK_EVERY = 60.0
"""Seconds between two looks at the clock, which may be set meanwhile; a broken audit is repeated then."""


class Auditor:
    """Audits the final states once a day, for as long as the sender is at work."""

    def __init__(self, sender: "Sender") -> None:
        """Take the sender whose deliveries they are."""
        self._sender = sender
        self._audited_at: datetime | None = None

    def run(self) -> None:
        """Audit at the start and then every day; in simulated time, whenever the hands move a day on."""
        while not self._sender.is_stopping:
            watch = self._sender.patient_watch()
            try:
                if self._is_due(clock.now()):
                    self.audit()
            except SQLAlchemyError as fault:
                log.warning("audit_interrupted", fault=type(fault).__name__)
            except Exception:  # a fault of ours here must not end the service
                log.exception("audit_failed")
            watch.rest(LOOK_EVERY)

    def _is_due(self, now: datetime) -> bool:
        return self._audited_at is None or abs(now - self._audited_at) >= EVERY

    def audit(self) -> int:
        """Count what has come to no end; return how many these are."""
        with self._sender.workshop.open() as work:
            found = without_end(work.session, self._sender.awaited, clock.now())
        self._audited_at = clock.now()
        UNENDED.clear()
        for unended in found:
            UNENDED.labels(unended.channel, unended.provider, unended.state).set(unended.number)
            log.error(
                "deliveries_without_end",
                channel=unended.channel,
                provider=unended.provider,
                state=unended.state,
                number=unended.number,
                oldest_at=unended.oldest_at.isoformat(),
            )
        return sum(unended.number for unended in found)
