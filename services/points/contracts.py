"""What points answers and tells: rules, entries, cards, recognitions, feedback reports and replies."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from services.chassis.contracts import Command, Contract, Event, Page, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

Year = Annotated[int, Meta(ge=2000, le=9999)]
HalfYear = Annotated[str, Meta(pattern=r"^[0-9]{4}H[12]$")]
Below = Annotated[str, Meta(pattern=r"^/[^\x00-\x1f]*$", max_length=500)]
"""The path of an area: it and everything below it is meant."""


class Deed(StrEnum):
    """What can be worth points (一事一记)."""

    GOODS_WISH = "goods_wish"
    SERVICE_WISH = "service_wish"
    SPIRIT_WISH = "spirit_wish"
    URGENT_WISH = "urgent_wish"  # in addition, when it could not wait


class Threshold(StrEnum):
    """What a year's points lead to (004)."""

    LETTER = "letter"  # 20: 发函通报表扬
    STAR = "star"  # 30: 社区志愿服务之星
    OUTSTANDING = "outstanding"  # 表现特别突出: 区委表彰


class ThresholdReached(Event, frozen=True, kw_only=True):
    """A member's card reached a threshold, for the first time this year in this community."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "threshold_reached.v1"

    recognition_id: UUID
    member_id: UUID
    unit_id: UUID | None
    community_id: UUID
    area_path: str
    year: int
    threshold: Threshold
    points: int


class FeedbackIssued(Event, frozen=True, kw_only=True):
    """A unit's half-yearly report on its own members is ready."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "feedback_issued.v1"

    report_id: UUID
    unit_id: UUID
    period: str
    members: int
    taking_part: int
    fulfilled: int


class FeedbackAnswered(Event, frozen=True, kw_only=True):
    """A unit replied to its report."""

    source: ClassVar[str] = "points"
    name: ClassVar[str] = "feedback_answered.v1"

    report_id: UUID
    unit_id: UUID
    street_path: str
    period: str


class RuleView(View, frozen=True, kw_only=True):
    """A rule: so many points for such a deed, in an area and below, from a day on."""

    id: UUID
    area_id: UUID | None  # None: the default of the programme
    deed: Deed
    points: int
    valid_from: date


class RuleList(View, frozen=True, kw_only=True):
    """Rules, the nearest first."""

    items: list[RuleView]
    next: str | None = None


class SetRule(Command, frozen=True, kw_only=True):
    """Set what a deed is worth in an area from a day on; days past are not touched."""

    right: ClassVar[Right] = Right.SET_RULES
    answer: ClassVar[type[View]] = RuleView

    area_id: UUID
    deed: Deed
    points: int
    valid_from: date


class ListRules(Query, frozen=True, kw_only=True):
    """The rules that hold in an area."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = RuleList

    area_id: UUID


class EntryView(View, frozen=True, kw_only=True):
    """One entry of the ledger: the deed, its rule, its points."""

    id: UUID
    member_id: UUID
    community_id: UUID
    deed: Deed
    claim_id: UUID
    title: str
    points: int
    entered_at: datetime


class CommunityCard(Contract, frozen=True, kw_only=True):
    """A member's card of a year in one community: thresholds are reached there, not across communities."""

    community_id: UUID
    community_name: str
    points: int
    next_threshold: Threshold | None  # None: the last one is reached
    points_missing: int


class Card(View, frozen=True, kw_only=True):
    """A member's card (积分卡) of a year: the sum, the entries, and the way to the next threshold.

    `points` is the sum over all communities; the next threshold is that of the community with the most
    points, and `communities` has each one's own card.
    """

    member_id: UUID
    year: int
    points: int
    next_threshold: Threshold | None
    points_missing: int
    entries: list[EntryView]  # the newest first, at most 200
    communities: list[CommunityCard] = []


class MyCard(Query, frozen=True, kw_only=True):
    """The signed-in member's own card."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Card

    year: Year | None = None  # None: the present one


class EntryList(View, frozen=True, kw_only=True):
    """A page of entries."""

    items: list[EntryView]
    next: str | None = None


class ListEntries(Page, frozen=True, kw_only=True):
    """The ledger of an area."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = EntryList

    below: Below
    member_id: UUID | None = None


class RecognitionView(View, frozen=True, kw_only=True):
    """A threshold reached."""

    id: UUID
    member_id: UUID
    community_id: UUID
    year: int
    threshold: Threshold
    points: int
    reached_at: datetime


class RecognitionList(View, frozen=True, kw_only=True):
    """A page of recognitions."""

    items: list[RecognitionView]
    next: str | None = None


class ListRecognitions(Page, frozen=True, kw_only=True):
    """The recognitions of an area and year."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = RecognitionList

    below: Below
    year: Year


class FeedbackLine(View, frozen=True, kw_only=True):
    """What one member of the unit did in the half-year; the name is for the unit's eyes only."""

    is_personal: ClassVar[bool] = True

    member_id: UUID
    name: str
    claimed: int
    fulfilled: int
    points: int


class FeedbackReport(View, frozen=True, kw_only=True):
    """A unit's half-yearly report with its receipt and reply."""

    is_personal: ClassVar[bool] = True

    id: UUID
    unit_id: UUID
    unit_name: str
    period: str
    issued_at: datetime
    members: int
    taking_part: int
    fulfilled: int
    received_at: datetime | None
    reply: str | None
    replied_at: datetime | None
    lines: list[FeedbackLine] = []


class FeedbackList(View, frozen=True, kw_only=True):
    """A page of reports without their lines."""

    is_personal: ClassVar[bool] = True

    items: list[FeedbackReport]
    next: str | None = None


class ListFeedback(Page, frozen=True, kw_only=True):
    """The reports on units that report within an area, for officers: who has received, who has replied."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = FeedbackList

    below: Below
    period: HalfYear | None = None


class MyFeedback(Page, frozen=True, kw_only=True):
    """The reports of the signed-in unit, newest first."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK
    answer: ClassVar[type[View]] = FeedbackList


class GetFeedback(Query, frozen=True, kw_only=True):
    """One report of the signed-in unit, with its lines."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK
    answer: ClassVar[type[View]] = FeedbackReport

    report_id: UUID


class AcknowledgeFeedback(Command, frozen=True, kw_only=True):
    """The unit has received its report."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK

    report_id: UUID


class ReplyToFeedback(Command, frozen=True, kw_only=True):
    """The unit answers its report, once. A reply may speak of members, so it travels sealed."""

    right: ClassVar[Right] = Right.ANSWER_FEEDBACK
    is_personal: ClassVar[bool] = True

    report_id: UUID
    reply: str


class UnknownReport(Refusal):
    """There is no such report, or it is another unit's."""

    code = "points.unknown_report"
    kind = RefusalKind.UNKNOWN


class AlreadyReplied(Refusal):
    """The report has its reply."""

    code = "points.already_replied"


class ReplyMissing(Refusal):
    """A reply says something."""

    code = "points.reply_missing"
    kind = RefusalKind.INVALID


class UnusableReply(Refusal):
    """A reply has at most 2,000 characters, none of them a control character."""

    code = "points.unusable_reply"
    kind = RefusalKind.INVALID


class RuleInThePast(Refusal):
    """A rule holds from today or later; what was earned stays as it was."""

    code = "points.rule_in_the_past"
    kind = RefusalKind.INVALID


class UnusablePoints(Refusal):
    """Points of a rule lie between 0 and 100."""

    code = "points.unusable_points"
    kind = RefusalKind.INVALID


class UnknownArea(Refusal):
    """There is no such area."""

    code = "points.unknown_area"
    kind = RefusalKind.UNKNOWN
