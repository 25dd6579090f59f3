"""A community puts its wishes up in one group, and they are gone in minutes (002: 不到5分钟)."""

from datetime import date, datetime, time
from functools import partial
from random import Random
from uuid import UUID

from services.chassis.rights import Actor
from services.claims.contracts import ClaimWish, OfferView
from services.console.rehearsal import intake
from services.console.rehearsal.cast import Community
from services.console.rehearsal.programme_of_claims import Rushing
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import Urgency, WishView

LOOKED_AT = time(9, 33)
"""The wishes go up when they are screened, three minutes before."""

ALL_AT_ONCE = 400


class RushingRoad(SideRoad[Rushing]):
    """Lets every member of a community want the same few wishes at the same moment."""

    def prepare(self) -> None:
        """Nothing is up yet."""
        self._is_up: set[str] = set()

    def screen(self, community: Community, wish: WishView, dice: Random) -> bool:
        """Accept what waits in the community so that it goes up at once, all together."""
        if community.name not in self.settings.at:
            return False
        intake.accept(self.scene, community, wish, urgency=Urgency.URGENT)
        self._is_up.add(community.name)
        return True

    def open_day(self, day: date) -> None:
        """Storm what went up today; with each wish comes a claimant for every member of the group."""
        for name in sorted(self._is_up):
            community = self.scene.cast.areas[name]
            self._storm(self._wishes_of(community.id, day), self.scene.cast.neighbours[community.id], day)
        self._is_up = set()

    def _wishes_of(self, community_id: UUID, day: date) -> list[OfferView]:
        return self.scene.board.pick_all(day, lambda offer: offer.community_id == community_id)

    def _storm(self, offers: list[OfferView], group: list[Actor], day: date) -> None:
        self.scene.stage.set(datetime.combine(day, LOOKED_AT, self.scene.zone))
        wanted = [
            (offer, member)
            for offer in offers
            for member in self.dice.sample(group, min(self.settings.for_each, len(group)))
        ]
        self.dice.shuffle(wanted)
        self.scene.together(
            (partial(self._claim, offer, member, day) for offer, member in wanted), ALL_AT_ONCE
        )

    def _claim(self, offer: OfferView, member: Actor, day: date) -> None:
        claimed = self.scene.attempt(ClaimWish(by=member, wish_id=offer.wish_id))
        if claimed is not None:
            self.fulfilling.see_through(offer, claimed.claim_id, member, day, self.dice)
