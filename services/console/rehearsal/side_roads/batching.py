"""All wishes of one household, or of one community's month, are claimed at once (001, 003: 一对多)."""

from datetime import date
from uuid import UUID

from services.claims.contracts import ClaimBatch, GetOffer, OfferView
from services.console.rehearsal import people
from services.console.rehearsal.cast import Community
from services.console.rehearsal.programme_of_claims import Batching
from services.console.rehearsal.side_roads.naming import somebody_of
from services.console.rehearsal.side_roads.side_road import ReleaseRoad
from services.wishes.contracts import Category, Door, EnterWish, ResidentDetails, WishDetails, WishKind

WISHES_OF_A_HOUSEHOLD = 2


class BatchingRoad(ReleaseRoad[Batching]):
    """Lets households say more than one wish, a member take all of them, and a unit a community's month."""

    def prepare(self) -> None:
        """Remember nobody yet."""
        self._households: list[list[UUID]] = []

    def open_day(self, day: date) -> None:
        """Hear households on the day on which wishes are taken in; claim on the days of release."""
        if day in self.scene.rhythm.takes_in_on:
            for _ in range(self.settings.households_each_month):
                self._hear(self.dice.choice(self._communities()), day)
        super().open_day(day)

    def act(self, day: date) -> None:
        """Claim every household heard since the last release, then communities."""
        for wishes in self._households:
            self._claim_household(wishes, day)
        self._households = []
        for _ in range(self.settings.communities_each_month):
            self._claim_community(self.dice.choice(self._communities()), day)

    def _communities(self) -> list[Community]:
        communities = list(self.scene.cast.communities.values())
        joined = communities[: self.scene.scenario.taking_part(1)]
        return [one for one in joined if self.scene.lies_in(one.id, self.settings.at)]

    # -- a household

    def _hear(self, community: Community, day: date) -> None:
        scenario = self.scene.scenario
        key, hardship = self.dice.choice(list(scenario.hardships.items()))
        number = len(self._households)
        person = people.resident(
            self.dice,
            number=number,
            phone=self.scene.fresh_phone(),
            community=community.path,
            hardship=key,
            ages=hardship.ages,
            home=people.address(self.dice, scenario.roads),
        )
        resident = ResidentDetails(
            name=person.name,
            phone=person.phone,
            address=person.address,
            gender="女" if person.gender == "female" else "男",
            age=person.age,
        )
        said = [
            one for one in scenario.listed.templates if key in one.said_by and one.value < scenario.ceiling
        ]
        wishes = self.dice.sample(said, min(WISHES_OF_A_HOUSEHOLD, len(said)))
        heard = [
            self.scene.ask(
                EnterWish(
                    by=community.worker,
                    community_id=community.id,
                    door=Door.VISIT,
                    wish=WishDetails(
                        title=wish.text,
                        kind=WishKind(wish.kind),
                        category=Category(wish.category),
                        value=wish.value,
                    ),
                    resident=resident,
                    key=f"household-{day}-{number}-{wish.text}",
                )
            ).wish_id
            for wish in wishes
        ]
        self._households.append(heard)

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
