"""Keeps the books beside the sender: which templates were used, what waits, who rests, what will lapse."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.chassis import clock
from services.notify.channels.registry import LAPSES_AFTER, HasRegistry, Standing
from services.notify.domain import TopicClass
from services.notify.measures import RESTING, WAITING
from services.notify.models import TemplateUse
from services.notify.usecases.accounts import forget_turns
from services.notify.usecases.standing import waiting_by_lane

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

LOOK_EVERY = 15.0
"""Seconds between two entries; what a kill takes with it is that much of what was used."""

WARNS_BEFORE = timedelta(days=30)
"""How long before a template lapses somebody should hear of it."""


class Bookkeeper:
    """Writes down, now and then, what the sender alone knows."""

    def __init__(self, sender: "Sender") -> None:
        """Take the sender whose books they are."""
        self._sender = sender
        self._warned_on: datetime | None = None

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
        now = clock.now()
        for line in self._sender.lines.values():
            for provider in line.providers:
                RESTING.labels(line.name, provider.channel.provider).set(not provider.is_awake(now))
        uses = {channel.provider: channel.registry.take_uses() for channel in registries_of(self._sender)}
        with self._sender.workshop.open() as work:
            for name, used in uses.items():
                note_uses(work.session, name, used)
            for (channel, lane), (number, _) in self._waiting(work.session, now).items():
                WAITING.labels(channel, lane).set(number)
            self._warn(work.session, now)
            forget_turns(work.session.connection())

    def _waiting(self, session: Session, now: datetime) -> dict[tuple[str, str], tuple[int, datetime | None]]:
        nothing: dict[tuple[str, str], tuple[int, datetime | None]] = {
            (name, lane.value): (0, None) for name in self._sender.lines for lane in TopicClass
        }
        found = waiting_by_lane(session, now)
        return nothing | {place: waits for place, waits in found.items() if place in nothing}

    def _warn(self, session: Session, now: datetime) -> None:
        """Say once a day which templates are about to lapse."""
        if self._warned_on and now - self._warned_on < timedelta(days=1):
            return
        self._warned_on = now
        for channel in registries_of(self._sender):
            for template, used_at in uses_of(session, channel.provider).items():
                if now >= used_at + LAPSES_AFTER - WARNS_BEFORE and is_in_use(channel, template):
                    lapses_on = (used_at + LAPSES_AFTER).date().isoformat()
                    log.warning("template_lapses", provider=channel.provider, template=template, on=lapses_on)


def registries_of(sender: "Sender") -> Iterator[HasRegistry]:
    """Yield the channels that only take registered templates."""
    for line in sender.lines.values():
        for provider in line.providers:
            if isinstance(provider.channel, HasRegistry):
                yield provider.channel


def is_in_use(channel: HasRegistry, template: str) -> bool:
    """Say whether the settings still name a template as approved."""
    named = (one for one in channel.registry.templates if one.id == template)
    return any(one.state is Standing.APPROVED for one in named)


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


def uses_of(session: Session, provider: str) -> dict[str, datetime]:
    """Return when each template of a provider went out last, as far as it was noted."""
    noted = select(TemplateUse.template, TemplateUse.used_at).where(TemplateUse.provider == provider)
    return {row.template: row.used_at for row in session.execute(noted)}


def bookkeeping(sender: "Sender") -> list[Callable[[], None]]:
    """Return what has to run so that the books are kept."""
    return [Bookkeeper(sender).run]
