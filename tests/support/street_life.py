"""The street on which the machine of doubts stands: three members, two SMS accounts and a mail server."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Command, new_id
from services.chassis.refusals import Refusal
from services.claims.contracts import ClaimsDueSoon, DispatchesMoved
from services.notify import usecases
from services.notify.domain import (
    TOPICS,
    Hearing,
    Outcome,
    Price,
    Prices,
    RetryPolicy,
    Risk,
    Topic,
    Verdict,
    asked_after,
    is_unavoidable,
)
from services.notify.models import Delivery, Message
from services.notify.usecases import Loan, Result, lend, record
from services.notify.usecases.accounts import open_accounts
from services.notify.usecases.calls import begin_call
from tests.support.notify import House
from tests.support.notify_costs import budget
from tests.support.notify_gate import BOTH
from tests.support.notify_people import a_member, a_reminder, a_step
from tests.support.notify_sending import a_release, later, numbers
from tests.support.street_providers import REACHES, Provider, Taken, named

LINES = {"sms": ("first", "second"), "email": ("smtp",)}
"""The providers of each channel, the best first."""

PRICES = Prices(
    {
        "first": Price(per_part=Decimal("0.04")),
        "second": Price(per_part=Decimal("0.05"), is_due_when_failed=True),
    }
)
PIECE = 2
"""Members whom one piece of a broadcast tells; as many make a burst."""

TABLES = (
    *("message", "delivery", "attempt", "suppression", "switched_off", "account", "call", "early_receipt"),
    *("burst", "broadcast", "budget", "recipient", "preference"),
)
_FORGET = text(f"TRUNCATE street.move, {', '.join(f'notify.{table}' for table in TABLES)} CASCADE")

WATCH = text("""
    CREATE SCHEMA IF NOT EXISTS street;
    CREATE TABLE IF NOT EXISTS street.move (
        id bigserial, delivery_id uuid, tries int, provider text, before text, after text);
    CREATE OR REPLACE FUNCTION street.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO street.move (delivery_id, tries, provider, before, after)
        VALUES (NEW.id, NEW.tries, NEW.provider, OLD.state, NEW.state);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER watched AFTER UPDATE ON notify.delivery
        FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION street.watch();
""")
"""Writes down every move of every delivery, whoever makes it: the tables themselves keep the last state."""


@dataclass
class Doubted:
    """A try of which nobody knows: what must have been asked about it before it may be repeated."""

    provider: str
    since: datetime
    asks: int = 0
    is_disproved: bool = False


@dataclass
class Held:
    """A call whose answer is late, or that a sender has yet to begin."""

    channel: str
    loan: Loan
    fate: str


@dataclass
class Decided:
    """What the people of the street said of being told."""

    left_alone: set[tuple[int, str]] = field(default_factory=set)  # members, channels
    off: set[tuple[int, str, str]] = field(default_factory=set)  # members, topics, channels


class StreetLived:
    """What every move needs."""

    house: House
    hands: SimulatedClock
    began_at: datetime
    policy = RetryPolicy()
    writes_down_calls = True
    """What a control takes away."""

    @staticmethod
    def watch(house: House) -> None:
        """Let every move of every delivery be written down from now on."""
        with house.workshop.engine.begin() as connection:
            connection.execute(WATCH)

    def begin_with(self, topic: Topic, hearing: Sequence[Hearing | None], is_silent: bool) -> None:
        """Begin with an empty street and one occasion; `hearing` is how each provider is heard of."""
        house = self.house
        with house.workshop.open() as work:
            work.session.execute(_FORGET)
            open_accounts(work.session.connection(), [name for line in LINES.values() for name in line])
        self.hands.set(self.began_at)
        self.providers = {one: Provider(one, is_silent=is_silent) for line in LINES.values() for one in line}
        self.hearing = dict(zip(self.providers, hearing, strict=True))
        house.ways = usecases.Ways(
            BOTH,
            {},
            house.ways.versions,
            prices=PRICES,
            hearing={name: heard for name, heard in self.hearing.items() if heard},
            carriers=LINES,
            burst_from=PIECE,
            at_once=PIECE,
        )
        self.members = [
            a_member(house.seals, phone=phone, email=f"{phone[1:]}@example.org") for phone in numbers(0, 3)
        ]
        house.knows(members=self.members)
        budget(house, "1000")
        self.rests: dict[str, datetime] = {}
        self.slow: list[Held] = []
        self.stalled: list[Held] = []
        self.calls: dict[tuple[UUID, int], UUID] = {}
        self.doubted: dict[UUID, Doubted] = {}
        self.blind: dict[UUID, int] = {}
        self.disproved: set[tuple[UUID, int]] = set()
        self.of: dict[UUID, Any] = {}
        self.decided = Decided()
        self.occasions: list[Topic] = []
        self.announce(topic)

    def announce(self, topic: Topic) -> None:
        """Let something happen that members are to be told of: all of them of a release, else the first."""
        house, first = self.house, self.members[0].id
        self.occasions.append(topic)
        if topic is Topic.RELEASE_DIGEST:
            house.hear(a_release(), usecases.tell_of_release)
        elif topic is Topic.CLAIM_DUE_SOON:
            house.hear(ClaimsDueSoon(claims=[a_reminder(first, 3)]), usecases.tell_of_claims_due_soon)
        else:
            when = {"answer_by": self.hands.now() + timedelta(days=2)}
            asked = a_step("proposed", first, None, **when, is_urgent=topic is Topic.URGENT_DISPATCH)
            house.hear(DispatchesMoved(moves=[asked]), usecases.tell_of_dispatches)

    # -- what a sender does

    def lent(self) -> Iterator[tuple[str, Loan]]:
        """Yield what is lent now of every channel, through its best provider that is awake."""
        for channel in LINES:
            provider = self.next_after((), channel)
            for loan in self._borrow(channel, provider) if provider else []:
                self._may_go(channel, loan)
                self._may_be_repeated(loan)
                yield channel, loan

    def _borrow(self, channel: str, provider: str) -> list[Loan]:
        told = (Delivery.id, Message.id.label("message_id"), Message.recipient_id)
        with self.house.workshop.open() as work:
            loans = lend(
                work.session.connection(),
                channel=channel,
                provider=provider,
                lanes=(0, 2),
                most=5,
                lease=self.policy.pause,
                now=self.hands.now(),
                address=BOTH[channel],
                costs=provider in PRICES.of,
            ).loans
            lent = select(*told).join(Message).where(Delivery.id.in_([loan.delivery_id for loan in loans]))
            self.of |= {row.id: row for row in work.session.execute(lent)} if loans else {}
        return loans

    def next_after(self, tried: Sequence[str], channel: str) -> str | None:
        """Return the best provider of a channel that is awake and was not tried."""
        now = self.hands.now()
        awake = (one for one in LINES[channel] if self.rests.get(one, now) <= now)
        return next((one for one in awake if one not in tried), None)

    def call(self, loan: Loan) -> bool:
        """Write down that the call about a loan begins; say whether it is still lent to this sender."""
        call = self.calls[loan.delivery_id, loan.attempt] = new_id()
        if not self.writes_down_calls:
            return True
        with self.house.workshop.open() as work:
            return begin_call(work.session.connection(), call, [loan], {loan.delivery_id: 1})

    def reach(self, loan: Loan, fate: str) -> None:
        """Let the provider of a loan take it, where that is its fate."""
        if fate in REACHES:
            told = self.of[loan.delivery_id]
            phone = numbers(0, 3)[self.who(told.recipient_id)][3:]
            taken = Taken(loan.delivery_id, told.message_id, loan.attempt, phone)
            self.providers[loan.provider].taken.append(taken)

    def record(self, loan: Loan, outcome: Outcome) -> None:
        """Write down what was answered."""
        if outcome.verdict is Verdict.AMBIGUOUS:
            self.doubt(loan)
        else:
            self.doubted.pop(loan.delivery_id, None)
        if outcome.verdict is Verdict.ACCEPTED:
            outcome = Outcome(outcome.verdict, outcome.code, named(loan.delivery_id, loan.attempt))
        result = self.result(loan, outcome)
        with self.house.workshop.open() as work:
            record(work.session, self.house.ways, self.policy, [result], self.hands.now(), 0.5)

    def result(self, loan: Loan, outcome: Outcome) -> Result:
        """Return what came of a loan."""
        return Result(loan, outcome, self.hands.now(), 1, self.calls.get((loan.delivery_id, loan.attempt)))

    def doubt(self, loan: Loan) -> None:
        """Note that nobody knows what became of a loan."""
        self.doubted[loan.delivery_id] = Doubted(loan.provider, self.hands.now())

    def keep(self) -> None:
        """Do what housekeeping does, and match receipts that came early."""
        self.house.keep()
        self.keep_receipts()

    def keep_receipts(self) -> None:
        """Match receipts that came early."""
        with self.house.workshop.open() as work:
            usecases.settle_early(work, self.house.ways, self.policy.pause, self.hands.now())

    def pass_time(self, seconds: int) -> None:
        """Let time pass, and house be kept."""
        later(self.hands, seconds=seconds)
        self.keep()

    def order(self, command: Command, use_case: Any) -> bool:
        """Carry a command out; say whether it was not refused."""
        with suppress(Refusal):
            self.house.workshop.run(command, use_case)
            return True
        return False

    def rows(self, statement: str, **asked: Any) -> list[Any]:
        """Return the rows of a query."""
        with self.house.workshop.engine.connect() as connection:
            return list(connection.execute(text(statement), asked))

    def change(self, statement: str) -> None:
        """Change the tables behind the back of the house."""
        with self.house.workshop.engine.begin() as connection:
            connection.execute(text(statement))

    def who(self, recipient: UUID) -> int:
        """Return which of the members this is."""
        return [member.id for member in self.members].index(recipient)

    # -- what may be lent

    def _may_go(self, channel: str, loan: Loan) -> None:
        """Check that nobody is told against their will, and nothing of a burst that is halted."""
        told, topic = self.of[loan.delivery_id], loan.topic
        who = self.who(told.recipient_id)
        assert is_unavoidable(topic) or (who, channel) not in self.decided.left_alone
        assert (who, topic, channel) not in self.decided.off
        halted = """SELECT FROM notify.burst JOIN notify.message USING (occasion, topic)
            WHERE message.id = :id AND channel = :channel AND burst.state <> 'running'"""
        assert not self.rows(halted, id=told.message_id, channel=channel)

    def _may_be_repeated(self, loan: Loan) -> None:
        """Check that a doubt came before its repetition, and questions before a blind one."""
        doubted = self.doubted.pop(loan.delivery_id, None)
        if doubted is None or doubted.is_disproved:
            return
        assert TOPICS[loan.topic].in_doubt is Risk.DUPLICATE
        self.blind[loan.delivery_id] = self.blind.get(loan.delivery_id, 0) + 1
        lasted = self.hands.now() - doubted.since
        assert lasted >= self.policy.doubt_of(loan.topic, None)
        if self.hearing[doubted.provider] is Hearing.ANSWERS:
            had_its_time = lasted >= sum(asked_after(loan.topic), timedelta(minutes=1))
            assert doubted.asks >= len(asked_after(loan.topic)) or had_its_time
            assert doubted.asks >= 1 or lasted >= timedelta(hours=1)
