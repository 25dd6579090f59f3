"""Members look what they owe, and who has not taken a wish yet takes one (002: 在职党员至少领办1个微心愿)."""

from datetime import date, timedelta

from services.chassis.rights import Actor
from services.claims.contracts import ClaimWish
from services.console.rehearsal.programme_of_claims import Obliging
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.points.contracts import CountObligations, DutyKind, MyObligations

AFTER_THE_RUSH = timedelta(days=5)


class ObligingRoad(SideRoad[Obliging]):
    """Lets some members and all officers of units see what is expected of them, days after a release."""

    def open_day(self, day: date) -> None:
        """Look at one's obligations; take a wish when nothing was done yet."""
        if day - AFTER_THE_RUSH not in self.scene.rhythm.releases:
            return
        members = self.scene.cast.members
        for member in self.dice.sample(members, min(self.settings.members_who_look, len(members))):
            if self._owes(member):
                self._take(member, day)
        for unit in self.scene.cast.units:
            self.scene.ask(MyObligations(by=self.scene.cast.officer_of(unit)))
        self.scene.ask(
            CountObligations(by=self.scene.city_officer, below=self.scene.city_path, year=day.year)
        )

    def _owes(self, member: Actor) -> bool:
        obligations = self.scene.ask(MyObligations(by=member)).items
        return any(one.kind is DutyKind.MEMBER_WISHES and one.done < one.required for one in obligations)

    def _take(self, member: Actor, day: date) -> None:
        home = self.scene.cast.home_of(member)
        for offer in self.scene.board.pick(day, self.dice, 1, lambda offer: offer.community_id == home):
            claimed = self.scene.attempt(ClaimWish(by=member, wish_id=offer.wish_id))
            if claimed is not None:
                self.fulfilling.see_through(offer, claimed.claim_id, member, day, self.dice)
