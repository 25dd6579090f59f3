"""Projects (002: 民生微项目): proposed, approved, claimed by units, milestone after milestone, signed off."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import msgspec

from services.chassis.rights import Actor
from services.claims.contracts import (
    ApproveProject,
    ClaimProject,
    CompleteProject,
    GetLetterOfIntent,
    LetterOfIntent,
    MilestonePlan,
    ProposeProject,
    ProposeUnitProject,
    ReachMilestone,
    ReviseProject,
    SendBackProject,
    SignOffProject,
)
from services.console.rehearsal.cast import above, officer_at
from services.console.rehearsal.programme_of_claims import ListedProject, Projects
from services.console.rehearsal.scenario import spread
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.directory.contracts import AreaKind, AreaView, UnitView

PROPOSED_ON = 14

WISHES_FOR_A_PROJECT = 8
"""A city of few wishes, as a quick look plays it, has few projects too."""

ANSWER, CLAIM, JOIN = timedelta(days=3), timedelta(days=10), timedelta(days=12)
MILESTONES = {"完成立项并签订意向书": timedelta(days=12), "完成实施并公示结果": timedelta(days=26)}
LATE, COMPLETE, SIGN_OFF = timedelta(days=5), timedelta(days=28), timedelta(days=3)
PLAN = "摸清底数，制定方案，单位出人出力，社区协调场地，完成后由居民代表共同验收。"


class _Project(msgspec.Struct, frozen=True):
    number: int
    id: UUID
    area: AreaView
    proposer: Actor
    officer: Actor
    units: list[UnitView]


class ProjectsRoad(SideRoad[Projects]):
    """Lets communities and units propose, and units do; some are sent back or found wanting."""

    def prepare(self) -> None:
        """Write down what is proposed in which month."""
        of_its_size = min(self.settings.proposed, self.scene.scenario.wishes // WISHES_FOR_A_PROJECT)
        proposed = max(of_its_size, len(self.settings.listed), 1)
        waiting = islice(self._all(), proposed)
        parts = spread(proposed, [1] * self.scene.scenario.months)
        self._by_month = [list(islice(waiting, part)) for part in parts]
        self._units = cycle(self.dice.sample(self.scene.cast.units, len(self.scene.cast.units)))
        self._proposed = 0

    def close_day(self, day: date) -> None:
        """Propose once a month."""
        if day.day == PROPOSED_ON and self._by_month:
            for listed in self._by_month.pop(0):
                self._propose(listed, day)

    def _all(self) -> Iterator[ListedProject]:
        """Return the listed projects, then those that every community might need, place after place."""
        places = [area for area in self.scene.cast.areas.values() if self._is_of_the_road(area)]
        invented = (
            ListedProject(title=f"{title}（{area.name}）", at=area.name)
            for title in self.settings.others
            for area in places
        )
        yield from self.settings.listed
        yield from invented

    def _is_of_the_road(self, area: AreaView) -> bool:
        if area.kind is not AreaKind.COMMUNITY:
            return False
        joined = list(self.scene.cast.communities.values())[: self.scene.scenario.taking_part(1)]
        return area.id in {one.id for one in joined} and self.scene.lies_in(area.id, self.settings.at)

    def _propose(self, listed: ListedProject, day: date) -> None:
        area, cast = self.scene.cast.areas[listed.at], self.scene.cast
        units = [cast.unit_named(name) for name in listed.claimed_by] or [next(self._units)]
        if listed.proposed_by:
            proposer = cast.officer_of(cast.unit_named(listed.proposed_by))
            command: ProposeProject | ProposeUnitProject = ProposeUnitProject(
                by=proposer, area_id=area.id, title=listed.title, plan=PLAN
            )
        else:
            is_community = area.kind is AreaKind.COMMUNITY
            proposer = self.scene.worker_at(area.id) if is_community else officer_at(area.path)
            command = ProposeProject(by=proposer, area_id=area.id, title=listed.title, plan=PLAN)
        done = self.scene.ask(command)
        officer = officer_at(above(area.path))
        project = _Project(self._proposed, done.id, area, proposer, officer, units)
        self._proposed += 1
        self.scene.later(day + ANSWER, partial(self._look_at_plan, project, day + ANSWER))

    # -- the officer

    def _look_at_plan(self, project: _Project, day: date) -> None:
        if project.number % 5 == 1:
            reason = "请补充经费来源和完成时限。"
            self.scene.attempt(SendBackProject(by=project.officer, project_id=project.id, reason=reason))
            self.scene.later(day + ANSWER, partial(self._revise, project))
            self.scene.later(day + ANSWER * 2, partial(self._approve, project))
        else:
            self._approve(project)
        self.scene.later(day + CLAIM, partial(self._claim, project, day + CLAIM))

    def _revise(self, project: _Project) -> None:
        plan = f"{PLAN}经费由认领单位承担，三个月内完成。"
        self.scene.attempt(ReviseProject(by=project.proposer, project_id=project.id, plan=plan))

    def _approve(self, project: _Project) -> None:
        self.scene.attempt(ApproveProject(by=project.officer, project_id=project.id))

    def _sign_off(self, project: _Project, day: date, is_first_look: bool = True) -> None:
        is_accepted = not (is_first_look and project.number % 10 == 2)
        reason = "" if is_accepted else "扶手有两处松动，请加固后再验收。"
        self.scene.attempt(
            SignOffProject(by=project.officer, project_id=project.id, is_accepted=is_accepted, reason=reason)
        )
        if not is_accepted:
            on = day + LATE
            self.scene.later(on, partial(self._complete, project, on, False))

    # -- the units

    def _claim(self, project: _Project, day: date) -> None:
        lead, *others = project.units
        for unit in others:
            self.scene.later(day + JOIN - CLAIM, partial(self._join, project, unit, day))
        if self._claim_for(project, lead, day):
            letter = GetLetterOfIntent(by=self._officer_of(project), project_id=project.id, unit_id=lead.id)
            self._plan(project, self.scene.ask(letter), day)

    def _join(self, project: _Project, unit: UnitView, day: date) -> None:
        self._claim_for(project, unit, day)

    def _claim_for(self, project: _Project, unit: UnitView, day: date) -> Any | None:
        milestones = [MilestonePlan(title=title, due_on=day + after) for title, after in MILESTONES.items()]
        return self.scene.attempt(
            ClaimProject(
                by=self.scene.cast.officer_of(unit),
                project_id=project.id,
                contact=f"演练员 {self.scene.fresh_phone()}",
                milestones=milestones if unit is project.units[0] else [],
            )
        )

    def _plan(self, project: _Project, letter: LetterOfIntent, day: date) -> None:
        late = LATE if project.number % 4 == 0 else timedelta()
        for milestone in letter.milestones:
            self.scene.later(milestone.due_on + late, partial(self._reach, project, milestone.id))
        on = day + COMPLETE + late
        self.scene.later(on, partial(self._complete, project, on))

    def _reach(self, project: _Project, milestone_id: UUID) -> None:
        self.scene.attempt(ReachMilestone(by=self._officer_of(project), milestone_id=milestone_id))

    def _complete(self, project: _Project, day: date, is_first_look: bool = True) -> None:
        self.scene.attempt(CompleteProject(by=self._officer_of(project), project_id=project.id))
        on = day + SIGN_OFF
        self.scene.later(on, partial(self._sign_off, project, on, is_first_look))

    def _officer_of(self, project: _Project) -> Actor:
        return self.scene.cast.officer_of(project.units[0])
