"""Asks providers what became of messages that may be out, so that nothing is sent again blindly."""

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

import eventlet
import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.chassis.database import is_contention, is_outage
from services.chassis.refusals import NoAnswer
from services.notify.channels.asking import UNSAID, CanBeAsked, Question, Word
from services.notify.channels.providers import Line, Provider
from services.notify.usecases.asking import Doubt, doubts_to_ask, put_off, settle
from services.notify.usecases.overdue_receipts import overdue_to_ask, settle_overdue

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds between two looks for doubts."""

LONGEST = 60.0
"""Seconds for the questions of one look; who does not get a turn is asked at the next."""


class Inquirer:
    """Settles the doubts of one provider, for as long as the sender is at work."""

    def __init__(self, sender: "Sender", line: Line, provider: Provider) -> None:
        """Take the sender whose doubts they are, and the provider."""
        self._sender, self._line, self._provider = sender, line, provider

    def run(self) -> None:
        """Ask for ever; no connection of the database is held meanwhile."""
        while not self._sender.is_stopping:
            watch = self._sender.patient_watch()
            try:
                done = self._ask_once()
            except SQLAlchemyError as fault:
                log.warning("doubts_unreachable", channel=self._line.name, fault=type(fault).__name__)
                done = False
            except Exception:  # a fault of ours here must not end the service
                log.exception("doubts_not_asked", channel=self._line.name)
                done = False
            if not done:
                watch.rest(LOOK_EVERY)

    def _ask_once(self) -> bool:
        """Ask about what is due; say whether there was anything."""
        doubted = self._ask_about(doubts_to_ask, settle)
        late = self._ask_about(overdue_to_ask, settle_overdue)
        return bool(doubted or late)

    def _ask_about(self, choose: Callable[..., list[Doubt]], conclude: Callable[..., int]) -> int:
        """Ask about what `choose` finds and let `conclude` settle it; return how many there were."""
        sender, name = self._sender, self._provider.channel.provider
        with sender.workshop.open() as work:
            doubts = choose(work.session, sender.ways, self._line.name, name, clock.now())
        if not doubts:
            return 0
        words = self._ask(doubts)
        asked = [doubt for doubt in doubts if doubt.delivery_id in words]
        unasked = [doubt for doubt in doubts if doubt.delivery_id not in words]
        settled = self._write_down(partial(conclude, asked=asked, words=words), unasked)
        log.info("doubts_asked", channel=self._line.name, provider=name, asked=len(asked), settled=settled)
        if settled:
            sender.nudge()
        return len(asked)

    def _write_down(self, conclude: Callable[..., int], unasked: Sequence[Doubt]) -> int:
        """Write down what was heard, however long the database takes: nobody asks for it again."""
        sender = self._sender
        while True:
            try:
                with sender.workshop.open() as work:
                    settled = conclude(work.session, sender.ways, now=clock.now())
                    put_off(work.session, unasked, clock.now())
                return settled
            except (SQLAlchemyError, NoAnswer) as fault:
                passes = isinstance(fault, NoAnswer) or is_outage(fault) or is_contention(fault)
                if sender.is_stopping or not passes:
                    raise
                log.warning("words_wait_for_database", channel=self._line.name, fault=type(fault).__name__)
                sender.pause(1)

    def _ask(self, doubts: Sequence[Doubt]) -> dict[UUID, Word]:
        """Ask one by one, for as long as there is time; return the word on each that got a turn."""
        words: dict[UUID, Word] = {}
        ends_at = monotonic() + LONGEST
        for doubt in doubts:
            left = ends_at - monotonic()
            if left <= 0:
                break
            words[doubt.delivery_id] = UNSAID
            try:
                with eventlet.Timeout(left, False):
                    words[doubt.delivery_id] = self._ask_one(doubt)
            except Exception:  # that one question goes wrong must not cost the answers to the others
                log.exception("question_failed", delivery=str(doubt.delivery_id), channel=self._line.name)
        return words

    def _ask_one(self, doubt: Doubt) -> Word:
        channel = self._provider.channel
        if not doubt.sealed or not isinstance(channel, CanBeAsked):
            return UNSAID  # of a secret that was forgotten there is nothing left to ask with
        address = self._sender.workshop.seals.open(doubt.sealed)
        question = Question(doubt.delivery_id, address, doubt.reference, doubt.at)
        return channel.ask([question]).get(doubt.delivery_id, UNSAID)


def inquiries(sender: "Sender") -> list[Callable[[], None]]:
    """Return what has to run so that every provider that can be asked is asked."""
    return [
        Inquirer(sender, line, provider).run
        for line in sender.lines.values()
        for provider in line.providers
        if isinstance(provider.channel, CanBeAsked)
    ]
