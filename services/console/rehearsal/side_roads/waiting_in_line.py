"""Members wait for a wish that is taken; the place that is given back goes down the line (000, 002: 候补)."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.chassis.rights import Actor
from services.claims.contracts import (
    AcceptPlace,
    ClaimWish,
    DeclinePlace,
    LeaveLine,
    OfferView,
    ReturnClaim,
    WaitForPlace,
)
from services.console.rehearsal.programme_of_claims import WaitingInLine
from services.console.rehearsal.side_roads.side_road import ReleaseRoad

LEFT_AFTER, RETURNED_AFTER, TIMED_OUT_AFTER = timedelta(days=2), timedelta(days=4), timedelta(days=6)

WANTED_BY = 4
"""Members who want the same wish: one has it, the others wait."""

Turn = tuple[Actor, UUID]


class WaitingInLineRoad(ReleaseRoad[WaitingInLine]):
    """Lets a claimant give back; the first in line accepts, declines or stays silent, in turn."""

    def prepare(self) -> None:
        """Count from the first."""
        self._lines = 0

    def act(self, day: date) -> None:
        """Claim a wish with one place, and let others get in line for it."""
        for offer in self.pick(day, self.settings.each_month, lambda offer: offer.places == 1):
            members = self.scene.cast.members
            claimant, *others = self.dice.sample(members, min(WANTED_BY, len(members)))
            claimed = self.scene.attempt(ClaimWish(by=claimant, wish_id=offer.wish_id))
            if claimed is None:
                continue
            turns = [turn for member in others if (turn := self._wait(member, offer))]
            if len(turns) == len(others):
                self.scene.later(day + LEFT_AFTER, partial(self._leave, turns.pop()))
            errand = partial(self._give_back, offer, claimant, claimed.claim_id, turns, day + RETURNED_AFTER)
            self.scene.later(day + RETURNED_AFTER, errand)

    def _wait(self, member: Actor, offer: OfferView) -> Turn | None:
        waits = self.scene.attempt(WaitForPlace(by=member, wish_id=offer.wish_id))
        return None if waits is None else (member, waits.id)

    def _leave(self, turn: Turn) -> None:
        self.scene.attempt(LeaveLine(by=turn[0], waiting_id=turn[1]))

    def _give_back(
        self, offer: OfferView, claimant: Actor, claim_id: UUID, turns: list[Turn], day: date
    ) -> None:
        self.scene.attempt(ReturnClaim(by=claimant, claim_id=claim_id, reason="家中有事，无法前往。"))
        self._lines += 1
        how = self._lines % 3
        if how == 1 or len(turns) < 2:
            self._accept(offer, turns[:1], day)
        elif how == 2:
            self.scene.attempt(DeclinePlace(by=turns[0][0], waiting_id=turns[0][1]))
            self._accept(offer, turns[1:], day)
        else:
            on = day + TIMED_OUT_AFTER - RETURNED_AFTER
            self.scene.later(on, partial(self._accept, offer, turns[1:], on))

    def _accept(self, offer: OfferView, turns: list[Turn], day: date) -> None:
        for member, waiting_id in turns:
            claimed = self.scene.attempt(AcceptPlace(by=member, waiting_id=waiting_id))
            if claimed is not None:
                self.fulfilling.see_through(offer, claimed.claim_id, member, day, self.dice)
                return
