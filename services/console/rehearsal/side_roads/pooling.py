"""Members pledge towards what one alone cannot give: received, withdrawn, given back, or too little (003)."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.chassis.rights import Actor
from services.claims.contracts import (
    ClaimantKind,
    GiveBackPledge,
    MyClaims,
    OfferView,
    PledgeTowardsWish,
    ReceivePledge,
    ReturnClaim,
    WithdrawPledge,
)
from services.console.rehearsal.programme_of_claims import Pooling
from services.console.rehearsal.scenario import spread
from services.console.rehearsal.side_roads.side_road import ReleaseRoad
from services.wishes.contracts import WishKind

RECEIVED_AFTER, RETURNED_AFTER, GIVEN_BACK_AFTER = timedelta(days=2), timedelta(days=4), timedelta(days=6)

LAPSED_AFTER = timedelta(days=16)
"""The days in which pledges reach their target, and one for the clock."""


class PoolingRoad(ReleaseRoad[Pooling]):
    """Lets members pool for the dearest goods on the board; nobody is asked twice while others are left."""

    def prepare(self) -> None:
        """Ask nobody yet."""
        self._asked: set[UUID | None] = set()
        self._pools = 0

    def act(self, day: date) -> None:
        """Open pools: first for what is above the ceiling, then for other goods."""
        ceiling, wanted = self.scene.scenario.ceiling, self.settings.each_month
        picked = self.pick(day, wanted, lambda offer: _is_goods(offer) and offer.value > ceiling)
        if len(picked) < wanted:
            picked += self.pick(day, wanted - len(picked), _is_goods)
        for offer in picked:
            self._pool(offer, day)

    def _pool(self, offer: OfferView, day: date) -> None:
        """Give every pool its fate: given back, lapsed, or seen through; each kind comes early once."""
        self._pools += 1
        fate = {2: 0.0, 3: self.settings.given_back}.get(self._pools, self.dice.random())
        members = self._pledgers(offer)
        amounts = spread(offer.value, [1] * len(members))
        is_late = day + LAPSED_AFTER > self.scene.rhythm.last_day
        if self.settings.given_back <= fate < self.settings.given_back + self.settings.lapsed and not is_late:
            self._pledge(offer, list(zip(members, amounts, strict=True))[:-1])
            self.scene.board.set_aside(offer.wish_id)
            self.scene.later(day + LAPSED_AFTER, partial(self.scene.board.give_free, offer.wish_id))
            return
        if self._pools % 2:
            self._change_mind(offer, amounts[0])
        pledges = self._pledge(offer, list(zip(members, amounts, strict=True)))
        claim_id = self._claim_of_pool(members[0], offer)
        if claim_id is None:
            return
        self.scene.later(day + RECEIVED_AFTER, partial(self._receive, offer, pledges))
        if fate < self.settings.given_back:
            self.scene.later(day + RETURNED_AFTER, partial(self._return, members[0], claim_id))
            self.scene.later(day + GIVEN_BACK_AFTER, partial(self._give_back, offer, pledges))
        else:
            self.fulfilling.see_through(offer, claim_id, members[0], day, self.dice)

    def _pledgers(self, offer: OfferView) -> list[Actor]:
        near = self.scene.cast.neighbours.get(offer.community_id, [])
        fresh = [member for member in near if member.member_id not in self._asked]
        number = min(self.settings.pledgers, offer.value, len(self.scene.cast.members))
        asked = self.dice.sample(fresh if len(fresh) >= number else self.scene.cast.members, number)
        self._asked |= {member.member_id for member in asked}
        return asked

    def _change_mind(self, offer: OfferView, amount: int) -> None:
        member = self.dice.choice(self.scene.cast.members)
        pledged = self.scene.attempt(PledgeTowardsWish(by=member, wish_id=offer.wish_id, amount=amount))
        if pledged is not None:
            self.scene.attempt(WithdrawPledge(by=member, pledge_id=pledged.id))

    def _pledge(self, offer: OfferView, promises: list[tuple[Actor, int]]) -> list[UUID]:
        pledged = [
            self.scene.attempt(PledgeTowardsWish(by=member, wish_id=offer.wish_id, amount=amount))
            for member, amount in promises
        ]
        return [done.id for done in pledged if done is not None]

    def _claim_of_pool(self, first: Actor, offer: OfferView) -> UUID | None:
        for claim in self.scene.ask(MyClaims(by=first, state="held")).items:
            if claim.wish_id == offer.wish_id and claim.claimant_kind is ClaimantKind.POOL:
                claim_id: UUID = claim.id
                return claim_id
        return None

    def _receive(self, offer: OfferView, pledges: list[UUID]) -> None:
        worker = self.scene.worker_at(offer.community_id)
        for pledge_id in pledges:
            self.scene.attempt(ReceivePledge(by=worker, pledge_id=pledge_id))

    def _return(self, first: Actor, claim_id: UUID) -> None:
        self.scene.attempt(ReturnClaim(by=first, claim_id=claim_id, reason="厂家缺货，退回再议。"))

    def _give_back(self, offer: OfferView, pledges: list[UUID]) -> None:
        worker = self.scene.worker_at(offer.community_id)
        for pledge_id in pledges:
            self.scene.attempt(GiveBackPledge(by=worker, pledge_id=pledge_id))


def _is_goods(offer: OfferView) -> bool:
    return offer.kind is WishKind.GOODS and offer.value > 0
