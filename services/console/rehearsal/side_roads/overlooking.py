"""Wishes that nobody claims: they age on the board until their street hears of them."""

from datetime import date, timedelta
from functools import partial

from services.claims.contracts import ClaimForUnit, Escalates, ListEscalations, OfferView
from services.console.rehearsal.cast import above, every, officer_at
from services.console.rehearsal.programme_of_claims import Overlooking
from services.console.rehearsal.side_roads.naming import somebody_of
from services.console.rehearsal.side_roads.side_road import ReleaseRoad

HEARD_OF_AFTER = timedelta(days=62)
"""Two releases, and the longest months."""


class OverlookingRoad(ReleaseRoad[Overlooking]):
    """Keeps some wishes from the crowd; the officer of the street finds each on the list of what is stuck."""

    def act(self, day: date) -> None:
        """Overlook some wishes of this release, when there are days left to hear of them."""
        if day + HEARD_OF_AFTER > self.scene.rhythm.last_day:
            return
        for offer in self.pick(day, self.settings.each_month):
            self.scene.board.set_aside(offer.wish_id)
            on = day + HEARD_OF_AFTER
            self.scene.later(on, partial(self._take_care, offer, on))

    def _take_care(self, offer: OfferView, day: date) -> None:
        street = above(self.scene.community(offer.community_id).path)
        stuck = every(
            self.scene.ask, ListEscalations, by=officer_at(street), below=street, kind=Escalates.OFFER
        )
        if not any(one.subject_id == offer.wish_id for one in stuck):
            return
        unit = self.dice.choice(self.scene.cast.units)
        officer = self.scene.cast.officer_of(unit)
        named = somebody_of(self.scene, unit, self.dice)
        claimed = self.scene.attempt(
            ClaimForUnit(by=officer, wish_id=offer.wish_id, unit_id=unit.id, named=named)
        )
        self.scene.board.give_free(offer.wish_id)
        if claimed is not None:
            self.fulfilling.see_through(offer, claimed.claim_id, officer, day, self.dice)
