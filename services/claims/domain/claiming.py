"""The rules of taking a wish: how offers and claims move on, and who wins a place in a rush."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.chassis.contracts import new_id
from services.chassis.lifecycle import Lifecycle
from services.chassis.refusals import KeyUsedOtherwise, Refusal
from services.claims.contracts import (
    AlreadyYours,
    Claimed,
    NoLongerOffered,
    NoPlaceLeft,
    NotAMember,
    Standing,
    TooManyOpenClaims,
    UnknownOffer,
    UnusableText,
)


class OfferState(StrEnum):
    """How a released wish stands on the board."""

    OPEN = "open"  # a place is free; nobody takes it: it ages, is heard of above, a worker may give it up
    TAKEN = "taken"  # every place is claimed; its claims move it on, at the latest when one lapses
    FULFILLED = "fulfilled"  # every place is confirmed; final, unless wishes releases it with more places
    WITHDRAWN = "withdrawn"  # no longer wanted, said by wishes; final, unless wishes releases it again


class OfferAction(StrEnum):
    """What moves an offer."""

    FILL = "fill"  # the last place was taken
    FREE = "free"  # a place came back
    FULFIL = "fulfil"  # the last place was confirmed
    WITHDRAW = "withdraw"
    OFFER_AGAIN = "offer_again"  # with other places: released anew, or fewer of them are enough


OFFER_LIFECYCLE: Lifecycle[OfferState, OfferAction] = Lifecycle(
    {
        (OfferState.OPEN, OfferAction.FILL): OfferState.TAKEN,
        (OfferState.TAKEN, OfferAction.FREE): OfferState.OPEN,
        (OfferState.TAKEN, OfferAction.FULFIL): OfferState.FULFILLED,
        (OfferState.OPEN, OfferAction.WITHDRAW): OfferState.WITHDRAWN,
        (OfferState.TAKEN, OfferAction.WITHDRAW): OfferState.WITHDRAWN,
        (OfferState.OPEN, OfferAction.OFFER_AGAIN): OfferState.OPEN,
        (OfferState.TAKEN, OfferAction.OFFER_AGAIN): OfferState.OPEN,
        (OfferState.FULFILLED, OfferAction.OFFER_AGAIN): OfferState.OPEN,
        (OfferState.WITHDRAWN, OfferAction.OFFER_AGAIN): OfferState.OPEN,
    },
    starts=OfferState.OPEN,
)


OVER = (OfferState.FULFILLED, OfferState.WITHDRAWN)
"""Nobody can take a place any more; once nothing is to be put right, whom to call is erased."""


class ClaimState(StrEnum):
    """How one member's claim on one place stands."""

    HELD = "held"  # the doer delivers, undoes or returns it; does nothing: reminded, then it lapses
    DELIVERED = "delivered"  # the resident or a second person answers; nobody does: officers hear of it
    CONFIRMED = "confirmed"  # it came true, said by somebody else than the doer; final, keeps its place
    UNDONE = "undone"  # taken back within minutes; final
    RETURNED = "returned"  # “I cannot”, without shame; final
    LAPSED = "lapsed"  # overdue for so long that the place went back; final
    NOT_DONE = "not_done"  # said to be done and was not; final
    WITHDRAWN = "withdrawn"  # the wish is no longer wanted; final


class ClaimAction(StrEnum):
    """What moves a claim."""

    DELIVER = "deliver"
    CONFIRM = "confirm"
    UNDO = "undo"
    RETURN = "return"
    LAPSE = "lapse"
    REPORT_NOT_DONE = "report_not_done"
    WITHDRAW = "withdraw"


CLAIM_LIFECYCLE: Lifecycle[ClaimState, ClaimAction] = Lifecycle(
    {
        (ClaimState.HELD, ClaimAction.DELIVER): ClaimState.DELIVERED,
        (ClaimState.HELD, ClaimAction.UNDO): ClaimState.UNDONE,
        (ClaimState.HELD, ClaimAction.RETURN): ClaimState.RETURNED,
        (ClaimState.HELD, ClaimAction.LAPSE): ClaimState.LAPSED,
        (ClaimState.HELD, ClaimAction.WITHDRAW): ClaimState.WITHDRAWN,
        (ClaimState.DELIVERED, ClaimAction.CONFIRM): ClaimState.CONFIRMED,
        (ClaimState.DELIVERED, ClaimAction.REPORT_NOT_DONE): ClaimState.NOT_DONE,
        (ClaimState.DELIVERED, ClaimAction.WITHDRAW): ClaimState.WITHDRAWN,
    },
    starts=ClaimState.HELD,
)

UNDER_WAY = (ClaimState.HELD, ClaimState.DELIVERED)
"""Somebody is seeing the wish through: it counts among their open claims, and they may see whom to call."""

KEEPS_ITS_PLACE = (*UNDER_WAY, ClaimState.CONFIRMED)
"""States in which nobody else can have the place: `taken` of an offer counts these (invariant 1)."""


@dataclass(frozen=True, slots=True)
class Places:
    """The places of an offer and how they stand; every change is a new version."""

    places: int
    taken: int
    confirmed: int
    state: OfferState
    version: int
    reserved: int = 0  # kept for whoever is next in line, or for a pool that gathers pledges

    @property
    def is_full(self) -> bool:
        """Say whether nobody can take a place: every one is claimed or kept for somebody."""
        return self.taken + self.reserved >= self.places

    def take(self) -> "Places":
        """Return the places after one was taken; the caller has seen that one is free."""
        return self._now(taken=self.taken + 1)._filled()

    def reserve(self) -> "Places":
        """Return the places after one that is free was kept for somebody."""
        return self._now(reserved=self.reserved + 1)._filled()

    def release(self) -> "Places":
        """Return the places after one that was kept is free for anybody again."""
        was_full = self.state is OfferState.TAKEN
        return self._now(reserved=self.reserved - 1, action=OfferAction.FREE if was_full else None)

    def redeem(self) -> "Places":
        """Return the places after the one for whom a place was kept took it; nothing else changes."""
        return self._now(taken=self.taken + 1, reserved=self.reserved - 1)

    def free(self) -> "Places":
        """Return the places after one came back."""
        was_full = self.state is OfferState.TAKEN
        return self._now(taken=self.taken - 1, action=OfferAction.FREE if was_full else None)

    def confirm(self) -> "Places":
        """Return the places after one was confirmed; with the last one the offer is fulfilled."""
        confirmed = self.confirmed + 1
        return self._now(confirmed=confirmed, action=OfferAction.FULFIL if confirmed == self.places else None)

    def withdraw(self) -> "Places":
        """Return the places of an offer that is no longer wanted; its claims free theirs afterwards."""
        return self._now(reserved=0, action=OfferAction.WITHDRAW)

    def offer_again(self, places: int) -> "Places":
        """Return the places when so many are offered now; what is kept stays kept, even when fewer are."""
        kept = self.taken + self.reserved
        offered = replace(self._now(action=OfferAction.OFFER_AGAIN), places=max(places, kept))._filled()
        return offered._moved(OfferAction.FULFIL) if offered.confirmed == offered.places else offered

    def standing(self) -> Standing:
        """Return what others are told about these places."""
        left = self.places - self.taken - self.reserved if self.state is OfferState.OPEN else 0
        return Standing(state=self.state.value, places_left=left, version=self.version)

    def _now(
        self,
        *,
        taken: int | None = None,
        confirmed: int | None = None,
        reserved: int | None = None,
        action: OfferAction | None = None,
    ) -> "Places":
        return Places(
            places=self.places,
            taken=self.taken if taken is None else taken,
            confirmed=self.confirmed if confirmed is None else confirmed,
            state=self.state if action is None else OFFER_LIFECYCLE.after(self.state, action),
            version=self.version + 1,
            reserved=self.reserved if reserved is None else reserved,
        )

    def _filled(self) -> "Places":
        """Return the places as they are, or moved to taken when the last of them is gone."""
        return self._moved(OfferAction.FILL) if self.is_full else self

    def _moved(self, action: OfferAction) -> "Places":
        return replace(self, state=OFFER_LIFECYCLE.after(self.state, action))


class ReminderKind(StrEnum):
    """What a reminder says."""

    DUE_SOON = "due_soon"  # on the days before the due day that the area chose, and on the day itself
    OVERDUE = "overdue"  # once a day from then on, until it is delivered or lapses


# -- a rush


@dataclass(frozen=True, slots=True)
class Asked:
    """One member asks for one place; `request_key` is the same when the same click comes again."""

    wish_id: UUID
    member_id: UUID
    request_key: str | None = None
    account_id: UUID | None = None  # with which they were signed in


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as a rush meets it, with the settings of its community."""

    places: Places
    service_days: int
    undo_minutes: int
    limit: int  # open claims a member may have and still take this one


@dataclass(frozen=True, slots=True)
class Claimant:
    """A member as a rush meets them: open claims, wishes on which they keep a place, earlier answers."""

    is_active: bool
    open_claims: int
    wishes: frozenset[UUID] = frozenset()
    answers: Mapping[str, Claimed] = field(default_factory=dict)

    def keeping(self, wish_id: UUID) -> "Claimant":
        """Return the member, who keeps a place on this wish."""
        return Claimant(self.is_active, self.open_claims, self.wishes | {wish_id}, self.answers)

    def answered(self, request_key: str, answer: Claimed) -> "Claimant":
        """Return the member, who had this answer to a click."""
        answers = {**self.answers, request_key: answer}
        return Claimant(self.is_active, self.open_claims, self.wishes, answers)

    def after(self, asked: Asked, answer: Claimed) -> "Claimant":
        """Return the member after winning what they asked."""
        answers = {**self.answers, asked.request_key: answer} if asked.request_key else self.answers
        return Claimant(self.is_active, self.open_claims + 1, self.wishes | {asked.wish_id}, answers)


@dataclass(frozen=True, slots=True)
class Won:
    """A place was won: the answer, and how the places stand after it."""

    asked: Asked
    answer: Claimed
    places: Places


Outcome = Won | Claimed | Refusal
"""What one who asks gets: a place, the answer to the same click given before, or the reason why not."""


def settle(
    asked: Iterable[Asked],
    offers: Mapping[UUID, Offered],
    members: Mapping[UUID, Claimant],
    now: datetime,
    today: date,
    name_claim: Callable[[], UUID] = new_id,
) -> list[Outcome]:
    """Give each who asked a place or the reason why not, in the order of arrival: first come, first served.

    `today` is the civil day of `now`, from which the days of service are counted.
    """
    rush = _Rush(offers, members, now, today, name_claim)
    return [rush.serve(one) for one in asked]


class _Rush:
    """The places and members while a batch is being served."""

    def __init__(
        self,
        offers: Mapping[UUID, Offered],
        members: Mapping[UUID, Claimant],
        now: datetime,
        today: date,
        name_claim: Callable[[], UUID],
    ) -> None:
        self._offers = offers
        self._places = {wish_id: offer.places for wish_id, offer in offers.items()}
        self._members = dict(members)
        self._now, self._today, self._name_claim = now, today, name_claim

    def serve(self, asked: Asked) -> Outcome:
        member = self._members.get(asked.member_id)
        if member is None or not member.is_active:
            return NotAMember()
        earlier = member.answers.get(asked.request_key) if asked.request_key else None
        if earlier is not None and earlier.wish_id != asked.wish_id:
            return KeyUsedOtherwise()
        return earlier or self._refuse(asked, member) or self._win(asked, member)

    def _refuse(self, asked: Asked, member: Claimant) -> Refusal | None:
        """Return the first reason why not; who lost a race hears that, not that their hands were full."""
        places = self._places.get(asked.wish_id)
        if places is None:
            return UnknownOffer()
        if places.state in OVER:
            return NoLongerOffered()
        if asked.wish_id in member.wishes:
            return AlreadyYours()
        if places.is_full:
            return NoPlaceLeft()
        limit = self._offers[asked.wish_id].limit
        return TooManyOpenClaims(limit=limit) if member.open_claims >= limit else None

    def _win(self, asked: Asked, member: Claimant) -> Won:
        offer, places = self._offers[asked.wish_id], self._places[asked.wish_id].take()
        answer = Claimed(
            claim_id=self._name_claim(),
            wish_id=asked.wish_id,
            due_on=self._today + timedelta(days=offer.service_days),
            undo_until=self._now + timedelta(minutes=offer.undo_minutes),
        )
        self._places[asked.wish_id] = places
        self._members[asked.member_id] = member.after(asked, answer)
        return Won(asked, answer, places)


# -- words


LONGEST_TEXT = 500
LONGEST_CODE = 12


def text_given(words: str) -> str:
    """Return a note or reason without blanks around it; raise `UnusableText` when it cannot be kept."""
    words = words.strip()
    if len(words) > LONGEST_TEXT or not all(sign.isprintable() or sign in "\n\r\t" for sign in words):
        raise UnusableText(limit=LONGEST_TEXT)
    return words


def code_as_typed(code: str) -> str:
    """Return a code as it was issued, from how somebody typed it: small letters, blanks, full-width."""
    typed = unicodedata.normalize("NFKC", code[:100]).upper()
    return "".join(sign for sign in typed if sign.isascii() and sign.isalnum())[:LONGEST_CODE]


def is_doer(doers: Sequence[UUID | None], askers: Sequence[UUID | None]) -> bool:
    """Say whether one who asks is the one who did it, by any identity (a second person confirms)."""
    return bool((set(doers) & set(askers)) - {None})
