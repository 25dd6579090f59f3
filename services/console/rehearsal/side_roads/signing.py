"""Figures signed level by level (001 附件3 逐级上报): one community is late, one corrects what it signed."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.chassis.calendar import half_year_of, month_of, year_of
from services.chassis.rights import Actor
from services.console.rehearsal.cast import Community, officer_at
from services.console.rehearsal.programme import Signing
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import (
    CorrectFigures,
    ListReports,
    Measure,
    RemindOfFigures,
    SignFigures,
)

SIGNS_ON, LATE_AFTER, CORRECTS_AFTER = 4, timedelta(days=2), timedelta(days=4)
DESKS = 8
LEVELS = ("street", "district", "city")


class SigningRoad(SideRoad[Signing]):
    """Lets every level sign the periods that are over, from the communities upwards."""

    def close_day(self, day: date) -> None:
        """Sign what ended with the month before."""
        if day.day == SIGNS_ON:
            for period in self._just_over(day):
                self._begin(period, day)

    def _just_over(self, day: date) -> list[str]:
        """Return the periods of the kinds asked for that ended with the month before, and had begun."""
        first, before = day.replace(day=1), day.replace(day=1) - timedelta(days=1)
        if before <= self.scene.rhythm.first_day:
            return []
        names = {"month": month_of, "half_year": half_year_of, "year": year_of}
        asked = [names[kind] for kind in self.settings.periods]
        return [name(before) for name in asked if name(before) != name(first)]

    def _begin(self, period: str, day: date) -> None:
        """Let all communities sign but one, of which the city is told and which it reminds."""
        *prompt, late = self.scene.cast.communities.values()
        self.scene.together((partial(self._sign_community, one, period) for one in prompt), DESKS)
        city = self.scene.city_officer
        asked = ListReports(by=city, area_id=self.scene.cast.city_id, period=period, missing=True)
        self.scene.ask(asked)
        self.scene.ask(RemindOfFigures(by=city, area_id=self.scene.cast.city_id, period=period))
        self.scene.later(day + LATE_AFTER, partial(self._finish, late, period))
        corrects = partial(self._correct, prompt[0] if prompt else late, period)
        self.scene.later(day + CORRECTS_AFTER, corrects)

    def _finish(self, late: Community, period: str) -> None:
        """Let the late one sign, and then those above, each level when all below it have."""
        self._sign_community(late, period)
        for level in LEVELS:
            areas = [area for area in self.scene.cast.areas.values() if area.kind == level]
            signing = (partial(self._sign, officer_at(area.path), area.id, period) for area in areas)
            self.scene.together(signing, DESKS)

    def _sign_community(self, community: Community, period: str) -> None:
        self._sign(community.worker, community.id, period)

    def _sign(self, by: Actor, area_id: UUID, period: str) -> None:
        self.scene.ask(SignFigures(by=by, area_id=area_id, period=period))

    def _correct(self, community: Community, period: str) -> None:
        """Correct what was signed: two wishes were told by telephone and written down too late."""
        corrected = CorrectFigures(
            by=community.worker,
            area_id=community.id,
            period=period,
            measure=Measure.SUBMITTED,
            difference=2,
            reason="电话征集两件漏报，现予补记。",
        )
        self.scene.ask(corrected)
