"""The second half of a month: the rush, and what becomes of every claim."""

from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from random import Random
from uuid import UUID

from services.chassis.contracts import Command
from services.chassis.refusals import Refusal
from services.chassis.rights import Actor
from services.claims.contracts import (
    ClaimWish,
    ConfirmByResident,
    ConfirmFulfilment,
    DeliverClaim,
    ListOffers,
    LookUpContact,
    OfferView,
    ReportNotDone,
    ReturnClaim,
    UndoClaim,
)
from services.console.rehearsal.cast import Cast, every
from services.console.rehearsal.scenario import Scenario
from services.console.rehearsal.stage import Errand, Stage, do_together

AT_ONCE = 64
"""How many members tap at the same moment."""

WANTED = 1.7
"""Claims attempted for each place in a rush: more than there are, so that somebody loses every race."""


class Claiming:
    """Lets members claim, and does with each claim what the scenario's shares say."""

    def __init__(
        self, stage: Stage, scenario: Scenario, cast: Cast, codes: dict[str, str], chance: Random
    ) -> None:
        """Take the stage, the shares, the cast, the residents' confirmation codes and the dice."""
        self._stage, self._shares, self._cast, self._chance = stage, scenario.behaviour, cast, chance
        self._codes = codes
        self._workers = {community.path: community.worker for community in cast.communities.values()}
        self._community_paths = {community.id: community.path for community in cast.communities.values()}
        self._agenda: dict[date, list[Errand]] = defaultdict(list)
        self.attempted = 0

    def rush(self, on: date, share: float = 0.92) -> None:
        """Let members storm the board: `share` of the open wishes, each wanted by more than can have it."""
        offers: list[OfferView] = every(self._stage.ask, ListOffers)
        wanted = [offer for offer in offers if self._chance.random() < share]
        attempts = [(offer, member) for offer in wanted for member in self._takers(offer)]
        self._chance.shuffle(attempts)
        do_together((partial(self._claim, offer, member, on) for offer, member in attempts), AT_ONCE)

    def run_errands(self, on: date) -> None:
        """Do what claimants, residents and workers meant to do on this day."""
        do_together(self._agenda.pop(on, []), AT_ONCE)

    @property
    def last_errand_on(self) -> date | None:
        """Return the latest day for which anything is meant to be done."""
        return max(self._agenda, default=None)

    def _takers(self, offer: OfferView) -> list[Actor]:
        wanted = max(1, round(offer.places_left * (WANTED + self._chance.random() - 0.5)))
        return self._chance.sample(self._cast.members, min(wanted, len(self._cast.members)))

    def _claim(self, offer: OfferView, member: Actor, on: date) -> None:
        self.attempted += 1
        key = f"rush-{on}-{offer.wish_id}-{member.member_id}"
        try:
            claimed = self._stage.ask(ClaimWish(by=member, wish_id=offer.wish_id, key=key))
        except Refusal:
            return  # the reason is counted where it was given
        self._plan(offer, member, claimed.claim_id, on)

    def _plan(self, offer: OfferView, member: Actor, claim_id: UUID, on: date) -> None:
        """Throw the dice for one claim: undone, returned, left to lapse, disputed, or seen through."""
        thrown = self._chance.random()
        deliver_on = on + timedelta(days=self._chance.randint(1, 10))
        confirm_on = deliver_on + timedelta(days=self._chance.randint(1, 3))
        if thrown < 0.02:
            self._try(UndoClaim(by=member, claim_id=claim_id))
        elif thrown < 0.06:
            self._later(on + timedelta(days=4), partial(self._give_back, member, claim_id))
        elif thrown < 0.06 + self._shares.lapsed:
            return  # nothing is done about it, until it lapses
        else:
            is_disputed = thrown > 1 - self._shares.disputed
            self._later(deliver_on, partial(self._deliver, member, claim_id))
            self._later(confirm_on, partial(self._confirm, offer, claim_id, is_disputed))

    def _later(self, on: date, errand: Errand) -> None:
        self._agenda[on].append(errand)

    def _give_back(self, member: Actor, claim_id: UUID) -> None:
        self._try(ReturnClaim(by=member, claim_id=claim_id, reason="临时出差，无法前往。"))

    def _deliver(self, member: Actor, claim_id: UUID) -> None:
        self._try(LookUpContact(by=member, claim_id=claim_id))
        self._try(DeliverClaim(by=member, claim_id=claim_id, note="已送到家中。"))

    def _confirm(self, offer: OfferView, claim_id: UUID, is_disputed: bool) -> None:
        worker = self._workers[self._community_paths[offer.community_id]]
        if is_disputed:
            self._try(ReportNotDone(by=worker, claim_id=claim_id, reason="居民反映尚未收到。"))
        elif offer.code in self._codes and offer.places == 1:
            code = self._codes[offer.code]
            self._try(ConfirmByResident(wish_code=offer.code, confirmation_code=code, satisfaction=5))
        else:
            self._try(ConfirmFulfilment(by=worker, claim_id=claim_id, note="已电话回访。", satisfaction=4))

    def _try(self, command: Command) -> None:
        """Ask; a refusal (the wish was withdrawn meanwhile, say) is part of life."""
        try:
            self._stage.ask(command)
        except Refusal as refusal:
            if refusal.kind == "unavailable":
                raise
