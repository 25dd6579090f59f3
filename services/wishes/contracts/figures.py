"""The figures of a period (统计), signed level by level (签报), and who has not reported yet.

A period is a month (2026-12), a half-year (2026H2) or a year (2026). Source: 001 四（四）, 及时统计、汇总
“微心愿”活动落实情况，并逐级上报; 结合半年和年终总结等时机.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "AlreadySigned",
    "AwaitedReport",
    "CorrectFigures",
    "CorrectWhereCounted",
    "CorrectionView",
    "Counts",
    "Dimension",
    "DoerKind",
    "Figures",
    "FiguresAwaited",
    "FiguresView",
    "GetFigures",
    "GetReport",
    "ListReports",
    "Measure",
    "NotSigned",
    "PartOfFigures",
    "PeriodNotOver",
    "RemindOfFigures",
    "ReportState",
    "ReportStates",
    "ReportView",
    "ReportsMissing",
    "SignFigures",
    "SignsNoFigures",
    "UnusableCorrection",
    "UnusableFigurePeriod",
]


class Measure(StrEnum):
    """What is counted. A wish counts once in each, in the month in which it first happened to it.

    Only a wish that nobody claims counts again as carried over, every month.
    """

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    REFERRED = "referred"  # to a department
    SETTLED = "settled"  # by that department
    RELEASED = "released"
    CLAIMED = "claimed"
    FULFILLED = "fulfilled"  # confirmed by the resident or a second person
    CARRIED_OVER = "carried_over"
    WITHDRAWN = "withdrawn"


class Dimension(StrEnum):
    """By what the counts are sorted. A resident may be in hardship in several ways: those do not add up."""

    CATEGORY = "category"
    URGENCY = "urgency"
    KIND = "kind"
    HARDSHIP = "hardship"
    DOER = "doer"  # claimed and fulfilled only
    DOOR = "door"


class DoerKind(StrEnum):
    """Who claims, as claims calls them."""

    MEMBER = "member"
    TEAM = "team"
    UNIT = "unit"
    BRANCH = "branch"
    COMPANY = "company"
    JOINT = "joint"
    POOL = "pool"


class Counts(Contract, frozen=True, kw_only=True):
    """How many wishes, by measure."""

    submitted: int = 0
    accepted: int = 0
    declined: int = 0
    returned: int = 0
    referred: int = 0
    settled: int = 0
    released: int = 0
    claimed: int = 0
    fulfilled: int = 0
    carried_over: int = 0
    withdrawn: int = 0


class Figures(Contract, frozen=True, kw_only=True):
    """All counts of an area and a period; in `by`, the value "" stands for wishes without one."""

    total: Counts = Counts()
    by: dict[Dimension, dict[str, Counts]] = {}


class PartOfFigures(Contract, frozen=True, kw_only=True):
    """What one area directly below contributes."""

    area_id: UUID
    name: str
    total: Counts


class FiguresView(View, frozen=True, kw_only=True):
    """The figures of an area: its own and those of all areas below, whose totals are the `parts`."""

    area_id: UUID
    area_name: str
    period: str
    counted_at: datetime | None  # until when the moves of wishes are counted in
    figures: Figures
    own: Counts  # of wishes that belong to the area itself and to none below
    parts: list[PartOfFigures]


class GetFigures(Query, frozen=True, kw_only=True):
    """The figures of an area and period as they are counted now, signed or not."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = FiguresView

    area_id: UUID
    period: str


# -- signing


class CorrectionView(Contract, frozen=True, kw_only=True):
    """What one person put right after signing: never instead of the signed figure, always beside it."""

    area_id: UUID
    area_name: str
    measure: Measure
    difference: int
    breakdown: dict[Dimension, str]
    reason: str
    by: str
    at: datetime


class ReportView(View, frozen=True, kw_only=True):
    """A signed report: what was signed, what was corrected since, here or below, and what both make."""

    is_personal: ClassVar[bool] = True

    report_id: UUID
    area_id: UUID
    area_name: str
    period: str
    signed_by: str
    signed_at: datetime
    signed: Figures
    corrections: list[CorrectionView]
    corrected: Figures
    counted_now: Counts  # what the moves of wishes say today: where it differs, a correction is due


class GetReport(Query, frozen=True, kw_only=True):
    """The report that an area signed for a period."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ReportView

    area_id: UUID
    period: str


class SignFigures(Command, frozen=True, kw_only=True):
    """Sign the figures of a period that is over, when all areas directly below have signed theirs."""

    right: ClassVar[Right] = Right.SCREEN

    area_id: UUID
    period: str


class CorrectFigures(Command, frozen=True, kw_only=True):
    """Put a signed figure right by a traceable entry; only where it was counted, not in an area above."""

    right: ClassVar[Right] = Right.SCREEN
    is_personal: ClassVar[bool] = True  # people write names into reasons

    area_id: UUID
    period: str
    measure: Measure
    difference: int
    reason: str
    breakdown: dict[Dimension, str] = {}  # in which sorted counts it shows too


class ReportState(Contract, frozen=True, kw_only=True):
    """Whether one area has reported, and for how many areas directly below it still waits."""

    area_id: UUID
    name: str
    kind: str
    path: str
    signed_at: datetime | None
    awaited: int
    corrections: int


class ReportStates(View, frozen=True, kw_only=True):
    """A page of reporting areas."""

    items: list[ReportState]
    next: str | None = None


class ListReports(Page, frozen=True, kw_only=True):
    """Which areas of a subtree have signed a period, by path; `missing` lists only those that have not."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ReportStates

    area_id: UUID
    period: str
    missing: bool = False


class RemindOfFigures(Command, frozen=True, kw_only=True):
    """Remind everybody below an area who could sign a period and has not; once a day however often asked."""

    right: ClassVar[Right] = Right.SCREEN

    area_id: UUID
    period: str


class AwaitedReport(Contract, frozen=True, kw_only=True):
    """An area whose turn it is to sign."""

    area_id: UUID
    area_kind: str
    area_name: str
    area_path: str


class FiguresAwaited(Event, frozen=True, kw_only=True):
    """A period is over and these areas have not signed it; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "figures_awaited.v1"

    period: str
    on: date
    reports: list[AwaitedReport]


# -- refusals


class UnusableFigurePeriod(Refusal):
    """Figures are of a month, a half-year or a year."""

    code = "wishes.unusable_figure_period"
    kind = RefusalKind.INVALID


class PeriodNotOver(Refusal):
    """Only a period that is over is signed."""

    code = "wishes.period_not_over"


class ReportsMissing(Refusal):
    """Areas below have not signed yet; `missing` says how many."""

    code = "wishes.reports_missing"


class AlreadySigned(Refusal):
    """The area has signed this period; what is wrong in it is corrected."""

    code = "wishes.already_signed"


class NotSigned(Refusal):
    """The area has not signed this period."""

    code = "wishes.not_signed"


class SignsNoFigures(Refusal):
    """A station signs nothing: its wishes are counted in its community."""

    code = "wishes.signs_no_figures"
    kind = RefusalKind.INVALID


class CorrectWhereCounted(Refusal):
    """The figure of an area above is the sum of those below; one of them is corrected."""

    code = "wishes.correct_where_counted"
    kind = RefusalKind.INVALID


class UnusableCorrection(Refusal):
    """A correction changes something, leaves no figure below zero and names values that there are."""

    code = "wishes.unusable_correction"
    kind = RefusalKind.INVALID
