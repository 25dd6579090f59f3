"""The second half of a month: the rush, and what becomes of every claim."""

from datetime import date
from functools import partial
from uuid import UUID

from services.chassis.rights import Actor
from services.claims.contracts import ClaimWish, OfferView, ReturnClaim, UndoClaim
from services.console.rehearsal.fulfilling import Fulfilling
from services.console.rehearsal.scene import Scene

WANTED = 1.7
"""Claims attempted for each place in a rush: more than there are, so that somebody loses every race."""


FEW, EAGER = 12, 0.5
"""A neighbourhood of fewer members looks to the whole city; which share of wishes its eager half storms."""


class Claiming:
    """Lets members claim, and does with each claim what the scenario's shares say."""

    def __init__(self, scene: Scene) -> None:
        """Take what is at hand."""
        self._scene, self._shares = scene, scene.scenario.behaviour
        self._fulfilling = Fulfilling(scene)
        self._chance = scene.dice("claiming")

    def rush(self, on: date, share: float = 0.92) -> None:
        """Let members storm the board: `share` of the open wishes, each wanted by more than can have it."""
        if on >= self._scene.rhythm.last_call:
            self._scene.board.give_all_free()
        offers = filter(self._is_wanted, self._scene.board.for_the_crowd())
        wanted = [offer for offer in offers if self._chance.random() < share]
        attempts = [(offer, member) for offer in wanted for member in self._takers(offer)]
        self._chance.shuffle(attempts)
        self._scene.together(partial(self._claim, offer, member, on) for offer, member in attempts)

    def _is_wanted(self, offer: OfferView) -> bool:
        """Say whether the crowd has hands for a wish; what is left today is left for good."""
        lot = self._scene.dice("wanted", offer.wish_id).random()
        return lot < self._shares.wanted

    def _takers(self, offer: OfferView) -> list[Actor]:
        wanted = max(1, round(offer.places_left * (WANTED + self._chance.random() - 0.5)))
        near = self._near(offer)
        return self._chance.sample(near, min(wanted, len(near)))

    def _near(self, offer: OfferView) -> list[Actor]:
        """Return whom a wish draws: who lives there (004: 前往居住地所属社区认领), often the eager half."""
        near = self._scene.cast.neighbours.get(offer.community_id, [])
        if len(near) < FEW:
            return self._scene.cast.members
        return near[: len(near) // 2] if self._chance.random() < EAGER else near

    def _claim(self, offer: OfferView, member: Actor, on: date) -> None:
        key = f"rush-{on}-{offer.wish_id}-{member.member_id}"
        claimed = self._scene.attempt(ClaimWish(by=member, wish_id=offer.wish_id, key=key))
        if claimed is not None:  # else the reason is counted where it was given
            self.plan(offer, member, claimed.claim_id, on)

    def plan(self, offer: OfferView, member: Actor, claim_id: UUID, on: date) -> None:
        """Throw the dice for one claim: undone, returned, left to lapse, disputed, or seen through."""
        thrown = self._chance.random()
        if on >= self._scene.rhythm.last_call:
            thrown = 0.5  # nobody dallies any more
        if thrown < 0.02:
            self._scene.attempt(UndoClaim(by=member, claim_id=claim_id))
        elif thrown < 0.06:
            instead_of_delivering, _ = self._scene.rhythm.comes_true(on, self._chance)
            self._scene.later(instead_of_delivering, partial(self._give_back, member, claim_id))
        elif thrown < 0.06 + self._shares.lapsed:
            return  # nothing is done about it, until it lapses
        else:
            is_disputed = thrown > 1 - self._shares.disputed
            self._fulfilling.see_through(offer, claim_id, member, on, self._chance, is_disputed)

    def _give_back(self, member: Actor, claim_id: UUID) -> None:
        self._scene.attempt(ReturnClaim(by=member, claim_id=claim_id, reason="临时出差，无法前往。"))
