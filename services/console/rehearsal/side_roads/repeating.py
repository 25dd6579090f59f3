"""Wishes told twice (001: 甄别): the worker is warned, and the screener keeps the first only."""

from random import Random
from uuid import UUID

from services.console.rehearsal import intake
from services.console.rehearsal.cast import Community
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.programme import Repeating
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import DeclineWish, Door, GetWish, WishView


class RepeatingRoad(SideRoad[Repeating]):
    """Tells some wishes of each month a second time, with the same words and telephone."""

    def prepare(self) -> None:
        """Know of no second telling yet."""
        self._second: set[UUID] = set()

    def take_in(self, wishes: list[Wish]) -> list[Wish]:
        """Bring in a few wishes and tell them again; a relative does not know that they were told."""
        known = [wish for wish in wishes if wish.door in ("api", "staff")]
        twice = known[: self.settings.each_month]
        for wish in twice:
            intake.enter(self.scene, wish, Door.VISIT)
            again = intake.enter(self.scene, wish, Door.COUNTER, key=f"again-{wish.number}")
            if again.duplicates:
                self._second.add(again.wish_id)
        told = {wish.number for wish in twice}
        return [wish for wish in wishes if wish.number not in told]

    def screen(self, community: Community, wish: WishView, dice: Random) -> bool:
        """Decline the second of two, when the screener sees the hint too."""
        if wish.id not in self._second:
            return False
        seen = self.scene.ask(GetWish(by=community.worker, wish_id=wish.id))
        if not seen.duplicates:
            return False
        reason = "与本人此前提出的心愿重复，已合并办理。"
        self.scene.ask(DeclineWish(by=community.worker, wish_id=wish.id, reason=reason))
        return True
