"""The board as the side roads share it out, so that no two of them take the same wish."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from services.claims.contracts import ListOffers, OfferView
from services.console.rehearsal.cast import every

Fits = Callable[[OfferView], bool]

MOST_OF_THEM = 0.4
"""The share of what fits that one road takes on a day, so that a small city has some of everything."""


class Board:
    """The open wishes of a day, and those that the crowd leaves alone."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        """Take the door at which the board is seen."""
        self._ask = ask
        self._day: date | None = None
        self._open: list[OfferView] = []
        self._set_aside: set[UUID] = set()

    def pick(self, day: date, dice: Random, number: int, fits: Fits) -> list[OfferView]:
        """Take up to `number` open wishes that fit, but leave most to others; no other road gets them."""
        self._look(day)
        fitting = [offer for offer in self._open if offer.places_left and fits(offer)]
        dice.shuffle(fitting)
        picked = fitting[: min(number, max(1, int(len(fitting) * MOST_OF_THEM)))]
        return self._take(picked)

    def pick_all(self, day: date, fits: Fits) -> list[OfferView]:
        """Take all open wishes that fit."""
        self._look(day)
        return self._take([offer for offer in self._open if offer.places_left and fits(offer)])

    def take(self, day: date, wish_id: UUID) -> bool:
        """Take one wish; say whether it was still there."""
        return bool(self.pick_all(day, lambda offer: offer.wish_id == wish_id))

    def set_aside(self, wish_id: UUID) -> None:
        """Keep a wish from the crowd, although it is open."""
        self._set_aside.add(wish_id)

    def give_free(self, wish_id: UUID) -> None:
        """Leave a wish to the crowd again."""
        self._set_aside.discard(wish_id)

    def _look(self, day: date) -> None:
        if day != self._day:
            self._day, self._open = day, self.for_the_crowd()

    def _take(self, picked: list[OfferView]) -> list[OfferView]:
        taken = {offer.wish_id for offer in picked}
        self._open = [offer for offer in self._open if offer.wish_id not in taken]
        return picked

    def give_all_free(self) -> None:
        """Leave everything to the crowd, so that nothing is forgotten in the end."""
        self._set_aside.clear()

    def for_the_crowd(self) -> list[OfferView]:
        """Return the open wishes that everybody may storm."""
        offers: list[OfferView] = every(self._ask, ListOffers)
        return [offer for offer in offers if offer.wish_id not in self._set_aside]
