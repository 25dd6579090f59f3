"""The side roads of claims, and of what follows a claim: their tables of the scenario file."""

from collections.abc import Collection
from typing import Annotated, Self

from msgspec import Meta
from msgspec.structs import replace

from services.console.rehearsal.written import AtLeastOne, Name, Placed, Places, Share, Written


class ClaimingUnits(Placed, frozen=True, kw_only=True):
    """Units, branches and companies that claim one wish each."""

    each_month: AtLeastOne


class ListedTeam(Written, frozen=True, kw_only=True):
    """A volunteer team of one skill, and the place where it is at home."""

    name: Name
    skill: str
    at: Name


class Teaming(Written, frozen=True, kw_only=True):
    """Volunteer teams that take wishes as one."""

    each_month: AtLeastOne
    size: Annotated[int, Meta(ge=2, le=30)]
    listed: Annotated[tuple[ListedTeam, ...], Meta(min_length=1)]

    def among(self, places: Collection[str]) -> Self | None:
        """Leave out the teams whose home is not there."""
        there = tuple(team for team in self.listed if team.at in places)
        return replace(self, listed=there) if there else None


class Batching(Placed, frozen=True, kw_only=True):
    """Households and communities whose wishes are claimed in one go."""

    households_each_month: AtLeastOne
    communities_each_month: AtLeastOne


class Pooling(Placed, frozen=True, kw_only=True):
    """Pledges of so many members towards one wish; the shares of pools given back and of those that lapse."""

    each_month: AtLeastOne
    pledgers: Annotated[int, Meta(ge=2, le=50)]
    given_back: Share
    lapsed: Share


class ClaimingJointly(Placed, frozen=True, kw_only=True):
    """Claims that two units and a community share."""

    each_month: AtLeastOne


class WaitingInLine(Placed, frozen=True, kw_only=True):
    """Wishes for which members wait, and which are given back to them."""

    each_month: AtLeastOne


class Suggesting(Written, frozen=True, kw_only=True):
    """Members who take what is suggested to them."""

    each_month: AtLeastOne


class Dispatching(Placed, frozen=True, kw_only=True):
    """Wishes proposed to members; the urgent ones in the evening of the day `urgent_on` of the month."""

    each_month: AtLeastOne
    at_night_each_month: AtLeastOne
    urgent_on: Annotated[int, Meta(ge=1, le=28)] = 24


class Visiting(Placed, frozen=True, kw_only=True):
    """Pairs of visitor and resident, and the share of visits that are missed."""

    pairs: AtLeastOne
    missed: Share


class ListedProject(Written, frozen=True, kw_only=True):
    """A project by its title: where, which unit proposed it if any, and which units claim it."""

    title: Name
    at: Name
    proposed_by: Name | None = None
    claimed_by: tuple[Name, ...] = ()


class Projects(Placed, frozen=True, kw_only=True):
    """So many projects in all: the listed ones, then one of `others` for each community in turn."""

    proposed: AtLeastOne
    listed: tuple[ListedProject, ...] = ()
    others: Annotated[tuple[Name, ...], Meta(min_length=1)]

    def among(self, places: Collection[str]) -> Self | None:
        """Leave out the listed projects whose place is not there, too."""
        road = super().among(places)
        there = tuple(project for project in self.listed if project.at in places)
        return road and replace(road, listed=there)


class Aftercare(Written, frozen=True, kw_only=True):
    """Call-backs: the shares of those not reached at first, and of those who find something wanting."""

    unreached: Share
    wanting: Share


class Rushing(Placed, frozen=True, kw_only=True):
    """Communities whose wishes go up in one group, and how many members want each of them at once."""

    at: Annotated[Places, Meta(min_length=1)]
    for_each: AtLeastOne


class Obliging(Written, frozen=True, kw_only=True):
    """Members who look, after each release, whether they still owe a wish."""

    members_who_look: AtLeastOne


class Overlooking(Placed, frozen=True, kw_only=True):
    """Wishes that nobody claims until the street hears of them."""

    each_month: AtLeastOne


class DispatchingTeams(Placed, frozen=True, kw_only=True):
    """Wishes proposed to the teams of `teams`, one after the other."""

    each_month: AtLeastOne


class VisitingTeams(Placed, frozen=True, kw_only=True):
    """Residents whom the teams of `teams` visit every week, each time somebody else of them."""

    pairs: AtLeastOne
