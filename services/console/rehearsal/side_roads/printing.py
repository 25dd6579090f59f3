"""Paper wish cards 心愿卡 (004): printed for every community; a wish written on one keeps its code."""

from functools import partial

from services.console.rehearsal import intake
from services.console.rehearsal.cast import Community
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.programme import Printing
from services.console.rehearsal.scenario import spread
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import Door, PrintCards

DESKS = 8

IN_ONE_GO = 500
"""Cards that a house prints in one go."""


def portions(cards: int) -> list[int]:
    """Return how many cards are printed in one go after the other."""
    return [min(IN_ONE_GO, cards - printed) for printed in range(0, cards, IN_ONE_GO)]


class PrintingRoad(SideRoad[Printing]):
    """Prints cards before the first day, and enters some of what residents write on them."""

    def prepare(self) -> None:
        """Print the cards of each community; a city of another size prints more or fewer in proportion."""
        self._piles: dict[str, list[str]] = {}
        communities = self.scene.cast.communities
        in_all = self.settings.cards * len(communities) // len(self.scene.scenario.listed.communities)
        shares = spread(in_all, [1] * len(communities))
        errands = [
            partial(self._print, code, community, share)
            for (code, community), share in zip(communities.items(), shares, strict=True)
        ]
        self.scene.together(errands, DESKS)

    def take_in(self, wishes: list[Wish]) -> list[Wish]:
        """Enter what came back on cards; the rest comes by its own doors."""
        on_cards = [wish for wish in wishes if self._is_on_a_card(wish)]
        self.scene.together((partial(self._enter, wish) for wish in on_cards), DESKS)
        entered = {wish.number for wish in on_cards}
        return [wish for wish in wishes if wish.number not in entered]

    def _print(self, code: str, community: Community, cards: int) -> None:
        """Print in portions, since one community may get more cards than are printed in one go."""
        pile = self._piles.setdefault(code, [])
        for portion in portions(cards):
            asked = PrintCards(by=community.worker, community_id=community.id, count=portion)
            pile += self.scene.ask(asked).codes

    def _is_on_a_card(self, wish: Wish) -> bool:
        return wish.door == "staff" and self.dice.random() < self.settings.come_back

    def _enter(self, wish: Wish) -> None:
        """Enter a card; where none is left, what was written on a plain sheet is brought by a visitor."""
        pile = self._piles.get(wish.community)
        if pile:
            intake.enter(self.scene, wish, Door.CARD, card_code=pile.pop())
        else:
            intake.enter(self.scene, wish, Door.VISIT)
