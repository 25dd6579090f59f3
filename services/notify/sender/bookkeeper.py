"""Keeps the books beside the sender: what was used, waits, rests, will lapse, or is too old to be kept."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.chassis import clock
from services.notify.channels.registry import HasRegistry, Standing
from services.notify.measures import TEMPLATES
from services.notify.models import TemplateUse
from services.notify.queries.standing import WARNS_BEFORE, uses_of
from services.notify.sender.figures import show_figures
from services.notify.usecases.accounts import forget_turns
from services.notify.usecases.retention import forget_messages

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

LOOK_EVERY = 15.0
"""Seconds between two entries; what a kill takes with it is that much of what was used."""


class Bookkeeper:
    """Writes down, now and then, what the sender alone knows."""

    def __init__(self, sender: "Sender") -> None:
        """Take the sender whose books they are."""
        self._sender = sender
        self._warned_on: datetime | None = None
        self._uses: dict[str, dict[str, datetime]] = {}

    def run(self) -> None:
        """Keep books until the sender stops, and once more then."""
        while True:
            is_last = self._sender.is_stopping
            try:
                self._enter()
            except SQLAlchemyError as fault:
                log.warning("books_unreachable", fault=type(fault).__name__)
            except Exception:  # a fault of ours here must not end the service
                log.exception("books_not_kept")
            if is_last:
                return
            self._sender.pause(LOOK_EVERY)

    def _enter(self) -> None:
        now, sender = clock.now(), self._sender
        month = sender.ways.prices.month(now)
        for channel in registries_of(sender):
            self._uses.setdefault(channel.provider, {}).update(channel.registry.take_uses())
        with sender.workshop.open() as work:
            for name, used in self._uses.items():
                note_uses(work.session, name, used)
            show_figures(work.session, sender.lines, month, now)
            learn_uses(work.session, sender, now)
            forget_turns(work.session.connection())
        self._uses.clear()  # what could not be entered is entered the next time
        with sender.workshop.open() as work:
            forget_messages(work.session, timedelta(days=sender.settings.messages_kept_days))
        self._look_at_templates(now)

    def _look_at_templates(self, now: datetime) -> None:
        """Show how long templates in use have left, and say once a day which are about to lapse."""
        warns = self._warned_on is None or now - self._warned_on >= timedelta(days=1)
        self._warned_on = now if warns else self._warned_on
        for channel in registries_of(self._sender):
            for template in channel.registry.templates:
                lapses_at = channel.registry.lapses_at(template)
                if lapses_at is None or template.state is not Standing.APPROVED:
                    continue
                named = {"provider": channel.provider, "template": template.id}
                TEMPLATES.labels(**named).set((lapses_at - now) / timedelta(days=1))
                if warns and now >= lapses_at - WARNS_BEFORE:
                    log.warning("template_lapses", on=lapses_at.date().isoformat(), **named)


def registries_of(sender: "Sender") -> Iterator[HasRegistry]:
    """Yield the channels that only take registered templates."""
    for line in sender.lines.values():
        for provider in line.providers:
            if isinstance(provider.channel, HasRegistry):
                yield provider.channel


def learn_uses(session: Session | Connection, sender: "Sender", now: datetime) -> None:
    """Let every registry know when its templates went out last, whichever process sent them."""
    for channel in registries_of(sender):
        channel.registry.know_uses(uses_of(session, channel.provider), now)


def note_uses(session: Session, provider: str, used: dict[str, datetime]) -> None:
    """Write down when templates were used last; what is known to be later stays."""
    if not used:
        return
    rows = [{"provider": provider, "template": name, "used_at": at} for name, at in sorted(used.items())]
    noted = insert(TemplateUse).values(rows)
    later = func.greatest(TemplateUse.used_at, noted.excluded.used_at)
    session.execute(
        noted.on_conflict_do_update(index_elements=["provider", "template"], set_={"used_at": later})
    )


def bookkeeping(sender: "Sender") -> list[Callable[[], None]]:
    """Return what has to run so that the books are kept."""
    return [Bookkeeper(sender).run]
