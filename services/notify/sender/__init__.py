"""The sender: borrows deliveries in a short transaction, sends them holding none, records them in another.

Every channel has two carriers, one for the urgent lane and one for the others, each with its own places, so
that a burst of invitations never stands in the way of a security code.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import eventlet
import structlog
from eventlet.event import Event
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.chassis.work import Work, Workshop
from services.chassis.work_provider import SettingsProvider
from services.notify.channels.providers import (
    carried_by,
    carriers_of,
    check_plans,
    hearing_of,
    let_take_turns,
    limits_of,
    lines_of,
    places_of,
    prices_of,
    receivers_of,
    repliers_of,
)
from services.notify.sender.auditor import Auditor
from services.notify.sender.bookkeeper import bookkeeping, learn_uses
from services.notify.sender.carrier import OTHERS, URGENT, Carrier
from services.notify.sender.inquirer import inquiries
from services.notify.sender.packing import Packer
from services.notify.sender.speeds import speeds_of
from services.notify.sender.turns import SharedTurns
from services.notify.sender.watchman import watching
from services.notify.settings import NotifySettings
from services.notify.templates import Words
from services.notify.templates.wordings import Wordings
from services.notify.usecases import (
    Ways,
    end_stops,
    index_recipients,
    keep_house,
    merge_digests,
    settle_early,
    tell_of_stops,
    warn_of_budgets,
)
from services.notify.usecases.accounts import open_accounts
from services.notify.usecases.aside import what_lies_aside
from services.notify.usecases.broadcasting import tell_further
from services.notify.usecases.bursts import let_go

log = structlog.get_logger(__name__)

Done = TypeVar("Done")

KEEP_HOUSE_EVERY = 5.0
"""Seconds between two rounds of housekeeping."""

HANDS_WATCHED_EVERY = 0.02
"""Seconds between two glances at a simulated clock; they cost no look into the tables."""

HANDS_SETTLE = 0.2
"""Seconds for which whoever moves the hands of a simulated clock may move them again before house is kept."""

ENDS_WITHIN = 10.0
"""Seconds for what is under way to be recorded when the service stops."""


class Sender:
    """Carries what is due to the channels, for as long as it is told to."""

    def __init__(self, workshop: Workshop, settings: NotifySettings, site: str) -> None:
        """Take the workshop of notify, its settings and the address of the site for the texts."""
        self.workshop, self.settings, self.policy = workshop, settings, settings.policy()
        self.lease = timedelta(seconds=settings.lease)
        self.lines = lines_of(settings)
        check_plans(settings.plans, self.lines)
        self.words, self.wordings = Words(site), Wordings()
        self.packer = Packer(self.words, self.wordings, workshop.seals)
        addresses = {name: line.address for name, line in self.lines.items()}
        self.ways = Ways(
            addresses,
            settings.plans,
            self.words.versions,
            settings.manners(workshop.zone),
            prices_of(settings, self.lines, workshop.zone.key),
            hearing_of(self.lines),
            carriers_of(self.lines),
            places=places_of(self.lines),
            burst_from=settings.burst_from,
            bursts_wait=settings.bursts_wait,
            at_once=settings.at_once,
            asks_since=clock.now(),
        )
        self.receivers, self.repliers = receivers_of(self.lines), repliers_of(self.lines)
        self.awaited = frozenset(self.ways.hearing)
        self.limits = limits_of(self.lines)
        self.turns = let_take_turns(self.lines, lambda name: SharedTurns(workshop, name, self._stand))
        self.speeds = speeds_of(self.lines, self.words)
        self.has_accounts = self.is_stopping = False
        self._bells = {URGENT: Event(), OTHERS: Event()}
        self._closing = Event()

    def runs(self) -> list[Callable[[], None]]:
        """Return what has to run, each in a thread of its own, until `stop`."""
        carriers = [Carrier(self, line, lanes) for line in self.lines.values() for lanes in (URGENT, OTHERS)]
        beside = [*inquiries(self), *watching(self), *bookkeeping(self), Auditor(self).run]
        return [*(carrier.run for carrier in carriers), *beside, self._keep_house, self._go_on_in_pieces]

    def nudge(self) -> None:
        """Look at once: something was committed."""
        self.nudge_others()
        self._ring(URGENT)

    def nudge_others(self) -> None:
        """Look at once at what is not urgent: something was committed, and nothing of it is."""
        self._ring(OTHERS)

    def _ring(self, lanes: tuple[int, int]) -> None:
        rung, self._bells[lanes] = self._bells[lanes], Event()
        rung.send(None)

    def stop(self) -> None:
        """Take nothing more; what is under way is finished and recorded."""
        self.is_stopping = True
        self.nudge()
        if not self._closing.ready():
            self._closing.send(None)

    def close(self) -> None:
        """Let go of the channels' connections."""
        for line in self.lines.values():
            line.close()

    def open_accounts(self, connection: Connection) -> None:
        """See to it that every account has the row by which processes share it, and knows its templates."""
        open_accounts(
            connection, [one.channel.provider for line in self.lines.values() for one in line.providers]
        )
        learn_uses(connection, self, clock.now())
        self.has_accounts = True

    def watch(self, lanes: tuple[int, int]) -> "Watch":
        """Return what tells that a look is worth while; taken before one, so that nothing is missed."""
        return Watch(self._bells[lanes])

    def patient_watch(self) -> "Watch":
        """Return what tells only of the end, or of a simulated clock: for what is looked at now and then."""
        return Watch(self._closing)

    def pause(self, seconds: float) -> None:
        """Return after so many seconds of the host, whatever a simulated clock says, or at the end."""
        with eventlet.Timeout(seconds, False):
            self._closing.wait()

    def _stand(self, seconds: float) -> bool:
        """Stand for so many seconds, or until the end; say whether it has come."""
        self.pause(seconds)
        return self.is_stopping

    def _keep_house(self) -> None:
        """Keep house for ever; in simulated time whenever somebody moves the hands of the clock."""
        while not self.is_stopping:
            watch = self.patient_watch()
            done = self._put_in_order(clock.now())
            if done:
                log.info("house_kept", put_right=done)
                self.nudge()
            watch.rest(KEEP_HOUSE_EVERY)
            eventlet.sleep(HANDS_SETTLE if clock.is_simulated() else 0)

    def _go_on_in_pieces(self) -> None:
        """Write what a whole city is told, and let go what was held back of it: piece by piece, for ever."""
        while not self.is_stopping:
            watch = self.watch(OTHERS)
            told = self._do(lambda work: tell_further(work.session, self.ways, clock.now()))
            let = self._do(lambda work: let_go(work.session, clock.now(), self.ways.at_once))
            if told or let:
                self.nudge_others()
            else:
                watch.rest(KEEP_HOUSE_EVERY)

    def _put_in_order(self, now: datetime) -> int:
        """Put right what time or a crash left behind, and what lies aside; return how much that was."""
        kept = self._do(
            lambda work: (
                keep_house(work.session, self.ways, self.policy, now),
                what_lies_aside(work.session),
            )
        )
        if kept is None:
            return 0
        done, aside = kept
        return done + sum(self._do(step) or 0 for step in self._steps(aside, now))

    def _steps(self, aside: Any, now: datetime) -> Iterator[Callable[[Work], int]]:
        """Yield what else there is to do, each in a work of its own: a fault keeps nothing waiting."""
        if aside.early_receipts:
            yield lambda work: settle_early(work, self.ways, self.lease, now)
        if aside.not_indexed:
            yield index_recipients
        if aside.stopped_accounts:
            carried = carried_by(self.lines)
            yield lambda work: end_stops(work, carried, now)
            yield lambda work: tell_of_stops(work, self.ways, carried, now)
        if aside.gathered:
            yield lambda work: merge_digests(work, self.ways, self.words, now)
        if self.ways.prices.of:
            yield lambda work: warn_of_budgets(work, self.ways, now)

    def _do(self, step: Callable[[Work], Done]) -> Done | None:
        """Do one thing in a work; return what came of it, or None where it failed."""
        try:
            with self.workshop.open() as work:
                return step(work)
        except SQLAlchemyError as fault:
            log.warning("housekeeping_interrupted", fault=type(fault).__name__)
        except Exception:  # a fault of ours here must not end the service
            log.exception("housekeeping_failed")
        return None


class Watch:
    """Waits for a nudge, or for somebody to move the hands of a simulated clock."""

    def __init__(self, bell: Event) -> None:
        self._bell, self._seen = bell, clock.now()

    def rest(self, seconds: float) -> None:
        """Return when something happened, at the latest after so many seconds of the host."""
        with eventlet.Timeout(seconds, False):
            if not clock.is_simulated():
                self._bell.wait()
            while clock.now() == self._seen and not self._bell.ready():
                eventlet.sleep(HANDS_WATCHED_EVERY)


class SenderProvider(SettingsProvider):
    """Runs the sender beside the workers and gives it to them, to be nudged: `sender = SenderProvider()`."""

    def __init__(self) -> None:
        """Take the settings of notify."""
        super().__init__(NotifySettings)

    def setup(self) -> None:
        """Prepare the channels; a channel that is described wrongly keeps the service from starting."""
        super().setup()
        house = self.container.config["SETTINGS"]
        workshop = Workshop(house, self.container.service_cls.tables)
        self.sender = Sender(workshop, self._settings, house.public_url)
        self._threads: list[Any] = []

    def start(self) -> None:
        """Start sending."""
        for run in self.sender.runs():
            self._threads.append(self.container.spawn_managed_thread(run, identifier="sender"))

    def stop(self) -> None:
        """Finish what is under way, within reason, and let go of the channels."""
        self.sender.stop()
        with eventlet.Timeout(ENDS_WITHIN, False):
            for thread in self._threads:
                thread.wait()
        self.sender.close()

    def get_dependency(self, worker_ctx: Any) -> Sender:
        """Return the sender."""
        return self.sender


__all__ = ["Sender", "SenderProvider"]
