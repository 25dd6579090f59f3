"""What a side road is: something besides the main road of the month, with its own moments in every day."""

from datetime import date
from random import Random
from typing import Generic, TypeVar

from services.claims.contracts import OfferView
from services.console.rehearsal.board import Fits
from services.console.rehearsal.cast import Community
from services.console.rehearsal.fulfilling import Fulfilling
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.scene import Scene
from services.console.rehearsal.written import Written
from services.wishes.contracts import WishView

Settings = TypeVar("Settings", bound=Written)


class SideRoad(Generic[Settings]):
    """Plays one mechanism of the programme; each moment does nothing unless the road says what."""

    def __init__(self, scene: Scene, settings: Settings) -> None:
        """Take what is at hand, and the table of the scenario file that asks for this road."""
        self.scene, self.settings = scene, settings
        self.dice = scene.dice(type(self).__name__)
        self.fulfilling = Fulfilling(scene)

    def prepare(self) -> None:
        """Do what is done once, before the first day: settings of areas, teams, cards."""

    def take_in(self, wishes: list[Wish]) -> list[Wish]:
        """Bring in some of the wishes of a day by a way of one's own; return the others."""
        return wishes

    def screen(self, community: Community, wish: WishView, dice: Random) -> bool:
        """Decide about a wish that waits for screening; say whether it was decided here."""
        return False

    def open_day(self, day: date) -> None:
        """Act before the members storm the board."""

    def close_day(self, day: date) -> None:
        """Act when the members have gone."""


class ReleaseRoad(SideRoad[Settings]):
    """A side road that takes its wishes when a month's are put up, before the crowd does."""

    def open_day(self, day: date) -> None:
        """Act on the days of release."""
        if day in self.scene.rhythm.releases:
            self.act(day)

    def act(self, day: date) -> None:
        """Take wishes from the board and do with them what the road is for."""

    def pick(self, day: date, number: int, fits: Fits = lambda offer: True) -> list[OfferView]:
        """Take up to `number` open wishes of the road's places that fit."""
        places = getattr(self.settings, "at", ())
        return self.scene.board.pick(
            day,
            self.dice,
            number,
            lambda offer: self.scene.lies_in(offer.community_id, places) and fits(offer),
        )
