"""What a city's programme has besides the month: one table of the scenario file for each side road it takes.

A table that is not written is a road not taken. `side_roads` holds who plays each of them.
"""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from services.console.rehearsal.programme_of_claims import (
    Aftercare,
    Batching,
    ClaimingJointly,
    ClaimingUnits,
    Dispatching,
    DispatchingTeams,
    Obliging,
    Overlooking,
    Pooling,
    Projects,
    Rushing,
    Suggesting,
    Teaming,
    Visiting,
    VisitingTeams,
    WaitingInLine,
)
from services.console.rehearsal.written import AtLeastOne, Name, Placed, Share, Written


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


class Rechecking(Placed, frozen=True, kw_only=True):
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
    rushing: Rushing | None = None
    obliging: Obliging | None = None
    dispatching_teams: DispatchingTeams | None = None
    visiting_teams: VisitingTeams | None = None

    def roads_among(self, places: Collection[str]) -> dict[str, Any]:
        """Return the roads that can be taken where only these places are laid out, by their tables' names.

        A city played smaller than its file lacks places that the file names.
        """
        written = {name: getattr(self, name) for name in self.__struct_fields__}
        roads = {name: road.among(places) for name, road in written.items() if road is not None}
        return {name: road for name, road in roads.items() if road is not None}
