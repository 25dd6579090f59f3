"""Volunteer teams are made once, and each month some of them take a wish as one (003: 组团“接单”)."""

from collections.abc import Iterator
from datetime import date
from itertools import cycle, islice

from services.claims.contracts import ClaimForTeam, OfferView
from services.console.rehearsal.cast import Team, id_of
from services.console.rehearsal.programme_of_claims import ListedTeam, Teaming
from services.console.rehearsal.side_roads.side_road import ReleaseRoad
from services.directory.contracts import CreateTeam


class TeamingRoad(ReleaseRoad[Teaming]):
    """Lets one member of a team claim and another one deliver."""

    def prepare(self) -> None:
        """Make the teams; a city of one member has none."""
        listed = self.settings.listed if len(self.scene.cast.members) > 1 else ()
        self.scene.teams += map(self._made, listed)
        self._teams = cycle(self.scene.teams)

    def act(self, day: date) -> None:
        """Claim where the team is at home; one team after the other."""
        for team in islice(self._teams, self.settings.each_month):
            for offer in self._wish_for(team, day):
                claimant, doer = self.dice.sample(team.people, 2)
                claimed = self.scene.attempt(
                    ClaimForTeam(by=claimant, wish_id=offer.wish_id, team_id=team.view.id)
                )
                if claimed is not None:
                    self.fulfilling.see_through(offer, claimed.claim_id, doer, day, self.dice)

    def _wish_for(self, team: Team, day: date) -> Iterator[OfferView]:
        """Yield one wish: one that needs the team's skill, one of its place, or any."""
        cast = self.scene.cast

        def is_near(offer: OfferView) -> bool:
            return self.scene.community(offer.community_id).path.startswith(cast.areas[team.place].path)

        found = (
            self.pick(day, 1, lambda offer: is_near(offer) and offer.skill == team.view.skill)
            or self.pick(day, 1, is_near)
            or self.pick(day, 1)
        )
        yield from found

    def _made(self, listed: ListedTeam) -> Team:
        area = self.scene.cast.areas[listed.at]
        near = [
            member
            for community_id, members in self.scene.cast.neighbours.items()
            if self.scene.community(community_id).path.startswith(area.path)
            for member in members
        ]
        willing = near if len(near) >= self.settings.size else self.scene.cast.members
        people = self.dice.sample(willing, min(self.settings.size, len(willing)))
        view = self.scene.ask(
            CreateTeam(
                by=self.scene.officer_of(listed.at),
                area_id=area.id,
                name=listed.name,
                skill=self.scene.scenario.skills[listed.skill],
                leader_id=id_of(people[0]),
                member_ids=tuple(map(id_of, people)),
            )
        )
        return Team(view, people, listed.at)
