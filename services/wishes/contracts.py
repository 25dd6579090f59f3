"""What wishes answers and tells: intake, screening, release, and how a wish stands."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right


class WishKind(StrEnum):
    """What sort of thing is wished for."""

    GOODS = "goods"  # 物资
    SERVICE = "service"  # 服务
    SPIRIT = "spirit"  # 精神 / 陪伴


class Category(StrEnum):
    """The one taxonomy onto which those of 000, 001 and 004 map; the words are 004's eight."""

    POLICY = "policy"  # 政策宣传
    LEGAL_AID = "legal_aid"  # 法律援助
    HEALTH = "health"  # 医疗保健
    POVERTY_RELIEF = "poverty_relief"  # 扶贫帮困
    CONVENIENCE = "convenience"  # 便民利民
    CULTURE = "culture"  # 文化娱乐
    MEDIATION = "mediation"  # 治安调解
    ENVIRONMENT = "environment"  # 环境保护


class Urgency(StrEnum):
    """轻重缓急: an urgent wish does not wait for its month."""

    URGENT = "urgent"
    PRESSING = "pressing"
    ORDINARY = "ordinary"


class Door(StrEnum):
    """Where a wish came in."""

    ONLINE = "online"  # the resident, without an account
    VISIT = "visit"  # 走访
    CALL = "call"  # 来电
    CHAT = "chat"  # 微信群
    CARD = "card"  # 心愿卡
    COUNTER = "counter"  # 窗口
    FORM_000 = "form_000"
    FORM_001_1 = "form_001_1"


class Hardship(StrEnum):
    """Why somebody is on the roster (困难类型), from 001, 003 and 004."""

    LOW_INCOME = "low_income"  # 低保户
    FIVE_GUARANTEES = "five_guarantees"  # 五保户
    TARGETED_RELIEF = "targeted_relief"  # 精准扶贫户
    LEFT_BEHIND_CHILD = "left_behind_child"  # 留守儿童
    SPECIAL_CHILD = "special_child"  # 特殊儿童、困境儿童
    DISABLED = "disabled"  # 残障人士
    EMPTY_NEST = "empty_nest"  # 空巢老人
    LIVING_ALONE = "living_alone"  # 孤寡独居老人
    BEREAVED_PARENT = "bereaved_parent"  # 失独老人
    ILL = "ill"  # 因病致困
    MIGRANT_WORKER = "migrant_worker"  # 外来务工人员
    SINGLE_PARENT = "single_parent"  # 单亲家庭
    VETERAN = "veteran"  # 退役荣誉军人
    PARTY_MEMBER_IN_NEED = "party_member_in_need"  # 困难党员、老党员
    OTHER = "other"


# -- events


class ResidentCopy(Contract, frozen=True, kw_only=True):
    """A resident as notify keeps them: where to reach them, sealed."""

    id: UUID
    name: Sealed
    phone: Sealed | None
    community_id: UUID
    area_path: str
    language: str
    version: int


class ResidentsChanged(Event, frozen=True, kw_only=True):
    """Residents were added or can be reached elsewhere; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "residents_changed.v1"

    residents: list[ResidentCopy]


class WishTaken(Contract, frozen=True, kw_only=True):
    """A wish that came in. The resident tracks it by `code`, and confirms with `confirmation_code`."""

    wish_id: UUID
    code: str
    resident_id: UUID
    community_id: UUID
    area_path: str
    title: Sealed
    confirmation_code: Sealed


class WishesSubmitted(Event, frozen=True, kw_only=True):
    """Wishes came in and wait for screening; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wishes_submitted.v1"

    wishes: list[WishTaken]


class WishScreened(Event, frozen=True, kw_only=True):
    """A screener decided; the resident is told the outcome and the reason."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wish_screened.v1"

    wish_id: UUID
    code: str
    resident_id: UUID
    area_path: str
    outcome: str  # accepted | returned | declined
    reason: str
    title: Sealed


class ReleasedWish(Contract, frozen=True, kw_only=True):
    """A wish as it goes on the board, with what claims needs to serve it. `title` is fit for the public."""

    wish_id: UUID
    code: str
    title: str
    kind: WishKind
    category: Category
    urgency: Urgency
    value: int  # yuan, 0 when it costs nothing
    places: int
    service_days: int
    skill: str | None
    community_id: UUID
    community_name: str
    area_path: str
    resident_id: UUID
    contact: Sealed  # JSON: name, phone, address, details; opened for the current claimant only
    confirmation_index: str  # keyed blind index of the confirmation code
    period: str | None  # None when urgent
    version: int


class WishesReleased(Event, frozen=True, kw_only=True):
    """Wishes went on the board; at most 500 in one event."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wishes_released.v1"

    wishes: list[ReleasedWish]


class ReleaseCompleted(Event, frozen=True, kw_only=True):
    """The monthly release of an area is complete; members there are told once."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "release_completed.v1"

    release_id: UUID
    period: str
    area_id: UUID
    area_path: str
    area_name: str
    released: int
    carried_over: int


class WishWithdrawn(Event, frozen=True, kw_only=True):
    """A wish is no longer wanted; whoever holds it is told."""

    source: ClassVar[str] = "wishes"
    name: ClassVar[str] = "wish_withdrawn.v1"

    wish_id: UUID
    version: int


# -- intake


class ResidentDetails(Contract, frozen=True, kw_only=True):
    """Who wishes. `phone` may be missing when a worker entered the wish; the worker is told to call back."""

    name: str
    phone: str | None = None
    address: str = ""
    gender: str | None = None  # 男 | 女
    age: int | None = None
    hardship: tuple[Hardship, ...] = ()


class WishDetails(Contract, frozen=True, kw_only=True):
    """What is wished for: a summary of at most 40 characters, and details apart."""

    title: str
    details: str = ""
    kind: WishKind = WishKind.GOODS
    category: Category | None = None
    urgency: Urgency = Urgency.ORDINARY
    value: int = 0
    places: int = 1
    skill: str | None = None


class WishReceipt(View, frozen=True, kw_only=True):
    """What the resident takes home: the code to track by and the code to confirm with."""

    is_personal: ClassVar[bool] = True

    wish_id: UUID
    code: str
    confirmation_code: str


class SubmitWish(Command, frozen=True, kw_only=True):
    """A resident says a wish, without an account."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = WishReceipt
    is_personal: ClassVar[bool] = True

    community_id: UUID
    wish: WishDetails
    resident: ResidentDetails


class EnterWish(Command, frozen=True, kw_only=True):
    """A worker enters a wish for a resident; the door and the worker are recorded."""

    right: ClassVar[Right] = Right.COLLECT
    answer: ClassVar[type[View]] = WishReceipt
    is_personal: ClassVar[bool] = True

    community_id: UUID
    wish: WishDetails
    resident: ResidentDetails
    door: Door = Door.VISIT


class AmendWish(Command, frozen=True, kw_only=True):
    """A returned wish is put right and goes back to the screener."""

    right: ClassVar[Right] = Right.COLLECT
    is_personal: ClassVar[bool] = True

    wish_id: UUID
    wish: WishDetails


class RowProblem(Contract, frozen=True, kw_only=True):
    """What is wrong in one cell, as a code with arguments; the door says it in the caller's language."""

    column: str
    reason: str
    arguments: dict[str, str] = {}


class RowReport(Contract, frozen=True, kw_only=True):
    """What became of one row of a sheet; `row` is its number as a person sees it."""

    row: int
    status: str  # ok | warning | error
    problems: list[RowProblem] = []


class ImportReport(View, frozen=True, kw_only=True):
    """What an import did (`batch` is set) or would do (it is not)."""

    form: str
    batch: UUID | None
    accepted: int
    rejected: int
    rows: list[RowReport]


class ImportWishes(Command, frozen=True, kw_only=True):
    """Read an official form (000 or 001-1); write it only when `commit` is true. Rows in error stay out."""

    right: ClassVar[Right] = Right.COLLECT
    answer: ClassVar[type[View]] = ImportReport
    is_personal: ClassVar[bool] = True

    area_id: UUID  # the community to which the wishes belong
    file_name: str
    content: bytes
    form: str = "auto"  # auto | 000 | 001-1
    commit: bool = False


class UndoWishImport(Command, frozen=True, kw_only=True):
    """Take an import back, as long as none of its wishes was screened."""

    right: ClassVar[Right] = Right.COLLECT

    batch_id: UUID


# -- screening


class AcceptWish(Command, frozen=True, kw_only=True):
    """Accept a wish for its month; what is given overrides what was submitted. Urgent wishes go up at once."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    title: str | None = None
    kind: WishKind | None = None
    category: Category | None = None
    urgency: Urgency | None = None
    value: int | None = None
    places: int | None = None
    service_days: int | None = None
    skill: str | None = None
    ceiling_reason: str | None = None  # asked for when the value passes the ceiling


class ReturnWish(Command, frozen=True, kw_only=True):
    """Give a wish back to be put right, with a reason the resident is told."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    reason: str


class DeclineWish(Command, frozen=True, kw_only=True):
    """Say no to a wish, with a reason the resident is told."""

    right: ClassVar[Right] = Right.SCREEN

    wish_id: UUID
    reason: str


class WithdrawWish(Command, frozen=True, kw_only=True):
    """A worker takes a wish back for its resident, until it is fulfilled."""

    right: ClassVar[Right] = Right.COLLECT

    wish_id: UUID
    reason: str


class WithdrawOwnWish(Command, frozen=True, kw_only=True):
    """The resident takes the wish back, until it is claimed: code and last four digits of the phone."""

    right: ClassVar[Right] = Right.OPEN
    is_personal: ClassVar[bool] = True

    code: str
    phone_ending: str


# -- release


class ReleaseWishes(Command, frozen=True, kw_only=True):
    """Release a period by hand, for areas whose rule is `manual`; a period released already stays as it is."""

    right: ClassVar[Right] = Right.RELEASE

    area_id: UUID
    period: str


class ReleasePreview(View, frozen=True, kw_only=True):
    """What would go up: new wishes by community, and what is carried over."""

    period: str
    is_released: bool
    wishes: int
    carried_over: int
    by_community: dict[str, int]


class PreviewRelease(Query, frozen=True, kw_only=True):
    """What a release of this period would put up now."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ReleasePreview

    area_id: UUID
    period: str


# -- reading


class Move(Contract, frozen=True, kw_only=True):
    """One step in the life of a wish."""

    action: str
    state: str
    at: datetime
    by: str
    reason: str = ""


class WishView(View, frozen=True, kw_only=True):
    """A wish as staff see it: the resident's name and phone masked."""

    id: UUID
    code: str
    state: str
    title: str
    details: str
    kind: WishKind
    category: Category | None
    urgency: Urgency
    value: int
    places: int
    skill: str | None
    community_id: UUID
    community_name: str
    resident_name: str
    resident_phone: str | None
    door: Door
    period: str | None
    months_carried: int
    submitted_at: datetime
    due_on: date | None  # by when it should be screened
    over_ceiling: bool
    moves: list[Move] = []

    is_personal: ClassVar[bool] = True


class WishList(View, frozen=True, kw_only=True):
    """A page of wishes."""

    is_personal: ClassVar[bool] = True

    items: list[WishView]
    next: str | None = None


class GetWish(Query, frozen=True, kw_only=True):
    """One wish with its history."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = WishView

    wish_id: UUID


class ListWishes(Page, frozen=True, kw_only=True):
    """The wishes of an area, oldest first; `state=submitted` is the screening queue."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = WishList

    area_id: UUID
    state: str | None = None


class WishTrack(View, frozen=True, kw_only=True):
    """What a resident sees of their wish: plain words come from `state` and the moves."""

    code: str
    title: str
    state: str
    moves: list[Move]

    is_personal: ClassVar[bool] = True


class TrackWish(Query, frozen=True, kw_only=True):
    """How a wish stands, for whoever holds its code and the last four digits of the phone."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = WishTrack
    is_personal: ClassVar[bool] = True

    code: str
    phone_ending: str


# -- roster


class RosterEntryView(View, frozen=True, kw_only=True):
    """Somebody on the roster (困难帮扶对象花名册), masked."""

    resident_id: UUID
    name: str
    phone: str | None
    age: int | None
    hardship: tuple[Hardship, ...]
    community_id: UUID
    last_checked_on: date
    is_due: bool


class Roster(View, frozen=True, kw_only=True):
    """A page of the roster."""

    items: list[RosterEntryView]
    next: str | None = None


class PutOnRoster(Command, frozen=True, kw_only=True):
    """Put a resident on the roster, or bring their entry up to date."""

    right: ClassVar[Right] = Right.COLLECT
    answer: ClassVar[type[View]] = RosterEntryView
    is_personal: ClassVar[bool] = True

    community_id: UUID
    resident: ResidentDetails


class CheckRosterEntry(Command, frozen=True, kw_only=True):
    """Re-check an entry of the roster: still in hardship, or off the roster with a reason."""

    right: ClassVar[Right] = Right.COLLECT

    resident_id: UUID
    still_in_hardship: bool
    reason: str = ""


class ListRoster(Page, frozen=True, kw_only=True):
    """The roster of an area; `due` lists only those whose monthly re-check is due."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = Roster

    area_id: UUID
    due: bool = False


# -- refusals


class UnknownWish(Refusal):
    """There is no such wish, or not for this caller; a wrong code and a wrong ending answer the same."""

    code = "wishes.unknown_wish"
    kind = RefusalKind.UNKNOWN


class UnknownCommunity(Refusal):
    """There is no such community, or it is no place in which residents live."""

    code = "wishes.unknown_community"
    kind = RefusalKind.UNKNOWN


class TitleTooLong(Refusal):
    """The summary passes 40 characters (000)."""

    code = "wishes.title_too_long"
    kind = RefusalKind.INVALID


class TitleMissing(Refusal):
    """The wish says nothing."""

    code = "wishes.title_missing"
    kind = RefusalKind.INVALID


class UnusablePhone(Refusal):
    """The phone number is not one that can be reached."""

    code = "wishes.unusable_phone"
    kind = RefusalKind.INVALID


class UnusableAmount(Refusal):
    """A number (value, places, days) is outside what is possible."""

    code = "wishes.unusable_amount"
    kind = RefusalKind.INVALID


class PersonalDataInTitle(Refusal):
    """The public summary holds a phone number or an identity number."""

    code = "wishes.personal_data_in_title"
    kind = RefusalKind.INVALID


class CeilingReasonNeeded(Refusal):
    """The value passes the ceiling; the screener is asked for a reason (001: 300 yuan)."""

    code = "wishes.ceiling_reason_needed"


class CategoryNeeded(Refusal):
    """A wish is accepted with its category."""

    code = "wishes.category_needed"
    kind = RefusalKind.INVALID


class ReasonNeeded(Refusal):
    """A no is always given with a reason."""

    code = "wishes.reason_needed"
    kind = RefusalKind.INVALID


class AlreadyClaimed(Refusal):
    """Somebody has claimed the wish; the community can still withdraw it."""

    code = "wishes.already_claimed"


class UnusablePeriod(Refusal):
    """A period is written YYYY-MM."""

    code = "wishes.unusable_period"
    kind = RefusalKind.INVALID


class UnreadableSheet(Refusal):
    """The file is no sheet we can read, or its form is not recognised."""

    code = "wishes.unreadable_sheet"
    kind = RefusalKind.INVALID


class BatchCannotBeUndone(Refusal):
    """The batch is unknown, already undone, or one of its wishes has been screened."""

    code = "wishes.batch_cannot_be_undone"


class TooManyTries(Refusal):
    """Too many wrong codes from here; try later or ask the community."""

    code = "wishes.too_many_tries"
    kind = RefusalKind.LIMITED
