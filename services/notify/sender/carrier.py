"""The carriers of the sender: each borrows what is due in its lanes of a channel, sends it and records it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import eventlet
import msgspec
import structlog
from eventlet.greenpool import GreenPool
from eventlet.semaphore import Semaphore
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from services.chassis import clock
from services.chassis.crashing import crash_point
from services.chassis.database import at_once, in_chunks, is_contention, is_outage
from services.chassis.refusals import NoAnswer
from services.notify.channels.providers import AT_ONCE, Line, Provider
from services.notify.domain import Bucket, Outcome, TopicClass, Verdict
from services.notify.measures import TURNED_AWAY
from services.notify.sender.errand import Errand, Terms
from services.notify.usecases import Lent, Loan, Result, lend, record
from services.notify.usecases.accounts import let_rest, stop, wake
from services.notify.usecases.handing_on import hand_on

if TYPE_CHECKING:
    from services.notify.sender import Sender, Watch

log = structlog.get_logger(__name__)

URGENT = (TopicClass.URGENT.lane, TopicClass.URGENT.lane)

OTHERS = (TopicClass.SERVICE.lane, TopicClass.MARKETING.lane)

GATHER = 0.1
"""Seconds for which what is not urgent waits for company, to be lent in one look."""

NOTHING = Lent([], is_all=True)


class Carrier:
    """Carries the deliveries of some lanes of one channel, as many calls at once as the provider allows."""

    def __init__(self, sender: "Sender", line: Line, lanes: tuple[int, int]) -> None:
        """Take whose deliveries to carry, through which channel, of the lanes from the first to the last."""
        self._sender, self._line, self._lanes = sender, line, lanes
        self._lease = sender.lease
        self._hands = Semaphore(line.concurrency)
        self._pool = GreenPool(line.concurrency)
        self._finished: list[Result] = []
        self._pen = Semaphore(1)
        self._weight = 1.0  # SMS parts that a delivery of late consisted of

    def run(self) -> None:
        """Carry what is due until the sender stops, and finish what is under way."""
        while not self._sender.is_stopping:
            watch = self._sender.watch(self._lanes)
            hands = self._free_hands()
            provider = self._line.choose(clock.now())
            most = provider.channel.batch * min(hands, provider.channel.concurrency) if provider else 0
            terms = self._terms(self._weight)
            lent = self._borrow(provider, most, terms.weight) if provider else NOTHING
            if provider:
                for batch in in_chunks(lent.loans, provider.channel.batch):
                    self._pool.spawn_n(self._carry, provider, batch, terms)
                    hands -= 1
            self._let_go(hands)
            self._rest(watch, provider, lent)
        self._pool.waitall()

    def _rest(self, watch: "Watch", provider: Provider | None, lent: Lent) -> None:
        """Look again at once where more is due, in a moment where the rate of the account allows no more."""
        if provider and lent.rests_for:
            provider.rest(clock.now() + timedelta(seconds=lent.rests_for))
        bucket = self._bucket(provider, self._weight) if provider else None
        if bucket and lent.is_held_back and not lent.rests_for:
            self._sender.pause(bucket.patience)
        elif lent.is_all or lent.rests_for:
            watch.rest(self._sender.settings.look_every)
            eventlet.sleep(0 if self._lanes == URGENT else GATHER)

    def _bucket(self, provider: Provider, weight: float) -> Bucket | None:
        """Return the bucket from which deliveries are lent; none where the channel takes turns by itself."""
        limits = self._sender.limits[provider.channel.provider]
        return None if limits.are_of_calls else limits.bucket(weight)

    def _free_hands(self) -> int:
        """Wait for a free hand; return how many are free: what is borrowed is sent at once, never hoarded."""
        self._hands.acquire()
        hands = 1
        while self._hands.acquire(blocking=False):
            hands += 1
        return hands

    def _let_go(self, hands: int) -> None:
        for _ in range(hands):
            self._hands.release()

    def _borrow(self, provider: Provider, most: int, weight: float) -> Lent:
        channel = provider.channel
        try:
            with at_once(self._sender.workshop.engine).connect() as connection:
                if not self._sender.has_accounts:
                    self._sender.open_accounts(connection)
                return lend(
                    connection,
                    channel=self._line.name,
                    provider=channel.provider,
                    lanes=self._lanes,
                    most=most,
                    lease=self._lease,
                    now=clock.now(),
                    bucket=self._bucket(provider, weight),
                    weight=weight,
                    address=self._line.address,
                    manners=self._sender.ways.manners,
                    costs=channel.provider in self._sender.ways.prices.of,
                )
        except SQLAlchemyError as fault:
            log.warning("deliveries_unreachable", channel=self._line.name, fault=type(fault).__name__)
        except Exception:  # a fault of ours here must not end the service
            log.exception("deliveries_not_lent", channel=self._line.name)
        return NOTHING

    def _terms(self, weight: float) -> Terms:
        """Return the terms of what is lent next, made before: the table never ends a lease earlier."""
        return Terms(weight, monotonic() + self._lease.total_seconds())

    def _carry(self, provider: Provider, loans: Sequence[Loan], terms: Terms) -> None:
        try:
            crash_point("after_lease")
            self._carry_through([provider], loans, terms)
        except Exception:  # the lease runs out and housekeeping takes it from there
            log.exception("deliveries_dropped", channel=self._line.name)
        finally:
            self._hands.release()

    def _carry_through(self, tried: Sequence[Provider], loans: Sequence[Loan], terms: Terms) -> None:
        """Carry loans through the last of `tried`; what it lacks the words for is handed on."""
        provider = tried[-1]
        rested_until = provider.rests_until
        errand = Errand(self._sender, self._line, provider, loans, terms)
        results = errand.run()
        self._weight = errand.weight or self._weight
        crash_point("after_send")
        self._share(provider, results, rested_until)
        turned_away = [result for result in results if result.outcome.verdict is Verdict.ELSEWHERE]
        self._record([result for result in results if result.outcome.verdict is not Verdict.ELSEWHERE])
        if turned_away:
            self._cry_out(provider, turned_away)
            self._hand_on(tried, turned_away)

    def _hand_on(self, tried: Sequence[Provider], turned_away: Sequence[Result]) -> None:
        """Let the next provider of the channel try; where there is none, the next channel follows."""
        now = clock.now()
        other = self._line.next_after(tried, now)
        if other is None:
            self._record(_told(turned_away, lambda outcome: self._line.turned_away(outcome, tried, now)))
            return
        for batch in in_chunks(turned_away, other.channel.batch):
            terms = self._terms(0.0)
            loans = self._lend_on(other, batch)
            if loans:
                self._carry_through([*tried, other], loans, terms)

    def _lend_on(self, other: Provider, batch: Sequence[Result]) -> list[Loan]:
        """Return what is lent to another provider; where the lease is over, the no ends the doubt it left."""
        try:
            with self._sender.workshop.open() as work:
                loans = hand_on(work.session, batch, other.channel.provider, self._lease)
        except SQLAlchemyError as fault:
            log.warning("deliveries_not_handed_on", channel=self._line.name, fault=type(fault).__name__)
            self._record(_told(batch, lambda outcome: replace(outcome, verdict=Verdict.WAIT, after=AT_ONCE)))
            return []
        lent = {loan.delivery_id for loan in loans}
        self._record([result for result in batch if result.loan.delivery_id not in lent])
        return loans

    def _cry_out(self, provider: Provider, turned_away: Sequence[Result]) -> None:
        """Count what a provider lacks the words for, and say so once: a template may have lapsed there."""
        named = {"channel": self._line.name, "provider": provider.channel.provider}
        for result in turned_away:
            topic, code = result.loan.topic, result.outcome.code
            TURNED_AWAY.labels(named["channel"], named["provider"], topic).inc()
            if provider.begins_to_lack(topic, code):
                log.error("provider_lacks_words", topic=topic, code=code, **named)

    def _share(self, provider: Provider, results: Sequence[Result], rested_until: datetime | None) -> None:
        """Tell the other processes that the account rests or takes again, operators that it is refused."""
        name, now = provider.channel.provider, clock.now()
        rests_until = provider.rests_until if provider.rests_until != rested_until else None
        has_woken = provider.has_woken(rested_until, [result.outcome for result in results], now)
        stops = [result.outcome.code for result in results if result.outcome.verdict is Verdict.STOP]
        if rests_until is None and not has_woken and not stops:
            return
        try:
            with at_once(self._sender.workshop.engine).connect() as connection:
                if rests_until is not None:
                    let_rest(connection, name, rests_until, now)
                if stops:
                    stop(connection, name, stops[-1], now)
                if has_woken:
                    wake(connection, name, now)
        except SQLAlchemyError as fault:  # they are told by the provider itself
            log.warning("account_not_shared", provider=name, fault=type(fault).__name__)

    def _record(self, results: list[Result]) -> None:
        """Write the outcomes down, together with those of calls that end meanwhile; return when done."""
        self._finished += results
        with self._pen:  # whoever gets it writes for all who wait
            gathered, self._finished = self._finished, []
            if gathered:
                self._write_down(gathered)

    def _write_down(self, results: list[Result], is_repeat: bool = False) -> None:
        """Write outcomes down, however long the database takes; one that it refuses harms no other.

        When it goes away during the commit they may be written down already, and are repeated with care.
        """
        while True:
            try:
                self._write_at_once(results, is_repeat)
                return
            except (SQLAlchemyError, NoAnswer) as fault:
                is_repeat = is_repeat or isinstance(fault, NoAnswer)
                is_ours = isinstance(fault, DBAPIError) and not (is_outage(fault) or is_contention(fault))
                if is_ours and len(results) == 1:
                    log.exception("outcome_unwritable", delivery=str(results[0].loan.delivery_id))
                    return
                if is_ours:
                    break
                log.warning("outcomes_wait_for_database", number=len(results), fault=type(fault).__name__)
                eventlet.sleep(1)
        for result in results:
            self._write_down([result], is_repeat)

    def _write_at_once(self, results: list[Result], is_repeat: bool) -> None:
        jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
        with self._sender.workshop.open() as work:
            sender = self._sender
            terms = (sender.ways, sender.policy, results, clock.now(), jitter)
            record(work.session, *terms, is_repeat=is_repeat)


def _told(results: Sequence[Result], means: Callable[[Outcome], Outcome]) -> list[Result]:
    """Return the results with what their outcomes mean."""
    return [msgspec.structs.replace(result, outcome=means(result.outcome)) for result in results]
