"""What a city's programme has besides the month: one table of the scenario file for each side road it takes.

A table that is not written is a road not taken. `side_roads` holds who plays each of them.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from services.console.rehearsal.written import AtLeastOne, Name, Share, Written

Places = tuple[Name, ...]
"""Where a road is taken: communities, streets or districts by name; everywhere when there are none."""


class Complaining(Written, frozen=True, kw_only=True):
    """Complaints from anyone, each answered by a worker; one goes to the area above, one is about people."""

    each_month: AtLeastOne


class Campaigning(Written, frozen=True, kw_only=True):
    """A campaign of three stages (000), by which the whole city lives for its weeks."""

    name: Name
    collects_from: date
    claims_from: date
    grants_from: date
    ends_on: date
    least: AtLeastOne  # 000: 各镇、办事处不少于3个
    units: tuple[AtLeastOne, AtLeastOne]  # 000: 其他单位1-3个


class Printing(Written, frozen=True, kw_only=True):
    """Paper wish cards 心愿卡 (004), printed for every community; some come back with a wish."""

    cards: AtLeastOne  # in all
    come_back: Share  # of the wishes that workers enter


class Proving(Written, frozen=True, kw_only=True):
    """Papers that prove a need (001 申领证明材料), looked at by a screener and kept until their day."""

    share: Share  # of the wishes that are screened


class Referring(Written, frozen=True, kw_only=True):
    """Wishes above the ceiling that go to a department (001 六（一）), which answers within days."""

    share: Share  # of the wishes above the ceiling
    departments: Annotated[tuple[Name, ...], Meta(min_length=1)]


class Repeating(Written, frozen=True, kw_only=True):
    """Wishes told twice, once online and once by a relative at the counter, where the worker is warned."""

    each_month: AtLeastOne


class Rechecking(Written, frozen=True, kw_only=True):
    """The roster 困难帮扶对象花名册 (003): people put on it, looked at again every month, taken off."""

    people: AtLeastOne


class Recognising(Written, frozen=True, kw_only=True):
    """What a deed counts here (004: 积分设置根据社区基本情况…细化), and who is proposed as outstanding."""

    points: AtLeastOne  # for each deed
    outstanding: AtLeastOne  # points of a year in one community


class Correcting(Written, frozen=True, kw_only=True):
    """Entries of the ledger that one person wants corrected and another decides about."""

    each_month: AtLeastOne


class Answering(Written, frozen=True, kw_only=True):
    """Half-yearly feedback (004 双向反馈): received by all, replied to at once by a share, circulated."""

    at_once: Share  # the others reply after their reminder


class Owing(Written, frozen=True, kw_only=True):
    """What is expected in a year (000, 002), and the private notices to whom did not meet it."""

    street_wishes: AtLeastOne
    objections: AtLeastOne  # the first is upheld, the next withdrawn, and so on


class Signing(Written, frozen=True, kw_only=True):
    """Figures signed by every level (001 附件3 逐级上报), with one late and one corrected."""

    periods: Annotated[tuple[Literal["month", "half_year", "year"], ...], Meta(min_length=1)]


class Celebrating(Written, frozen=True, kw_only=True):
    """Festivals (001 三): workers hear of them ahead, and where `wishes` are asked for there is a drive."""

    days_ahead: AtLeastOne
    wishes: int = 0  # for each festival, from those whom it is for


class ClaimingUnits(Written, frozen=True, kw_only=True):
    """Units, branches and companies that claim one wish each."""

    each_month: AtLeastOne
    at: Places = ()


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


class Batching(Written, frozen=True, kw_only=True):
    """Households and communities whose wishes are claimed in one go; households come besides the wishes."""

    households_each_month: AtLeastOne
    communities_each_month: AtLeastOne
    at: Places = ()


class Pooling(Written, frozen=True, kw_only=True):
    """Pledges of so many members towards one wish; the shares of pools given back and of those that lapse."""

    each_month: AtLeastOne
    pledgers: Annotated[int, Meta(ge=2, le=50)]
    given_back: Share
    lapsed: Share
    at: Places = ()


class ClaimingJointly(Written, frozen=True, kw_only=True):
    """Claims that two units and a community share."""

    each_month: AtLeastOne
    at: Places = ()


class WaitingInLine(Written, frozen=True, kw_only=True):
    """Wishes for which members wait, and which are given back to them."""

    each_month: AtLeastOne
    at: Places = ()


class Suggesting(Written, frozen=True, kw_only=True):
    """Members who take what is suggested to them."""

    each_month: AtLeastOne


class Dispatching(Written, frozen=True, kw_only=True):
    """Wishes proposed to members; the urgent ones in the evening of the day `urgent_on` of the month."""

    each_month: AtLeastOne
    at_night_each_month: AtLeastOne
    urgent_on: Annotated[int, Meta(ge=1, le=28)] = 24
    at: Places = ()


class Visiting(Written, frozen=True, kw_only=True):
    """Pairs of visitor and resident, and the share of visits that are missed."""

    pairs: AtLeastOne
    missed: Share
    at: Places = ()


class ListedProject(Written, frozen=True, kw_only=True):
    """A project by its title: where, which unit proposed it if any, and which units claim it."""

    title: Name
    at: Name
    proposed_by: Name | None = None
    claimed_by: tuple[Name, ...] = ()


class Projects(Written, frozen=True, kw_only=True):
    """So many projects in all: the listed ones, then one of `others` for each community in turn."""

    proposed: AtLeastOne
    listed: tuple[ListedProject, ...] = ()
    others: Annotated[tuple[Name, ...], Meta(min_length=1)]
    at: Places = ()


class Aftercare(Written, frozen=True, kw_only=True):
    """Call-backs: the shares of those not reached at first, and of those who find something wanting."""

    unreached: Share
    wanting: Share


class Overlooking(Written, frozen=True, kw_only=True):
    """Wishes that nobody claims until the street hears of them."""

    each_month: AtLeastOne
    at: Places = ()


class Programme(Written, frozen=True, kw_only=True):
    """The side roads of one city."""

    complaining: Complaining | None = None
    campaigning: Campaigning | None = None
    printing: Printing | None = None
    proving: Proving | None = None
    referring: Referring | None = None
    repeating: Repeating | None = None
    rechecking: Rechecking | None = None
    recognising: Recognising | None = None
    correcting: Correcting | None = None
    answering: Answering | None = None
    owing: Owing | None = None
    signing: Signing | None = None
    celebrating: Celebrating | None = None
    batches: Batching | None = None
    units: ClaimingUnits | None = None
    teams: Teaming | None = None
    joint: ClaimingJointly | None = None
    pooling: Pooling | None = None
    waiting: WaitingInLine | None = None
    suggesting: Suggesting | None = None
    overlooked: Overlooking | None = None
    visits: Visiting | None = None
    projects: Projects | None = None
    aftercare: Aftercare | None = None
    dispatching: Dispatching | None = None
