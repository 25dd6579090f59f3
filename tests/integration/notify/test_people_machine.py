"""Any order of decisions, hours, tries and crashes: nobody is told who does not want it, none is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from services.chassis.clock import SimulatedClock
from services.claims.contracts import ClaimsDueSoon
from services.notify import queries, usecases
from services.notify.channels.replies import Reply
from services.notify.contracts import LiftSuppression, SuppressAddress, TakeReplies
from services.notify.domain import (
    TOPICS,
    Hours,
    Outcome,
    RetryPolicy,
    Topic,
    TopicClass,
    Verdict,
    is_unavoidable,
)
from services.notify.domain.quiet import said_as
from services.notify.models import Delivery, Message
from services.notify.usecases import Loan, Result, merge_digests, record
from services.wishes.contracts import WishesSubmitted
from tests.support.notify import OPERATOR, TEMPLATES, House
from tests.support.notify_gate import POLITE, at, decide, lent, polite
from tests.support.notify_people import a_code, a_member, a_reminder, a_resident
from tests.support.notify_sending import a_release, later, taken_in

PHONE, MAIL = "+8613900000000", "wang@example.org"
TOKEN = "an-address-that-nobody-can-guess"
CHANNELS = ("sms", "email")

OUTCOMES = {
    "accepted": Outcome(Verdict.ACCEPTED, "ok"),
    "refused": Outcome(Verdict.PERMANENT, "no"),
    "busy": Outcome(Verdict.RETRY, "busy"),
    "patience": Outcome(Verdict.WAIT, "later"),
    "opted_out": Outcome(Verdict.OPTED_OUT, "blacklisted"),
    "mute": Outcome(Verdict.AMBIGUOUS, "timeout"),
}

TOLD = st.sampled_from(["due_soon", "release", "code", "received"])
SWITCHES = st.sampled_from(["claim_due_soon:sms", "claim_due_soon:email", "release_digest:sms"])
MINUTES = st.integers(0, 47).map(lambda half: half * 30)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), TOLD),
        st.tuples(st.just("tell"), TOLD),
        st.tuples(st.just("send"), st.sampled_from(sorted(OUTCOMES))),
        st.tuples(st.just("send"), st.just("accepted")),
        st.tuples(st.just("crash"), st.just("")),
        st.tuples(st.just("switch_off"), SWITCHES),
        st.tuples(st.just("decline"), st.booleans()),
        st.tuples(st.just("digest"), st.booleans()),
        st.tuples(st.just("quiet"), st.tuples(MINUTES, MINUTES)),
        st.tuples(st.just("reply"), st.sampled_from(["TD", "谢谢"])),
        st.tuples(st.just("suppress"), st.sampled_from([PHONE, MAIL])),
        st.tuples(st.just("lift"), st.sampled_from([PHONE, MAIL])),
        st.tuples(st.just("wait"), st.sampled_from([1, 45, 200, 400, 700])),
        st.tuples(st.just("wait"), st.sampled_from([200, 700])),
    ),
    min_size=4,
    max_size=22,
)


class Replier:
    """A provider that pushes answers."""

    receipt_token: str | None = TOKEN

    def read_replies(self, replies: Sequence[Mapping[str, Any]]) -> list[Reply]:
        return [Reply(PHONE, said["text"]) for said in replies]


@dataclass
class Decided:
    """What the test itself believes of the wishes of the one person it is about."""

    off: set[str] = field(default_factory=set)
    invitations: bool = True
    quiet: Hours = POLITE.quiet
    suppressed: set[str] = field(default_factory=set)  # channels
    held_back: set[str] = field(default_factory=set)  # by the provider itself


class Street:
    """One member, who is a resident with the same phone too, and everything that can happen to them."""

    def __init__(self, house: House, hands: SimulatedClock) -> None:
        self.house, self.hands, self.policy = polite(house), hands, RetryPolicy(tries=3)
        at(hands, "16:00")
        self.member = a_member(house.seals, phone=PHONE, email=MAIL)
        self.resident = a_resident(house.seals, phone=PHONE)
        house.knows(members=[self.member], residents=[self.resident])
        self.decided = Decided()
        self.reached: dict[UUID, int] = {}

    # -- what happens

    def tell(self, what: str) -> None:
        house, member = self.house, self.member
        if what == "due_soon":
            house.hear(ClaimsDueSoon(claims=[a_reminder(member.id, 3)]), usecases.tell_of_claims_due_soon)
        elif what == "release":
            house.hear(a_release(), usecases.tell_of_release)
        elif what == "code":
            house.hear(a_code(house.seals, member.id), usecases.tell_of_sign_in_code)
        else:
            taken = WishesSubmitted(wishes=[taken_in(house, self.resident.id)])
            house.hear(taken, usecases.tell_of_wishes_submitted)

    def send(self, fate: str) -> None:
        for channel in CHANNELS:
            for loan in self._lent(channel):
                outcome = OUTCOMES[fate]
                if fate in {"accepted", "mute"}:  # a timeout may hide that it arrived
                    self._reach(loan)
                if fate == "opted_out":
                    self.decided.held_back.add(channel)
                with self.house.workshop.open() as work:
                    result = Result(loan, outcome, self.hands.now(), 1)
                    record(work.session, self.house.ways, self.policy, [result], self.hands.now(), 0.0)

    def crash(self, _: str) -> None:
        """A sender takes what is due and is never heard of again; nothing went out."""
        for channel in CHANNELS:
            self._lent(channel)
        ended = "UPDATE notify.delivery SET leased_until = now() - interval '1 s' WHERE state = 'sending'"
        with self.house.workshop.open() as work:
            work.session.execute(text(ended))
        self.house.keep()

    def switch_off(self, switch: str) -> None:
        self.decided.off.add(switch)
        decide(self.house, member_id=self.member.id, off=(switch,))

    def decline(self, invitations: bool) -> None:
        self.decided.invitations = invitations
        decide(self.house, member_id=self.member.id, wants_invitations=invitations)

    def digest(self, wanted: bool) -> None:
        decide(self.house, member_id=self.member.id, wants_digest=wanted)

    def quiet(self, hours: tuple[int, int]) -> None:
        self.decided.quiet = Hours(*hours)
        begins, ends = map(said_as, hours)
        decide(self.house, member_id=self.member.id, quiet_from=begins, quiet_to=ends)

    def reply(self, words: str) -> None:
        command = TakeReplies(provider="p", token=TOKEN, replies=[{"text": words}])
        self.house.workshop.run(command, partial(usecases.take_replies, {"p": Replier()}))
        if words == "TD":
            self.decided.suppressed.add("sms")

    def suppress(self, contact: str) -> None:
        command = SuppressAddress(by=OPERATOR, contact=contact)
        self.house.workshop.run(command, usecases.suppress_address)
        self.decided.suppressed.add(_channel_of(contact))

    def lift(self, contact: str) -> None:
        command = LiftSuppression(by=OPERATOR, contact=contact)
        self.house.workshop.run(command, usecases.lift_suppression)
        self.decided.suppressed.discard(_channel_of(contact))
        self.decided.held_back.discard(_channel_of(contact))

    def wait(self, minutes: int) -> None:
        later(self.hands, minutes=minutes)
        self.house.keep()
        with self.house.workshop.open() as work:
            merge_digests(work, self.house.ways, TEMPLATES, self.hands.now())

    # -- what must hold

    def check(self) -> None:
        """Check that nothing is lost, nobody told twice, and whatever is left waits for a time of its own."""
        assert all(times == 1 for times in self.reached.values())
        with self.house.workshop.open() as work:
            standing = queries.count_messages(work.session)
            listed = select(Delivery.state, Delivery.due_at, Delivery.leased_until)
            waiting = [row for row in work.session.execute(listed) if row.state in {"planned", "sending"}]
            merged = select(Message.id).where(Message.merged_into.is_not(None))
            told_apart = select(Delivery.id).where(Delivery.message_id.in_(merged))
            assert work.session.execute(told_apart).first() is None
        assert (standing.lost, standing.duplicates) == (0, 0)
        ended = standing.accepted + standing.failed + standing.unknown
        sums = ended + standing.in_doubt + standing.under_way
        assert standing.due == sums
        assert all(row.due_at or row.leased_until for row in waiting)

    def ends(self) -> None:
        """Check that in the end every message has ended."""
        for _ in range(17):  # more than the week for which the longest of them is worth saying
            self.wait(660)
            self.send("accepted")
        with self.house.workshop.open() as work:
            standing = queries.count_messages(work.session)
        assert (standing.under_way, standing.in_doubt) == (0, 0)
        assert standing.accepted + standing.failed + standing.unknown == standing.due

    def _lent(self, channel: str) -> list[Loan]:
        loans = lent(self.house, channel)
        for loan in loans:
            self._may_go(channel, loan.topic, self.hands.now())
        return loans

    def _may_go(self, channel: str, topic: Topic, now: datetime) -> None:
        decided, topic_class = self.decided, TOPICS[topic].topic_class
        assert channel not in decided.held_back
        is_own = topic in {Topic.CLAIM_DUE_SOON, Topic.RELEASE_DIGEST, Topic.DAILY_DIGEST}
        if not is_unavoidable(topic):
            assert channel not in decided.suppressed
        assert f"{topic}:{channel}" not in decided.off
        if topic_class is TopicClass.MARKETING:
            assert decided.invitations
            assert POLITE.no_invitations.minutes_left(POLITE.minute(now)) == 0
        if topic_class is not TopicClass.URGENT and channel == "sms":
            hours = decided.quiet if is_own else POLITE.quiet
            assert hours.minutes_left(POLITE.minute(now)) == 0

    def _reach(self, loan: Loan) -> None:
        with self.house.workshop.open() as work:
            named = select(Message.id).join(Delivery, Delivery.message_id == Message.id)
            message = work.session.execute(named.where(Delivery.id == loan.delivery_id)).scalar_one()
        if loan.topic in {
            Topic.CLAIM_DUE_SOON,
            Topic.RELEASE_DIGEST,
        }:  # the others would rather be said twice
            self.reached[message] = self.reached.get(message, 0) + 1


def _channel_of(contact: str) -> str:
    return "email" if "@" in contact else "sms"


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_nobody_is_told_against_their_will_and_nothing_is_lost_in_whatever_order(
    house: House, simulated_clock: SimulatedClock, steps: list[tuple[str, object]]
) -> None:
    with house.workshop.open() as work:  # the next example begins with an empty street
        tables = "message, delivery, attempt, recipient, preference, switched_off, suppression"
        named = ", ".join(f"notify.{table}" for table in tables.split(", "))
        work.session.execute(text(f"TRUNCATE {named} CASCADE"))
    street = Street(house, simulated_clock)
    for step, how in steps:
        getattr(street, step)(how)
        street.check()
    street.ends()
    street.check()


def test_a_gate_that_is_left_open_would_be_noticed(house: House, simulated_clock: SimulatedClock) -> None:
    """The control: the number is on the list, and the sender looks at no list."""
    street = Street(house, simulated_clock)
    street.tell("due_soon")
    street.decided.suppressed.add("sms")

    with pytest.raises(AssertionError):
        street.send("accepted")


def test_a_night_that_is_not_observed_would_be_noticed(house: House, simulated_clock: SimulatedClock) -> None:
    street = Street(house, simulated_clock)
    street.tell("due_soon")
    polite(house, type(POLITE)())
    at(simulated_clock, "23:00")

    with pytest.raises(AssertionError):
        street.send("accepted")
