"""All wishes of one household, or of one community's month, are claimed at once (001, 003: 一对多)."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import msgspec

from services.claims.contracts import ClaimBatch, GetOffer, OfferView
from services.console.rehearsal import intake
from services.console.rehearsal.cast import Community
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.programme_of_claims import Batching
from services.console.rehearsal.side_roads.naming import somebody_of
from services.console.rehearsal.side_roads.side_road import ReleaseRoad
from services.wishes.contracts import Door


class BatchingRoad(ReleaseRoad[Batching]):
    """Lets households say more than one wish, a member take all of them, and a unit a community's month."""

    def prepare(self) -> None:
        """Remember nobody yet."""
        self._households: list[list[UUID]] = []

    def take_in(self, wishes: list[Wish]) -> list[Wish]:
        """Let one resident say what two would have said."""
        told: set[int] = set()
        for first, second in self._pairs(wishes):
            both = (first, msgspec.structs.replace(second, resident=first.resident))
            heard = [intake.enter(self.scene, wish, Door.VISIT).wish_id for wish in both]
            self._households.append(heard)
            told |= {first.number, second.number}
        return [wish for wish in wishes if wish.number not in told]

    def act(self, day: date) -> None:
        """Claim every household heard since the last release, then communities."""
        for wishes in self._households:
            self._claim_household(wishes, day)
        self._households = []
        communities = self._communities()
        for _ in range(self.settings.communities_each_month if communities else 0):
            self._claim_community(self.dice.choice(communities), day)

    def _communities(self) -> list[Community]:
        communities = list(self.scene.cast.communities.values())
        joined = communities[: self.scene.scenario.taking_part(1)]
        return [one for one in joined if self.scene.lies_in(one.id, self.settings.at)]

    # -- a household

    def _pairs(self, wishes: list[Wish]) -> Iterator[tuple[Wish, Wish]]:
        """Yield two different wishes of people in the same hardship and community, so many times."""
        waiting: dict[tuple[str, str], Wish] = {}
        left = self.settings.households_each_month
        for second in wishes:
            community = self.scene.cast.communities[second.community]
            if second.urgency == "urgent" or not self.scene.lies_in(community.id, self.settings.at):
                continue
            first = waiting.setdefault((second.community, second.resident.hardship), second)
            if left and first.text != second.text:
                del waiting[second.community, second.resident.hardship]
                left -= 1
                yield first, second

    def _claim_household(self, wishes: list[UUID], day: date) -> None:
        offers = self.scene.board.pick_all(day, lambda offer: offer.wish_id in wishes)
        if not offers:
            return  # screened out, both of them
        member = self.dice.choice(self.scene.cast.members)
        batch = self.scene.attempt(ClaimBatch(by=member, household_of=offers[0].wish_id))
        for claimed in batch.claims if batch else ():
            offer: OfferView = self.scene.ask(GetOffer(wish_id=claimed.wish_id))
            self.fulfilling.see_through(offer, claimed.claim_id, member, day, self.dice)

    # -- a community's month

    def _claim_community(self, community: Community, day: date) -> None:
        found = self.scene.board.pick_all(day, lambda offer: offer.community_id == community.id)
        offers = {offer.wish_id: offer for offer in found}
        unit = self.dice.choice(self.scene.cast.units)
        officer = self.scene.cast.officer_of(unit)
        batch = self.scene.attempt(
            ClaimBatch(
                by=officer,
                community_id=community.id,
                unit_id=unit.id,
                named=somebody_of(self.scene, unit, self.dice),
                all_or_nothing=False,
            )
        )
        for claimed in batch.claims if batch else ():
            offer = offers.get(claimed.wish_id) or self.scene.ask(GetOffer(wish_id=claimed.wish_id))
            self.fulfilling.see_through(offer, claimed.claim_id, officer, day, self.dice)
