"""What everybody has at hand who acts in a rehearsal: stage, cast, dice, and what is meant for later."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import count
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.chassis.contracts import Command
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Actor
from services.console.rehearsal import people
from services.console.rehearsal.board import Board
from services.console.rehearsal.cast import Cast, Community, Team, officer_at
from services.console.rehearsal.rhythm import Rhythm
from services.console.rehearsal.scenario import Scenario, Template
from services.console.rehearsal.stage import Errand, Stage, do_together

AT_ONCE = 64
"""How many people act at the same moment."""


class Scene:
    """One city under way."""

    def __init__(self, stage: Stage, scenario: Scenario, cast: Cast, zone: ZoneInfo, rhythm: Rhythm) -> None:
        """Take the stage, the scenario, who acts in it, where its clocks hang, and the days of the play."""
        self.stage, self.scenario, self.cast, self.zone, self.rhythm = stage, scenario, cast, zone, rhythm
        self.ask: Callable[..., Any] = stage.ask
        self.today = rhythm.first_day
        self.unscreened: set[UUID] = set()
        """The communities where wishes came in that nobody has looked at."""
        self.confirmation_codes: dict[str, str] = {}
        """What residents took home: the confirmation code by the code of the wish."""
        self.board = Board(self.ask)
        self.teams: list[Team] = []
        """The volunteer teams, once they are made."""
        self.doers: dict[UUID, Actor] = {}
        """Who sees which claim through."""
        self._communities = {community.id: community for community in cast.communities.values()}
        self._strangers = count(scenario.members + scenario.wishes)
        self._agenda: dict[date, list[Errand]] = defaultdict(list)
        self._templates = {template.text: template for template in scenario.listed.templates}

    def dice(self, *stream: object) -> Random:
        """Return the dice of one stream, so that what one road throws changes no other's fortune."""
        return Random("/".join(map(str, (self.scenario.seed, *stream))))  # noqa: S311 - comes out the same again

    def community(self, community_id: UUID) -> Community:
        """Return a community that takes part."""
        return self._communities[community_id]

    def worker_at(self, community_id: UUID) -> Actor:
        """Return the worker of a community."""
        return self._communities[community_id].worker

    def officer_of(self, place: str) -> Actor:
        """Return the officer of a place by its name."""
        return officer_at(self.cast.areas[place].path)

    def fresh_phone(self) -> str:
        """Return the phone of somebody who is neither member nor resident of the layout."""
        return people.phone(self.scenario.seed, next(self._strangers))

    def lies_in(self, community_id: UUID, places: Sequence[str]) -> bool:
        """Say whether a community is, or lies in, one of the places of these names; without names: yes."""
        path = self._communities[community_id].path
        return not places or any(path.startswith(self.cast.areas[place].path) for place in places)

    def team_for(self, community_id: UUID, dice: Random) -> Team:
        """Return a team that is at home in a community or around it; where none is, any."""
        near = [team for team in self.teams if self.lies_in(community_id, (team.place,))]
        return dice.choice(near or self.teams)

    @property
    def city_path(self) -> str:
        """Return the path of the city."""
        return self.cast.areas[self.scenario.city.name].path

    @property
    def city_officer(self) -> Actor:
        """Return the officer of the city."""
        return officer_at(self.city_path)

    @property
    def district_officer(self) -> Actor:
        """Return the officer of the scenario's district."""
        return officer_at(self.cast.areas[self.scenario.district.name].path)

    def template_of(self, title: str) -> Template | None:
        """Return the template from which a wish was drawn, as its summary tells."""
        return self._templates.get(title)

    def attempt(self, command: Command) -> Any | None:
        """Ask; None stands for a refusal (the wish was withdrawn meanwhile, say), which is part of life."""
        try:
            return self.stage.ask(command)
        except Refusal as refusal:
            if refusal.kind is RefusalKind.UNAVAILABLE:
                raise
            return None

    def together(self, errands: Iterable[Errand], at_once: int = AT_ONCE) -> None:
        """Run errands, so many at the same moment, and return when all are done."""
        do_together(errands, at_once)

    def later(self, on: date, errand: Errand) -> None:
        """Mean to do something on a day; what is meant for a day after the last is left undone."""
        self._agenda[on].append(errand)

    def run_errands(self, on: date) -> None:
        """Do what claimants, residents and workers meant to do on this day."""
        self.together(self._agenda.pop(on, []))
