"""Members look at what is suggested to them and take the first of it (001, 004: 精准对接)."""

from datetime import date

from services.chassis.rights import Actor
from services.claims.contracts import ClaimWish, OfferView, SuggestWishes
from services.console.rehearsal.programme_of_claims import Suggesting
from services.console.rehearsal.side_roads.side_road import ReleaseRoad


class SuggestingRoad(ReleaseRoad[Suggesting]):
    """Lets members take what fits them."""

    def act(self, day: date) -> None:
        """Ask for suggestions; take the first that no other road has taken."""
        members = self.scene.cast.members
        for member in self.dice.sample(members, min(self.settings.each_month, len(members))):
            for fit in self.scene.ask(SuggestWishes(by=member, limit=20)).items:
                if self.scene.board.take(day, fit.offer.wish_id):
                    self._claim(fit.offer, member, day)
                    break

    def _claim(self, offer: OfferView, member: Actor, day: date) -> None:
        claimed = self.scene.attempt(ClaimWish(by=member, wish_id=offer.wish_id))
        if claimed is not None:
            self.fulfilling.see_through(offer, claimed.claim_id, member, day, self.dice)
