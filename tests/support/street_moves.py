"""What senders, providers, operators, members and the clock do on the street of the machine of doubts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as some
from hypothesis.stateful import rule

from services.chassis.contracts import new_id
from services.notify import usecases
from services.notify.channels.asking import Known, Word
from services.notify.contracts import PauseBurst, ResumeBurst, RetryDelivery, SuppressAddress, TakeReceipts
from services.notify.domain import BurstAction, DeliveryAction, Hearing, Outcome, Topic, Verdict
from services.notify.usecases import Loan
from services.notify.usecases.accounts import let_rest
from services.notify.usecases.asking import BELIEVED_AFTER, Doubt, doubts_to_ask, settle
from services.notify.usecases.broadcasting import tell_further
from services.notify.usecases.handing_on import hand_on
from services.notify.usecases.overdue_receipts import overdue_to_ask, settle_overdue
from tests.support.machines import plays
from tests.support.notify import OPERATOR
from tests.support.notify_gate import decide
from tests.support.notify_sending import numbers
from tests.support.street_life import LINES, Held, StreetLived
from tests.support.street_providers import OUTCOMES, TOKEN, Provider, ends, fates, late_fates

ALL_TOLD = (Topic.CLAIM_DUE_SOON, Topic.DISPATCH_PROPOSED, Topic.URGENT_DISPATCH, Topic.RELEASE_DIGEST)
topics = some.sampled_from(ALL_TOLD)
members = some.integers(0, 2)
channels = some.sampled_from(sorted(LINES))

MOST_OCCASIONS = 3
NOBODY = "13700000000"
_A = DeliveryAction


class Sending(StreetLived):
    """Tries: answered, handed on, late, stalled, and left by senders that die."""

    @rule(topic=topics)
    def tell(self, topic: Topic) -> None:
        """Let something else happen that people are told of, a few times in one life."""
        if len(self.occasions) < MOST_OCCASIONS:
            self.announce(topic)

    @rule(fate=fates, then=fates)
    @plays(_A.TAKE, _A.ACCEPT, _A.REFUSE, _A.FAIL, _A.POSTPONE, _A.LOSE_TRACK, _A.SUPPRESS, _A.EXPIRE)
    def take(self, fate: str, then: str = "accepted") -> None:
        """Try whatever is due; what the first provider lacks the words for, the second one tries."""
        for channel, loan in self.lent():
            self._carry(channel, loan, fate, then)

    @rule(fate=late_fates)
    @plays(_A.TAKE)
    def take_slowly(self, fate: str) -> None:
        """Call, and hear nothing for so long that anything may happen meanwhile."""
        for channel, loan in self.lent():
            if self.call(loan):
                self.slow.append(Held(channel, loan, fate))
                self.providers[loan.provider].under_way.add(loan.delivery_id)
                self.doubt(loan)

    @rule(fate=late_fates)
    @plays(_A.TAKE)
    def stall(self, fate: str) -> None:
        """Lend, and let the sender stand still before it calls: it may find its lease over."""
        self.stalled += [Held(channel, loan, fate) for channel, loan in self.lent()]

    @rule(then=fates)
    @plays(_A.ACCEPT, _A.REFUSE, _A.FAIL, _A.LOSE_TRACK)
    def answer(self, then: str = "accepted") -> None:
        """Let calls that were slow be answered, and senders that stood still go on."""
        slow, stalled, self.slow, self.stalled = self.slow, self.stalled, [], []
        for held in slow:
            self.providers[held.loan.provider].under_way.discard(held.loan.delivery_id)
            self._end(held.channel, held.loan, held.fate, then, ())
        for held in stalled:
            self._carry(held.channel, held.loan, held.fate, then)

    @rule()
    @plays(_A.LOSE_TRACK, _A.POSTPONE)
    def lease_ends(self) -> None:
        """Let every sender that has something in its hands be taken for dead."""
        self.change(
            "UPDATE notify.delivery SET leased_until = now() - interval '1 s' WHERE state = 'sending'"
        )
        self.keep()

    @rule(provider=some.sampled_from(["first", "second", "smtp"]))
    @plays(_A.EXPIRE)
    def rest(self, provider: str) -> None:
        """Let an account rest for an hour and a half: the next takes over, and messages go around at last."""
        now = self.hands.now()
        self.rests[provider] = now + timedelta(minutes=90)
        with self.house.workshop.open() as work:
            let_rest(work.session.connection(), provider, self.rests[provider], now)

    @rule(seconds=some.sampled_from([15, 30, 90, 700, 4000]))
    @plays(_A.RESEND, _A.WRITE_OFF, _A.EXPIRE)
    def wait(self, seconds: int) -> None:
        self.pass_time(seconds)

    def _carry(self, channel: str, loan: Loan, fate: str, then: str, tried: Sequence[str] = ()) -> None:
        if fate == "crash_uncalled" or not self.call(loan):
            return
        if fate.startswith("crash"):
            self.reach(loan, fate)
            self.doubt(loan)
        else:
            self._end(channel, loan, fate, then, tried)

    def _end(self, channel: str, loan: Loan, fate: str, then: str, tried: Sequence[str]) -> None:
        """Let a call come to its end, and hand on what its provider lacks the words for."""
        self.reach(loan, fate)
        if fate != "elsewhere":
            self.record(loan, OUTCOMES[fate])
            return
        tried = (*tried, loan.provider)
        other = self.next_after(tried, channel)
        if other is None:
            self.record(loan, self._turned_away(tried, channel))
            return
        lacking = self.result(loan, OUTCOMES[fate])
        with self.house.workshop.open() as work:
            handed = hand_on(work.session, [lacking], other, self.policy.pause)
        for one in handed:
            self.doubted.pop(one.delivery_id, None)
            self._carry(channel, one, then, then, tried)

    def _turned_away(self, tried: Sequence[str], channel: str) -> Outcome:
        """Return what it means that nobody who is awake has the words: patience, if another only rests."""
        wakes = [self.rests[one] for one in LINES[channel] if one not in tried]
        lacks = OUTCOMES["elsewhere"]
        return replace(lacks, verdict=Verdict.WAIT, after=min(wakes) - self.hands.now()) if wakes else lacks


class Reporting(StreetLived):
    """Questions and receipts: true, late, doubled, of who holds it no longer, and forged."""

    @rule()
    @plays(_A.ACCEPT, _A.DELIVER, _A.REFUSE, _A.RESEND, _A.WRITE_OFF)
    def ask(self) -> None:
        """Ask every provider that can be asked about its doubts, and about receipts that did not come."""
        self.pass_time(130)
        for channel, provider in self._providers():
            if self.hearing[provider.name] is Hearing.ANSWERS:
                self._ask_about(channel, provider, doubts_to_ask, settle)
                self._ask_about(channel, provider, overdue_to_ask, settle_overdue)

    def _ask_about(
        self, channel: str, provider: Provider, choose: Callable[..., list[Doubt]], conclude: Any
    ) -> None:
        ways, now = self.house.ways, self.hands.now()
        with self.house.workshop.open() as work:
            doubts = choose(work.session, ways, channel, provider.name, now)
        words = {doubt.delivery_id: provider.word(doubt) for doubt in doubts}
        if choose is doubts_to_ask:
            for doubt in doubts:
                self._note(doubt, words[doubt.delivery_id])
        with self.house.workshop.open() as work:
            conclude(work.session, ways, doubts, words, now)

    def _note(self, doubt: Doubt, word: Word) -> None:
        is_disproved = word.known is Known.NEVER and doubt.asks >= BELIEVED_AFTER
        if is_disproved:
            self.disproved.add((doubt.delivery_id, doubt.attempt))
        if doubted := self.doubted.get(doubt.delivery_id):
            doubted.asks += 1
            doubted.is_disproved = is_disproved

    @rule(how=ends)
    @plays(_A.DELIVER, _A.REFUSE)
    def receipt(self, how: str) -> None:
        """Push the receipts of everything that every provider took, whoever holds it by now."""
        for _, provider in self._providers():
            for one in provider.taken:
                mark, reference = str(one.delivery), one.reference
                self._push(provider, one.become(how), one.phone, mark=mark, reference=reference)

    @rule(how=ends)
    @plays(_A.DELIVER, _A.REFUSE)
    def receipt_by_number(self, how: str) -> None:
        """Push the receipts of SMS by the names that the answers had, which we may never have heard.

        Such a name is taken for that of the only doubt there was about a number (decision 16).
        """
        for channel, provider in self._providers():
            for one in provider.taken if channel == "sms" else []:
                self._push(provider, one.become(how), one.phone, reference=one.reference)
        self.keep()

    @rule(known=ends)
    def forge(self, known: str) -> None:
        """Push what no provider took: nothing moves, now or when what came early is matched."""
        self.keep_receipts()
        before = self._standing()
        for channel, provider in self._providers():
            other = "smtp" if channel == "sms" else "first"
            for one in self.providers[other].taken:
                self._push(provider, known, one.phone, mark=str(one.delivery))
            for one in provider.taken:
                self._push(provider, known, NOBODY, reference=one.reference)
                self._push(provider, known, one.phone, token="guessed", mark=str(one.delivery))
            self._push(provider, known, NOBODY, reference="sid-of-nobody")
            self._push(provider, known, numbers(0, 1)[0][3:], mark=str(new_id()))
        self.keep_receipts()
        assert self._standing() == before

    def _standing(self) -> list[Any]:
        states = "SELECT id, state, due_at, reference, provider, tries FROM notify.delivery ORDER BY id"
        return [self.rows(states), self.rows("SELECT count(*) FROM notify.attempt")]

    def _push(
        self,
        provider: Provider,
        known: str,
        phone: str,
        *,
        mark: str = "",
        reference: str = "",
        token: str = TOKEN,
    ) -> None:
        report = {"known": known, "phone": phone, "mark": mark, "reference": reference}
        told = TakeReceipts(provider=provider.name, token=token, reports=[report, report])
        take = partial(usecases.take_receipts, self.house.ways, self.providers)
        self.house.workshop.run_batch([told], take)

    def _providers(self) -> list[tuple[str, Provider]]:
        return [(channel, self.providers[name]) for channel, names in LINES.items() for name in names]


class Halting(StreetLived):
    """Bursts that are paused and go on, and broadcasts in pieces whose writers die."""

    @rule()
    @plays(BurstAction.PAUSE)
    def pause(self) -> None:
        self._each_burst("running", PauseBurst, usecases.pause_burst)

    @rule()
    @plays(BurstAction.RESUME)
    def resume(self) -> None:
        self._each_burst("paused", ResumeBurst, usecases.resume_burst)
        self.house.let_go()

    @rule(dies=some.booleans())
    def write_on(self, dies: bool) -> None:
        """Write the next piece of a broadcast, or die before it is committed."""
        self.write_piece(dies)

    def write_piece(self, dies: bool = False) -> bool:
        """Do that; say whether there was one to write."""
        with self.house.workshop.open() as work:
            has_told = tell_further(work.session, self.house.ways, self.hands.now())
            if dies:
                work.session.rollback()
        return has_told

    def _each_burst(self, state: str, command: Any, use_case: Any) -> None:
        for burst in self.rows("SELECT id FROM notify.burst WHERE state = :state", state=state):
            assert self.order(command(by=OPERATOR, burst_id=burst.id), use_case)


class Deciding(StreetLived):
    """What people decide meanwhile, and what an operator tries again."""

    @rule(who=members, channel=channels)
    @plays(_A.SUPPRESS)
    def ask_to_be_left_alone(self, who: int, channel: str) -> None:
        phone = numbers(0, 3)[who]
        contact = phone if channel == "sms" else f"{phone[1:]}@example.org"
        assert self.order(SuppressAddress(by=OPERATOR, contact=contact), usecases.suppress_address)
        self.decided.left_alone.add((who, channel))

    @rule(who=members, topic=topics, channel=channels)
    @plays(_A.SUPPRESS)
    def switch_off(self, who: int, topic: Topic, channel: str) -> None:
        decide(self.house, member_id=self.members[who].id, off=(f"{topic}:{channel}",))
        self.decided.off.add((who, topic, channel))

    @rule()
    @plays(_A.RETRY)
    def retry(self) -> None:
        """Let an operator try again whatever was refused or given up, where that is still needed."""
        for one in self.rows("SELECT id FROM notify.delivery WHERE state IN ('refused', 'failed')"):
            self.order(RetryDelivery(by=OPERATOR, delivery_id=one.id), usecases.retry_delivery)
