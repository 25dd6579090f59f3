"""Any order of tries, answers, crashes, questions and receipts: nobody is told twice, and everything ends.

Where silence would be worse, being told twice is not ruled out: but nobody is before the provider was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.claims.contracts import ClaimsDueSoon, DispatchesMoved
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.channels.asking import UNSAID, Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.contracts import TakeReceipts
from services.notify.domain import Hearing, Outcome, RetryPolicy, Risk, Topic, Verdict, asked_after
from services.notify.domain.plans import TOPICS
from services.notify.models import Delivery, Message
from services.notify.usecases import Loan, Result, lend, record
from services.notify.usecases.accounts import let_rest, open_accounts
from services.notify.usecases.asking import Doubt, doubts_to_ask, settle
from services.notify.usecases.calls import begin_call
from tests.support.notify import House
from tests.support.notify_people import a_member, a_reminder, a_step
from tests.support.notify_sending import later

TOKEN = "of-the-tests"
PHONE = "+8613900000000"

CRASHES = ["crash_uncalled", "crash_before", "crash_after"]
FATES = st.sampled_from(["accepted", "refused", "busy", "patience", "opted_out", "mute", "lost", *CRASHES])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), FATES),
        st.tuples(st.just("take_slowly"), st.sampled_from(["accepted", "mute", "lost", "busy"])),
        st.tuples(st.just("stall"), st.sampled_from(["accepted", "mute", "lost", "busy"])),
        st.tuples(st.just("answer"), st.just("")),
        st.tuples(st.just("lease_ends"), st.just("")),
        st.tuples(st.just("ask"), st.just("")),
        st.tuples(st.just("receipt"), st.sampled_from(["arrived", "failed"])),
        st.tuples(st.just("receipt_by_number"), st.sampled_from(["arrived", "failed"])),
        st.tuples(st.just("close"), st.sampled_from(["sms", "email"])),
        st.tuples(st.just("wait"), st.sampled_from(["15", "30", "90", "700"])),
    ),
    max_size=14,
)
TOLD = st.sampled_from([Topic.CLAIM_DUE_SOON, Topic.DISPATCH_PROPOSED, Topic.URGENT_DISPATCH])
HEARD = st.sampled_from([Hearing.ANSWERS, Hearing.ANSWERS, Hearing.RECEIPTS, None])
TABLES = ("message", "delivery", "attempt", "suppression", "account", "call", "early_receipt")
REACHES = frozenset({"accepted", "mute", "crash_after"})
OUTCOMES = {
    "accepted": Outcome(Verdict.ACCEPTED, "ok"),
    "refused": Outcome(Verdict.PERMANENT, "no"),
    "busy": Outcome(Verdict.RETRY, "busy"),
    "patience": Outcome(Verdict.WAIT, "later"),
    "opted_out": Outcome(Verdict.OPTED_OUT, "leave me alone"),
    "mute": Outcome(Verdict.AMBIGUOUS, "timeout"),
    "lost": Outcome(Verdict.AMBIGUOUS, "timeout"),
}


@dataclass
class Provider:
    """The truth: what was taken, and what became of it."""

    receipt_token: str | None = TOKEN
    taken: dict[UUID, str] = field(default_factory=dict)  # by delivery: under way, arrived, failed
    tellings: int = 0
    is_silent: bool = False  # its books say nothing of what is not in them
    is_credulous: bool = False  # says never of what it cannot know

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        return [
            Receipt(Known(report["known"]), PHONE[3:], report["mark"], report["reference"], code="x")
            for report in reports
        ]

    def word(self, doubt: Doubt) -> Word:
        """Tell what is in the books; without the mark of a call nobody can say that it is not."""
        how = self.taken.get(doubt.delivery_id)
        if how is None and self.is_silent:
            return UNSAID
        if how is None:
            return Word(Known.NEVER) if doubt.reference or self.is_credulous else UNSAID
        return Word({"under way": Known.WAITING}.get(how) or Known(how))


def _named(delivery: UUID) -> str:
    """Return what a provider calls a message in its answer and in receipts."""
    return f"sid-{delivery}"


@dataclass
class Doubted:
    """A try of which nobody knows: what must have been asked about it before it may be repeated."""

    since: datetime
    asks: int = 0
    is_disproved: bool = False


class Street:
    """One member with a phone and a mail address, who is to be told, and all that can happen to that."""

    def __init__(
        self,
        house: House,
        clock: SimulatedClock,
        topic: Topic = Topic.CLAIM_DUE_SOON,
        hearing: Hearing | None = Hearing.ANSWERS,
    ) -> None:
        self.house, self.clock, self.policy = house, clock, RetryPolicy()
        self.topic, self.hearing = topic, hearing
        house.ways = usecases.Ways(
            {"sms": AddressKind.PHONE, "email": AddressKind.EMAIL},
            {},
            house.ways.versions,
            hearing={name: hearing for name in ("sms", "email") if hearing},
            carriers={name: [name] for name in ("sms", "email")},
        )
        with house.workshop.open() as work:
            open_accounts(work.session.connection(), ["sms", "email"])
        self.providers = {"sms": Provider(), "email": Provider()}
        self.member = a_member(house.seals, phone=PHONE, email="wang@example.org")
        house.knows(members=[self.member])
        if topic is Topic.CLAIM_DUE_SOON:
            reminder = ClaimsDueSoon(claims=[a_reminder(self.member.id, 3)])
            house.hear(reminder, usecases.tell_of_claims_due_soon)
        else:
            when = {"answer_by": clock.now() + timedelta(days=2)}
            asked = a_step("proposed", self.member.id, None, **when, is_urgent=topic is Topic.URGENT_DISPATCH)
            house.hear(DispatchesMoved(moves=[asked]), usecases.tell_of_dispatches)
        self.slow: list[tuple[str, Loan, str]] = []
        self.stalled: list[tuple[str, Loan, str]] = []
        self.calls: dict[tuple[UUID, int], UUID] = {}
        self.writes_down_calls = True
        self.doubted: dict[UUID, Doubted] = {}
        self.blind: dict[UUID, int] = {}

    def take(self, fate: str) -> None:
        for channel, loan in self._lent():
            if fate == "crash_uncalled" or not self._call(loan):
                continue
            self._reach(channel, loan, fate)
            if fate.startswith("crash"):
                self.doubted[loan.delivery_id] = Doubted(self.clock.now())
            else:
                self._record(loan, fate)

    def take_slowly(self, fate: str) -> None:
        for channel, loan in self._lent():
            if self._call(loan):
                self.slow.append((channel, loan, fate))
                self.doubted[loan.delivery_id] = Doubted(self.clock.now())

    def stall(self, fate: str) -> None:
        """Lend, and let the sender stand still before it calls: it may find its lease over."""
        self.stalled += [(channel, loan, fate) for channel, loan in self._lent()]

    def answer(self, _: str) -> None:
        for channel, loan, fate in self.slow:
            self._reach(channel, loan, fate)
            self._record(loan, fate)
        for channel, loan, fate in self.stalled:
            if self._call(loan):
                self._reach(channel, loan, fate)
                self._record(loan, fate)
        self.slow, self.stalled = [], []

    def lease_ends(self, _: str) -> None:
        ended = text(
            "UPDATE notify.delivery SET leased_until = now() - interval '1 s' WHERE state = 'sending'"
        )
        with self.house.workshop.open() as work:
            work.session.execute(ended)
        self.house.keep()

    def ask(self, _: str) -> None:
        self.wait("130")
        for channel, provider in self.providers.items():
            if self.hearing is not Hearing.ANSWERS:
                continue
            with self.house.workshop.open() as work:
                doubts = doubts_to_ask(work.session, self.house.ways, channel, channel, self.clock.now())
            words = {doubt.delivery_id: provider.word(doubt) for doubt in doubts}
            for doubt in doubts:
                doubted = self.doubted[doubt.delivery_id]
                doubted.asks += 1
                doubted.is_disproved = words[doubt.delivery_id].known is Known.NEVER
            with self.house.workshop.open() as work:
                settle(work.session, self.house.ways, doubts, words, self.clock.now())

    def receipt(self, how: str) -> None:
        """Push the receipts of everything, with the mark that each message was given."""
        for channel, provider in self.providers.items():
            for delivery in list(provider.taken):
                self._push(channel, {"known": self._become(provider, delivery, how), "mark": str(delivery)})

    def receipt_by_number(self, how: str) -> None:
        """Push the receipts of SMS by the names that the answers had, which we may never have heard."""
        provider = self.providers["sms"]
        for delivery in list(provider.taken):
            known = self._become(provider, delivery, how)
            self._push("sms", {"known": known, "reference": _named(delivery)})
        with self.house.workshop.open() as work:
            usecases.settle_early(work, self.house.ways, self.policy.pause, self.clock.now())

    def _become(self, provider: Provider, delivery: UUID, how: str) -> str:
        so_far = provider.taken[delivery]
        provider.taken[delivery] = how if so_far == "under way" else so_far
        return provider.taken[delivery]

    def _push(self, channel: str, report: dict[str, str]) -> None:
        report = {"mark": "", "reference": ""} | report
        told = TakeReceipts(provider=channel, token=TOKEN, reports=[report, report])
        take = partial(usecases.take_receipts, self.house.ways, self.providers)
        self.house.workshop.run_batch([told], take)

    def close(self, channel: str) -> None:
        """Let the account of a channel rest for an hour and a half: urgent and service messages go around."""
        now = self.clock.now()
        with self.house.workshop.open() as work:
            let_rest(work.session.connection(), channel, now + timedelta(minutes=90), now)

    def wait(self, seconds: str) -> None:
        later(self.clock, seconds=int(seconds))
        self.house.keep()

    def check(self) -> None:
        """Check that nobody was told twice, whatever is known of it, and that the tables agree."""
        got = [
            how for provider in self.providers.values() for how in provider.taken.values() if how != "failed"
        ]
        if TOPICS[self.topic].in_doubt is Risk.SILENCE:
            assert len(got) <= 1
            assert all(provider.tellings <= 1 for provider in self.providers.values())
        assert all(times <= self.policy.repeats for times in self.blind.values())
        with self.house.workshop.open() as work:
            mine = select(Delivery.state).join(Message, Message.id == Delivery.message_id)
            states = work.session.execute(mine.where(Message.recipient_id == self.member.id)).scalars().all()
        assert sum(state in {"accepted", "delivered"} for state in states) <= 1

    def ends(self) -> None:
        """Check that with the time everything comes to its end, and that no figure says otherwise."""
        for _ in range(12):
            self.lease_ends("")
            self.ask("")
            self.wait("28800")
            self.take("accepted")
        with self.house.workshop.open() as work:
            figures = queries.count_messages(work.session)
            states = set(work.session.execute(select(Delivery.state)).scalars())
        assert (figures.in_doubt, figures.under_way, figures.lost) == (0, 0, 0)
        assert figures.accepted + figures.failed + figures.unknown == figures.due
        assert not states & {"planned", "sending", "ambiguous"}

    def _lent(self) -> list[tuple[str, Loan]]:
        lent = []
        for channel in self.providers:
            with self.house.workshop.open() as work:
                due = lend(
                    work.session.connection(),
                    channel=channel,
                    provider=channel,
                    lanes=(0, 2),
                    most=5,
                    lease=self.policy.pause,
                    now=self.clock.now(),
                )
            lent += [(channel, loan) for loan in due.loans]
        for _, loan in lent:
            self._may_be_repeated(loan)
        return lent

    def _call(self, loan: Loan) -> bool:
        """Write down that the call about a loan begins; say whether it is still lent to this sender."""
        call = self.calls[loan.delivery_id, loan.attempt] = new_id()
        if not self.writes_down_calls:
            return True
        with self.house.workshop.open() as work:
            return begin_call(work.session.connection(), call, [loan])

    def _may_be_repeated(self, loan: Loan) -> None:
        """Check that a doubt came before its repetition, and questions before a blind one."""
        doubted = self.doubted.pop(loan.delivery_id, None)
        if doubted is None or doubted.is_disproved:
            return
        assert TOPICS[self.topic].in_doubt is Risk.DUPLICATE
        self.blind[loan.delivery_id] = self.blind.get(loan.delivery_id, 0) + 1
        lasted = self.clock.now() - doubted.since
        assert lasted >= self.policy.doubt_of(self.topic, None)
        if self.hearing is Hearing.ANSWERS:
            had_its_time = lasted >= sum(asked_after(self.topic), timedelta(minutes=1))
            assert doubted.asks >= len(asked_after(self.topic)) or had_its_time
            assert doubted.asks >= 1 or lasted >= timedelta(hours=1)

    def _reach(self, channel: str, loan: Loan, fate: str) -> None:
        if fate in REACHES:
            self.providers[channel].taken[loan.delivery_id] = "under way"
            self.providers[channel].tellings += 1

    def _record(self, loan: Loan, fate: str) -> None:
        outcome = OUTCOMES[fate]
        if outcome.verdict is Verdict.AMBIGUOUS:
            outcome = Outcome(outcome.verdict, outcome.code, str(loan.delivery_id))
            self.doubted[loan.delivery_id] = Doubted(self.clock.now())
        else:
            self.doubted.pop(loan.delivery_id, None)
        if outcome.verdict is Verdict.ACCEPTED:
            outcome = Outcome(outcome.verdict, outcome.code, _named(loan.delivery_id))
        call = self.calls[loan.delivery_id, loan.attempt]
        result = Result(loan, outcome, self.clock.now(), 1, call)
        with self.house.workshop.open() as work:
            record(work.session, self.house.ways, self.policy, [result], self.clock.now(), 0.5)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, topic=TOLD, hearing=HEARD, is_silent=st.booleans())
def test_nobody_is_told_twice_and_everything_ends_whatever_happens_in_whatever_order(
    house: House,
    simulated_clock: SimulatedClock,
    steps: list[tuple[str, str]],
    topic: Topic,
    hearing: Hearing | None,
    is_silent: bool,
) -> None:
    street = Street(house, simulated_clock, topic, hearing)
    for provider in street.providers.values():
        provider.is_silent = is_silent
    for step, how in steps:
        getattr(street, step)(how)
        street.check()
    street.ends()
    street.check()
    with house.workshop.open() as work:  # the next example begins with an empty street
        work.session.execute(text(f"TRUNCATE {', '.join(f'notify.{table}' for table in TABLES)} CASCADE"))


def test_a_provider_that_says_never_too_lightly_would_be_noticed(
    house: House, simulated_clock: SimulatedClock
) -> None:
    """The control: the call is under way, its lease ends, and the books are believed before it arrives."""
    street = Street(house, simulated_clock)
    street.providers["sms"].is_credulous = True
    for step, how in [("take_slowly", "accepted"), ("lease_ends", ""), ("ask", ""), ("ask", "")]:
        getattr(street, step)(how)
    street.take("accepted")
    street.answer("")

    with pytest.raises(AssertionError):
        street.check()


def test_a_call_that_is_not_written_down_is_noticed(house: House, simulated_clock: SimulatedClock) -> None:
    """The control: a sender that says nothing of its call is taken for one that had not called yet."""
    street = Street(house, simulated_clock)
    street.writes_down_calls = False
    for step, how in [("take_slowly", "accepted"), ("lease_ends", "")]:
        getattr(street, step)(how)

    with pytest.raises(AssertionError):
        street.take("accepted")


def test_a_repetition_before_the_questions_are_used_up_would_be_noticed(
    house: House, simulated_clock: SimulatedClock
) -> None:
    """The control: the time to ask is cut short after the first of three questions."""
    street = Street(house, simulated_clock, Topic.DISPATCH_PROPOSED)
    street.providers["sms"].is_silent = True
    street.take("lost")
    street.ask("")
    with house.workshop.open() as work:
        work.session.execute(text("UPDATE notify.delivery SET due_at = due_at - interval '1 day'"))
    street.wait("15")

    with pytest.raises(AssertionError):
        street.take("accepted")
