"""A unit leads a claim that it shares with another unit and the community (001: 跨社区、跨单位联合)."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.chassis.rights import Actor
from services.claims.contracts import ClaimJointly, FinishJointPart, JointParty, JointShare, OfferView
from services.console.rehearsal.programme_of_claims import ClaimingJointly
from services.console.rehearsal.side_roads.naming import somebody_of
from services.console.rehearsal.side_roads.side_road import ReleaseRoad


class ClaimingJointlyRoad(ReleaseRoad[ClaimingJointly]):
    """Lets two units and a community share what is too much for one."""

    def act(self, day: date) -> None:
        """Claim jointly; each party says when its part is done."""
        for offer in self.pick(day, self.settings.each_month):
            self._claim(offer, day)

    def _claim(self, offer: OfferView, day: date) -> None:
        lead, other = self.dice.sample(self.scene.cast.units, 2)
        officer, beside = self.scene.cast.officer_of(lead), self._community_beside(offer.community_id)
        claimed = self.scene.attempt(
            ClaimJointly(
                by=officer,
                wish_id=offer.wish_id,
                unit_id=lead.id,
                own_share="牵头联系并送到家中",
                others=[
                    JointShare(party=JointParty.UNIT, party_id=other.id, share="出人出车"),
                    *(
                        JointShare(party=JointParty.COMMUNITY, party_id=one, share="陪同入户")
                        for one in beside
                    ),
                ],
                named=somebody_of(self.scene, lead, self.dice),
            )
        )
        if claimed is None:
            return
        self.fulfilling.see_through(offer, claimed.claim_id, officer, day, self.dice)
        parties = {
            lead.id: officer,
            other.id: self.scene.cast.officer_of(other),
        } | {one: self.scene.worker_at(one) for one in beside}
        for party_id, who in parties.items():
            errand = partial(self._finish, claimed.claim_id, party_id, who)
            self.scene.later(day + timedelta(days=1), errand)

    def _community_beside(self, community_id: UUID) -> list[UUID]:
        """Return the community next to one, if there is any: that of the wish itself is to confirm it."""
        ids = [community.id for community in self.scene.cast.communities.values()]
        after = ids.index(community_id) + 1
        return [(ids[after:] + ids)[0]] if len(ids) > 1 else []

    def _finish(self, claim_id: UUID, party_id: UUID, who: Actor) -> None:
        self.scene.attempt(FinishJointPart(by=who, claim_id=claim_id, party_id=party_id))
