"""An errand: one batch of loans on its way to a provider, until there is an outcome for every one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

import eventlet
import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.crashing import crash_point
from services.chassis.database import at_once
from services.chassis.sealing import BrokenSeal
from services.notify.channels import Parcel
from services.notify.channels.patience import SHARE_OF_LEASE
from services.notify.channels.providers import Line, Provider
from services.notify.domain import Outcome, Verdict, day_turns_in
from services.notify.measures import measure, measure_spend
from services.notify.templates import Unrenderable
from services.notify.usecases import Loan, Result
from services.notify.usecases.calls import begin_call
from services.notify.usecases.sending import TAKEN

if TYPE_CHECKING:
    from services.notify.sender import Sender

log = structlog.get_logger(__name__)

LEASE_OVER = Outcome(Verdict.WAIT, "lease_over", after=timedelta(seconds=1))

CALL_UNWRITTEN = Outcome(Verdict.WAIT, "call_unwritten", after=timedelta(seconds=1))

WORDS_UNREAD = Outcome(Verdict.WAIT, "words_unread", after=timedelta(seconds=1))

DAY_IS_FULL = Outcome(Verdict.WAIT, "day_is_full", after=timedelta(seconds=1), is_of_one=True)
"""What the vendor's day has no room for is looked at again at once: the account rests, another takes over."""


@dataclass(frozen=True)
class Terms:
    """On what terms a batch was lent: so many tokens for each, and until when by `monotonic` it is ours."""

    weight: float
    ends_at: float


class Errand:
    """Packs a batch, sees that the account has room, writes down that the call begins, and makes it."""

    def __init__(
        self, sender: "Sender", line: Line, provider: Provider, loans: Sequence[Loan], terms: Terms
    ) -> None:
        """Take whose errand it is, through which provider of which channel, what was lent and how."""
        self._sender, self._line, self._provider = sender, line, provider
        self._loans, self._terms = loans, terms
        self._name = provider.channel.provider
        self._outcomes: dict[UUID, Outcome] = {}
        self._parts: dict[UUID, int] = {}
        self.weight: float | None = None  # SMS parts that each of these consisted of; None: none was packed

    def run(self) -> list[Result]:
        """Send what can be sent, and say what came of every loan."""
        begun_at, call = monotonic(), new_id()
        parcels = self._admit(self._packed())
        if parcels and self._begin(call, parcels):
            self._hand_over(parcels)
        self._give_back(parcels)
        measure(
            self._line.name,
            self._name,
            self._loans,
            self._outcomes,
            monotonic() - begun_at if parcels else None,
        )
        self._count_parts(parcels)
        return self._results(call)

    def _packed(self) -> list[Parcel]:
        """Return the loans as parcels; what cannot be packed has its outcome."""
        parcels, is_read = [], self._has_read()
        for loan in self._loans:
            packed = self._pack(loan) if is_read else WORDS_UNREAD
            if isinstance(packed, Outcome):
                self._outcomes[loan.delivery_id] = packed
            else:
                parcels.append(packed)
        self._parts = {parcel.delivery_id: self._provider.channel.parts(parcel) for parcel in parcels}
        return parcels

    def _has_read(self) -> bool:
        """Read words of areas' own that are not at hand yet, which is rare; say whether that was possible."""
        try:
            self._sender.wordings.learn(self._sender.workshop, (loan.wording for loan in self._loans))
        except SQLAlchemyError as fault:
            log.warning("words_unreachable", channel=self._line.name, fault=type(fault).__name__)
            return False
        return True

    def _pack(self, loan: Loan) -> Parcel | Outcome:
        try:
            return self._sender.packer.parcel_of(loan, self._provider.channel)
        except (Unrenderable, BrokenSeal) as fault:
            log.error(
                "message_unwritable", delivery=str(loan.delivery_id), topic=loan.topic, fault=str(fault)
            )
            return Outcome(Verdict.PERMANENT, type(fault).__name__)

    def _admit(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Return what of a batch need not wait for its account; mostly all of it.

        Once the vendor's day is full the account rests until the next: what is due then goes another way.
        """
        if not parcels:
            return []
        tokens = {parcel.delivery_id: self._tokens(parcel) for parcel in parcels}
        number = sum(tokens.values())
        turns, limits = self._sender.turns[self._name], self._sender.limits[self._name]
        self.weight = number / len(parcels)
        wait = turns.cover(limits, number, self._terms.weight * len(self._loans))
        if wait is not None:
            own_pace = Outcome(Verdict.WAIT, "own_pace", after=wait, is_of_one=True)
            self._outcomes |= dict.fromkeys(tokens, own_pace)
            return []
        room = turns.take_of_day(limits, number)
        if room < number:
            self._wait_for_next_day(_beyond(tokens, room))
        return [parcel for parcel in parcels if parcel.delivery_id not in self._outcomes]

    def _wait_for_next_day(self, deliveries: Sequence[UUID]) -> None:
        self._outcomes |= dict.fromkeys(deliveries, DAY_IS_FULL)
        self._provider.rest(clock.now() + day_turns_in(clock.now()))
        log.warning("day_is_full", channel=self._line.name, provider=self._name)

    def _tokens(self, parcel: Parcel) -> int:
        return max(1, self._parts[parcel.delivery_id])

    def _begin(self, call: UUID, parcels: Sequence[Parcel]) -> bool:
        """Write down that a call begins, so that what was lent and not called yet is known not to be out.

        Say whether it may: from the end of the lease on others send what it is about.
        """
        called = {parcel.delivery_id for parcel in parcels}
        loans = [loan for loan in self._loans if loan.delivery_id in called]
        held_back = LEASE_OVER
        try:
            with at_once(self._sender.workshop.engine).connect() as connection:
                is_ours = begin_call(connection, call, loans, self._parts)
        except SQLAlchemyError as fault:
            log.warning("call_unwritten", channel=self._line.name, fault=type(fault).__name__)
            is_ours, held_back = False, CALL_UNWRITTEN
        crash_point("after_begin")
        if is_ours and monotonic() < self._terms.ends_at:
            return True
        self._outcomes |= dict.fromkeys(called, held_back)
        return False

    def _hand_over(self, parcels: Sequence[Parcel]) -> None:
        """Call the provider; what the channel leaves unsaid, for any reason, is a doubt."""
        said: Mapping[UUID, Outcome] = {}
        silence, named = "no_outcome", {"channel": self._line.name, "provider": self._name}
        longest = min(self._sender.lease.total_seconds() * SHARE_OF_LEASE, self._terms.ends_at - monotonic())
        try:
            with eventlet.Timeout(max(0.0, longest)):
                said = self._provider.channel.send(parcels)
        except eventlet.Timeout:
            silence = "cut_off"
        except Exception:
            log.exception("channel_broke", **named)
            silence = "channel_broke"
        doubt = Outcome(Verdict.AMBIGUOUS, silence)
        outcomes = {parcel.delivery_id: said.get(parcel.delivery_id, doubt) for parcel in parcels}
        for outcome in outcomes.values():
            if outcome.verdict is Verdict.STOP:
                log.error("channel_stopped", code=outcome.code, **named)
        self._outcomes |= self._line.heed(self._provider, outcomes, clock.now())

    def _give_back(self, parcels: Sequence[Parcel]) -> None:
        """Give the vendor's day back what did not go out after all: it will be counted when it does."""
        unsent = [one for one in parcels if self._outcomes[one.delivery_id].verdict not in TAKEN]
        if unsent:
            limits, number = self._sender.limits[self._name], sum(map(self._tokens, unsent))
            self._sender.turns[self._name].give_back_of_day(limits, number)

    def _count_parts(self, parcels: Sequence[Parcel]) -> None:
        """Count the parts as the provider does, where it says how many there were, and what they cost."""
        for parcel in parcels:
            told = self._outcomes[parcel.delivery_id].parts
            self._parts[parcel.delivery_id] = told or self._parts[parcel.delivery_id]
        taken = sum(number for one, number in self._parts.items() if self._outcomes[one].verdict in TAKEN)
        measure_spend(self._line.name, self._name, self._sender.ways.prices.of.get(self._name), taken)

    def _results(self, call: UUID) -> list[Result]:
        at = clock.now()
        return [
            Result(loan, self._outcomes[loan.delivery_id], at, self._parts.get(loan.delivery_id, 0), call)
            for loan in self._loans
        ]


def _beyond(tokens: Mapping[UUID, int], room: int) -> list[UUID]:
    """Return the deliveries for which there is no room behind those before them."""
    sums = accumulate(tokens.values())
    return [delivery for delivery, needed in zip(tokens, sums, strict=True) if needed > room]
