"""Festivals (001 三): workers hear of each ahead; where it is asked for, each has a drive of its own."""

from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.chassis.calendar import Audience, Festival, festivals
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.console.rehearsal import intake
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.programme import Celebrating
from services.console.rehearsal.rhythm import ALL
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.directory.contracts import ChangeAreaSettings
from services.wishes.contracts import CampaignDates, CreateCampaign, Door

COLLECTS, SCREENS, CLAIMS, GRANTS = (timedelta(days=days) for days in (18, 15, 13, 4))
"""Days before the festival on which its drive moves on, so that what is claimed is granted by the day."""

CONCERNS: dict[Audience, frozenset[str]] = {
    Audience.PEOPLE_IN_HARDSHIP: frozenset(),
    Audience.VOLUNTEERS: frozenset(),
    Audience.CHILDREN: frozenset({"left_behind_child", "special_child"}),
    Audience.ELDERS_ALONE: frozenset({"empty_nest", "living_alone", "bereaved_parent"}),
    Audience.VETERANS_AND_MEMBERS_IN_HARDSHIP: frozenset({"veteran", "party_member_in_need"}),
}
"""Whose wishes a festival's drive is for, by the keys of hardships; nobody in particular when empty."""


class CelebratingRoad(SideRoad[Celebrating]):
    """Asks to hear of festivals in time, and holds a campaign for each of them."""

    def prepare(self) -> None:
        """Say how far ahead festivals are told, and plan the drives."""
        self._drives: dict[Festival, UUID] = {}
        self._kept: dict[date, list[tuple[Festival, Wish]]] = defaultdict(list)
        ahead: dict[str, object] = {"festival_days": self.settings.days_ahead}
        self.scene.ask(
            ChangeAreaSettings(by=OPERATOR_AT_THE_CONSOLE, area_id=self.scene.cast.city_id, settings=ahead)
        )
        if self.settings.wishes:
            for festival in self._to_come():
                self._drives[festival] = self._plan(festival)

    def take_in(self, wishes: list[Wish]) -> list[Wish]:
        """Keep wishes of those concerned for the drives of the coming month."""
        left = list(wishes)
        for festival in self._drives:
            collects_on = festival.on - COLLECTS
            if self.scene.today <= collects_on < self._next_intake():
                chosen = [wish for wish in left if _fits(wish, festival)][: self.settings.wishes]
                self._kept[collects_on] += [(festival, wish) for wish in chosen]
                left = [wish for wish in left if wish not in chosen]
        return left

    def open_day(self, day: date) -> None:
        """Take in what was kept for a drive on its first day."""
        kept = self._kept.pop(day, [])
        self.scene.together(partial(self._enter, festival, wish) for festival, wish in kept)

    def _next_intake(self) -> date:
        """Return the next day of taking in, or the last day of all."""
        later = [day for day in self.scene.rhythm.takes_in_on if day > self.scene.today]
        return min(later, default=self.scene.rhythm.last_day)

    def _to_come(self) -> list[Festival]:
        first, last = self.scene.rhythm.first_day, self.scene.rhythm.last_day
        known = [festival for year in range(first.year, last.year + 1) for festival in festivals(year)]
        return [festival for festival in known if first + COLLECTS <= festival.on <= last]

    def _plan(self, festival: Festival) -> UUID:
        dates = CampaignDates(
            collects_from=festival.on - COLLECTS,
            claims_from=festival.on - CLAIMS,
            grants_from=festival.on - GRANTS,
            ends_on=festival.on,
        )
        rhythm = self.scene.rhythm
        rhythm.screens_on.add(festival.on - SCREENS)
        rhythm.storm(dates.claims_from, ALL)
        rhythm.storm(dates.grants_from, ALL)
        drive = CreateCampaign(
            by=self.scene.city_officer,
            area_id=self.scene.cast.city_id,
            name=f"情暖微心愿·{festival.zh}",
            dates=dates,
            least=0,
        )
        campaign_id: UUID = self.scene.ask(drive).id
        return campaign_id

    def _enter(self, festival: Festival, wish: Wish) -> None:
        intake.enter(self.scene, wish, Door.VISIT, campaign_id=self._drives[festival])


def _fits(wish: Wish, festival: Festival) -> bool:
    concerned = CONCERNS[festival.audience]
    return wish.urgency == "ordinary" and (not concerned or wish.resident.hardship in concerned)
