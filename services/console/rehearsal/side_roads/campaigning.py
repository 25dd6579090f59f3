"""A campaign of three stages (000): what each reporting unit hands in, and who still owes."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from random import Random
from uuid import UUID

from services.console.rehearsal import intake, papers
from services.console.rehearsal.cast import Community
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.programme import Campaigning
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.directory.contracts import UnitView
from services.wishes.contracts import (
    CampaignDates,
    CampaignView,
    CreateCampaign,
    Door,
    GetCampaign,
    ImportWishes,
    JoinCampaign,
    QuotaView,
    SetQuota,
    WishView,
)

DESKS = 8
KEPT_BACK = 0.25
"""The share of the last day's wishes that is handed in late, by whoever still owes."""


class CampaigningRoad(SideRoad[Campaigning]):
    """Plans the campaign with its quotas, takes every wish in for it, and asks for what is missing."""

    def prepare(self) -> None:
        """Plan the campaign and say what each unit hands in; towns owe what the campaign says."""
        self._late: list[Wish] = []
        settings, officer = self.settings, self.scene.city_officer
        self._campaign_id: UUID = self.scene.ask(
            CreateCampaign(
                by=officer,
                area_id=self.scene.cast.city_id,
                name=settings.name,
                dates=CampaignDates(
                    collects_from=settings.collects_from,
                    claims_from=settings.claims_from,
                    grants_from=settings.grants_from,
                    ends_on=settings.ends_on,
                ),
                least=settings.least,
            )
        ).id
        self.scene.together((partial(self._ask_of, unit) for unit in self.scene.cast.units), DESKS)
        self._units = iter(self.dice.sample(self.scene.cast.units, len(self.scene.cast.units)))

    def take_in(self, wishes: list[Wish]) -> list[Wish]:
        """Take all wishes of a day in: sheets of units and towns, the counter, and what came online."""
        if self.scene.today == self.scene.rhythm.takes_in_on[-1]:
            kept = int(len(wishes) * KEPT_BACK)
            self._late, wishes = wishes[:kept], wishes[kept:]
        on_sheets = [wish for wish in wishes if wish.door.startswith("form")]
        sheets = [partial(self._send_in, unit, sheet) for unit, sheet in self._sheets_of_units(on_sheets)]
        others = [partial(self._say, wish) for wish in wishes if not wish.door.startswith("form")]
        self.scene.together(sheets + others, DESKS)
        return []

    def screen(self, community: Community, wish: WishView, dice: Random) -> bool:
        """Count what came online to the campaign; on the last day of collecting nothing is turned away."""
        if wish.campaign_id is None:
            joining = JoinCampaign(by=community.worker, wish_id=wish.id, campaign_id=self._campaign_id)
            self.scene.ask(joining)
        if self.scene.today < self._eve:
            return False
        intake.accept(self.scene, community, wish)
        return True

    def open_day(self, day: date) -> None:
        """A day before the last one of collecting, ask those who owe for what is missing (000: 不少于3个)."""
        if day != self._eve - timedelta(days=1):
            return
        asked = GetCampaign(by=self.scene.city_officer, campaign_id=self._campaign_id)
        campaign: CampaignView = self.scene.ask(asked)
        late = iter(self._late)
        owing = [quota for quota in campaign.quotas if quota.is_owing]
        for quota in owing:
            for _, wish in zip(range(quota.least - quota.handed_in), late, strict=False):
                self._hand_in_for(quota, wish)
        self.scene.together((partial(self._say, wish) for wish in late), DESKS)

    @property
    def _eve(self) -> date:
        return self.settings.claims_from - timedelta(days=1)

    def _ask_of(self, unit: UnitView) -> None:
        least, most = self.settings.units
        self.scene.ask(
            SetQuota(
                by=self.scene.city_officer,
                campaign_id=self._campaign_id,
                reporter_id=unit.id,
                name=unit.name,
                least=least,
                most=most,
            )
        )

    def _sheets_of_units(self, wishes: list[Wish]) -> Iterator[tuple[UnitView | None, list[Wish]]]:
        """Yield which unit hands in which wishes; when all have, the rest is a town's own sheet each."""
        left = list(wishes)
        least, most = self.settings.units
        while left:
            size = self.dice.randint(least, most)
            sheet, left = left[:size], left[size:]
            yield next(self._units, None), sheet

    def _send_in(self, unit: UnitView | None, sheet: list[Wish]) -> None:
        community = self._community_of(unit.street_id if unit else None, sheet[0])
        place = unit.name if unit else community.name
        self.scene.unscreened.add(community.id)
        self.scene.ask(
            ImportWishes(
                by=community.worker,
                area_id=community.id,
                file_name="form_000.xlsx",
                content=papers.form_000(place, sheet[0].resident.phone, sheet),
                commit=True,
                campaign_id=self._campaign_id,
                reporter_id=unit.id if unit else None,
            )
        )

    def _say(self, wish: Wish) -> None:
        if wish.door == "api":
            intake.submit(self.scene, wish)  # joins when it is screened
        else:
            intake.enter(self.scene, wish, Door.VISIT, campaign_id=self._campaign_id)

    def _hand_in_for(self, quota: QuotaView, wish: Wish) -> None:
        """Enter a wish for who owes it: a unit by its own name, a town by one of its communities."""
        units = {unit.id: unit for unit in self.scene.cast.units}
        unit = units.get(quota.reporter_id)
        community = self._community_of(unit.street_id if unit else quota.reporter_id, wish)
        intake.enter(
            self.scene,
            wish,
            Door.VISIT,
            community_id=community.id,
            by=community.worker,
            campaign_id=self._campaign_id,
            reporter_id=unit.id if unit else None,
        )

    def _community_of(self, street_id: UUID | None, wish: Wish) -> Community:
        """Return a community of a street, or that of the wish."""
        around = {area.id: area.path for area in self.scene.cast.areas.values()}.get(street_id)  # type: ignore[arg-type]
        communities = self.scene.cast.communities
        inside = [one for one in communities.values() if around and one.path.startswith(around)]
        return inside[0] if inside else communities[wish.community]
