"""The board: the wishes that wait to be claimed, for everybody to read."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from services.chassis import clock, words
from services.chassis.calendar import PublicHolidays
from services.chassis.contracts import Query
from services.chassis.refusals import Refusal
from services.claims.contracts import ListOffers, OfferView
from services.directory.contracts import AreaKind, AreaSettings, ListAreas
from services.gateway.pages.copies import MOST, Copies, Copy
from services.gateway.pages.release_day import in_words, next_release, to_the_second
from services.gateway.settings import GatewaySettings
from services.wishes.contracts import WishKind

ON_A_PAGE = 30
THE_CITY = ListAreas(kind=AreaKind.CITY, limit=1)
THE_RULE_HOLDS_FOR = 300.0
"""Seconds for which the city's release rule is not asked for again; it changes once a year, if ever."""


@dataclass(frozen=True)
class Wanted:
    """What a visitor wants to see of the board, as the address says it."""

    kind: WishKind | None = None
    after: str | None = None
    is_large: bool = False
    language: str = "zh"

    def address(self, **changes: str | None) -> str:
        """Return the address of the board with some of it changed; None leaves a part away."""
        parts = {
            "kind": self.kind.value if self.kind else None,
            "after": self.after,
            "text": "large" if self.is_large else None,
        }
        chosen = {name: value for name, value in (parts | changes).items() if value}
        return f"/?{urlencode(chosen)}" if chosen else "/"


@dataclass(frozen=True)
class Seen:
    """What there is to see: the wishes, when we last knew, and when more go up."""

    offers: tuple[OfferView, ...]
    next: str | None
    updated: str
    is_stale: bool
    next_release: str | None
    remark: str | None


class Board:
    """Reads the board from claims and the rule of releases from the directory; draws it once for all."""

    def __init__(
        self,
        ask: Callable[[Query], object],
        draw: Callable[[Seen, Wanted], str],
        settings: GatewaySettings,
        zone: str,
        holidays: PublicHolidays,
    ) -> None:
        """Take how to ask, how to draw, the settings, and the city's time zone and public holidays."""
        self._first_pages = Copies(ask, settings.board_fresh_seconds)
        self._further_pages = Copies(ask, settings.board_fresh_seconds)  # anybody can invent where one begins
        self._areas = Copies(ask, THE_RULE_HOLDS_FOR)
        self._draw, self._zone, self._holidays = draw, zone, holidays
        self._drawn: OrderedDict[Wanted, tuple[Copy, str]] = OrderedDict()

    def page(self, wanted: Wanted) -> str:
        """Return the page as HTML; raise `Unavailable` when what it shows was never known."""
        pages = self._further_pages if wanted.after else self._first_pages
        offers = pages.of(ListOffers(kind=wanted.kind, after=wanted.after, limit=ON_A_PAGE))
        of, page = self._drawn.get(wanted, (None, ""))
        if of is not offers:
            page = self._draw(self._seen(offers, wanted), wanted)
            self._drawn[wanted] = offers, page
            self._drawn.move_to_end(wanted)
            if len(self._drawn) > MOST:
                self._drawn.popitem(last=False)
        return page

    def _seen(self, offers: Copy, wanted: Wanted) -> Seen:
        release = self._next_release(wanted.language)
        return Seen(
            offers=tuple(offers.answer.items),
            next=offers.answer.next,
            updated=to_the_second(offers.taken_at, self._zone, wanted.language),
            is_stale=offers.is_stale,
            next_release=release[0] if release else None,
            remark=release[1] if release else None,
        )

    def _next_release(self, language: str) -> tuple[str, str | None] | None:
        """Return the next release in words, with a remark if there is one; None when it cannot be known."""
        try:
            city: Copy = self._areas.of(THE_CITY)
        except Refusal:
            return None
        settings: AreaSettings | None = city.answer.items[0].settings if city.answer.items else None
        if settings is None:
            return None
        release = next_release(settings, clock.now(), self._zone, self._holidays)
        if release is None:
            return None
        remark = words.say(release.note.code, language, **release.note.arguments) if release.note else None
        return in_words(release.at, self._zone, language), remark


@lru_cache(maxsize=8)
def kinds_in_words(language: str) -> tuple[tuple[WishKind, str], ...]:
    """Return the kinds of wishes with their names."""
    return tuple((kind, words.say(f"gateway.kind.{kind.value}", language)) for kind in WishKind)
