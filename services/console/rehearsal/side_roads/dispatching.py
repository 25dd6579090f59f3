"""Workers propose wishes to members (003: 群众点单、社区派单、党员接单), urgent ones at night too (004)."""

from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from services.chassis.rights import Actor
from services.claims.contracts import (
    AcceptDispatch,
    DeclineDispatch,
    DispatchWish,
    MyDispatches,
    OfferView,
    SuggestMembers,
    WithdrawDispatch,
)
from services.console.rehearsal.programme_of_claims import Dispatching
from services.console.rehearsal.side_roads.side_road import ReleaseRoad
from services.wishes.contracts import Urgency

EVENING = time(21, 40)
CANDIDATES = 3

ANSWERED_AFTER = timedelta(days=1)
TIMED_OUT_AFTER = timedelta(days=3)
"""A day to answer in, and one more until somebody looks again."""

GIVEN_UP_AFTER = timedelta(days=6)


class DispatchingRoad(ReleaseRoad[Dispatching]):
    """Lets the first who is asked accept, decline or stay silent, in turn; then the next decides."""

    def prepare(self) -> None:
        """Count from the first."""
        self._dispatches = 0
        self._for_tonight: list[OfferView] = []

    def open_day(self, day: date) -> None:
        """Propose on the days of release, and keep what is urgent for the evening of the day it goes up."""
        super().open_day(day)
        if day not in self.scene.rhythm.releases and day.day == self.settings.urgent_on:
            is_urgent = self.pick(
                day, self.settings.at_night_each_month, lambda offer: offer.urgency is Urgency.URGENT
            )
            for offer in is_urgent:
                self.scene.board.set_aside(offer.wish_id)
            self._for_tonight = is_urgent

    def act(self, day: date) -> None:
        """Propose wishes to those whom the house suggests."""
        for offer in self.pick(day, self.settings.each_month):
            self._dispatch(offer, day)

    def close_day(self, day: date) -> None:
        """Propose in the evening what cannot wait."""
        if not self._for_tonight:
            return
        self.scene.stage.set(datetime.combine(day, EVENING, self.scene.zone))
        for offer in self._for_tonight:
            self._dispatch(offer, day)
        self._for_tonight = []

    def _dispatch(self, offer: OfferView, day: date) -> None:
        worker = self.scene.worker_at(offer.community_id)
        suggested = self.scene.ask(SuggestMembers(by=worker, wish_id=offer.wish_id, limit=20)).items
        candidates = [fit.member_id for fit in suggested if fit.member_id in self._actors()]
        candidates = self.dice.sample(candidates, min(CANDIDATES, len(candidates)))
        if not candidates:
            return
        dispatched = self.scene.attempt(
            DispatchWish(
                by=worker, wish_id=offer.wish_id, member_ids=candidates, note="居民白天在家，请先电话联系。"
            )
        )
        if dispatched is None:
            return
        self.scene.board.set_aside(offer.wish_id)
        self.scene.later(day + GIVEN_UP_AFTER, partial(self.scene.board.give_free, offer.wish_id))
        self._dispatches += 1
        self._answer_in_turn(offer, dispatched.dispatch_id, candidates, day)

    def _answer_in_turn(self, offer: OfferView, dispatch_id: UUID, candidates: list[UUID], day: date) -> None:
        """Let the first accept, let them decline, let time run out, let all decline, or take it back."""
        first, *others = [self._actors()[one] for one in candidates]
        tomorrow, how = day + ANSWERED_AFTER, self._dispatches % 5
        if how in (0, 1):
            self.scene.later(tomorrow, partial(self._accept, offer, dispatch_id, first, tomorrow))
        elif how == 2:
            self.scene.later(tomorrow, partial(self._decline, dispatch_id, [first]))
            for other in others[:1]:
                self.scene.later(tomorrow, partial(self._accept, offer, dispatch_id, other, tomorrow))
        elif how == 3:
            on = day + TIMED_OUT_AFTER
            for other in others:
                self.scene.later(on, partial(self._accept, offer, dispatch_id, other, on))
        elif self._dispatches % 2:
            self.scene.later(tomorrow, partial(self._decline, dispatch_id, [first, *others]))
        else:
            self.scene.later(tomorrow, partial(self._withdraw, offer, dispatch_id))

    def _accept(self, offer: OfferView, dispatch_id: UUID, member: Actor, day: date) -> None:
        claimed = self.scene.attempt(AcceptDispatch(by=member, dispatch_id=dispatch_id))
        if claimed is not None:
            self.fulfilling.see_through(offer, claimed.claim_id, member, day, self.dice)

    def _decline(self, dispatch_id: UUID, members: list[Actor]) -> None:
        for member in members:
            asked = self.scene.ask(MyDispatches(by=member)).items
            if any(one.id == dispatch_id for one in asked):
                self.scene.attempt(
                    DeclineDispatch(by=member, dispatch_id=dispatch_id, reason="本周出差，下周才回。")
                )

    def _withdraw(self, offer: OfferView, dispatch_id: UUID) -> None:
        worker = self.scene.worker_at(offer.community_id)
        self.scene.attempt(WithdrawDispatch(by=worker, dispatch_id=dispatch_id))

    def _actors(self) -> dict[UUID, Actor]:
        return self.scene.cast.by_id
