"""What the directory answers and tells: areas, units, members, accounts, sign-in."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Actor, Grant, Right, Role


class AreaKind(StrEnum):
    """The levels of the tree; each lies directly or indirectly under the one before."""

    CITY = "city"  # 市
    DISTRICT = "district"  # 区/县
    STREET = "street"  # 街道/镇
    COMMUNITY = "community"  # 社区/村
    STATION = "station"  # 驿站


class UnitKind(StrEnum):
    """What sort of employer a unit is."""

    ORGAN = "organ"  # 机关
    INSTITUTION = "institution"  # 事业单位
    ENTERPRISE = "enterprise"  # 企业
    COMPANY = "company"  # 公司
    BRANCH = "branch"  # 党支部
    SOCIAL = "social"  # 社会组织


class MemberKind(StrEnum):
    """What sort of helper a member is."""

    PARTY_MEMBER = "party_member"  # 在职党员
    VOLUNTEER = "volunteer"  # 志愿者


class AreaSettings(Contract, frozen=True, kw_only=True):
    """The settings of an area after inheritance; every default is the bracketed one of PRODUCT."""

    release_rule: str = "first_saturday"  # chassis.calendar.ReleaseRule
    fixed_day: int | None = None  # of the month, for the rule fixed_day
    release_at: str = "09:00"  # local time
    holiday_rule: str = "keep"  # chassis.calendar.HolidayRule
    value_ceiling: int = 300  # yuan; warns and asks for a reason
    open_claims: int = 3  # claims a member may hold at once
    undo_minutes: int = 10
    service_days: int = 14  # from claim to due day, when screening said nothing else
    reminder_days: tuple[int, ...] = (3, 0)  # days before the due day
    lapse_after_days: int = 3  # days overdue after which the place returns
    letter_points: int = 20
    star_points: int = 30
    outstanding_points: int = 50
    area_code: str | None = None  # telephone area code that completes local numbers
    ranking: bool = False  # 国办函〔2026〕12号


class AreaCopy(Contract, frozen=True, kw_only=True):
    """An area as others keep it. `path` is `/city/district/…/`, so a subtree is a prefix."""

    id: UUID
    parent_id: UUID | None
    kind: AreaKind
    name: str
    path: str
    version: int
    settings: AreaSettings
    release_scope_id: UUID  # the nearest area, itself or above, with a release rule of its own (or the city)


class UnitCopy(Contract, frozen=True, kw_only=True):
    """A unit as others keep it. `path` is `/unit/unit/`; `street_path` is where it reports (双报到)."""

    id: UUID
    parent_id: UUID | None
    name: str
    kind: UnitKind
    path: str
    street_id: UUID | None
    street_path: str | None
    contact_name: Sealed | None
    contact_phone: Sealed | None
    contact_email: Sealed | None
    is_active: bool
    version: int


class MemberCopy(Contract, frozen=True, kw_only=True):
    """A member as others keep it: belongs to a unit and to a home community (双报到)."""

    id: UUID
    kind: MemberKind
    name: Sealed
    phone: Sealed
    email: Sealed | None
    unit_id: UUID | None
    community_id: UUID | None
    area_path: str  # of the home community, "/" when there is none
    skills: tuple[str, ...]
    willingness: tuple[str, ...]
    language: str
    is_active: bool
    version: int


class AccountCopy(Contract, frozen=True, kw_only=True):
    """A staff account as notify keeps it, to tell workers what concerns their area."""

    id: UUID
    name: Sealed
    phone: Sealed | None
    email: Sealed | None
    grants: tuple[Grant, ...]
    language: str
    is_active: bool
    version: int


class AreasChanged(Event, frozen=True, kw_only=True):
    """Areas were added or their name or settings changed; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "areas_changed.v1"

    areas: list[AreaCopy]


class UnitsChanged(Event, frozen=True, kw_only=True):
    """Units were added or changed; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "units_changed.v1"

    units: list[UnitCopy]


class MembersChanged(Event, frozen=True, kw_only=True):
    """Members were added, changed or left; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "members_changed.v1"

    members: list[MemberCopy]


class AccountsChanged(Event, frozen=True, kw_only=True):
    """Staff accounts were added or changed; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "accounts_changed.v1"

    accounts: list[AccountCopy]


class SignInCodeIssued(Event, frozen=True, kw_only=True):
    """A one-time code is to be sent at once to the phone that asked for it."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "sign_in_code_issued.v1"

    code_id: UUID
    member_id: UUID
    phone: Sealed
    code: Sealed
    expires_at: datetime
    language: str = "zh"


# -- areas


class AreaView(View, frozen=True, kw_only=True):
    """An area with its effective settings and those of its own."""

    id: UUID
    parent_id: UUID | None
    kind: AreaKind
    name: str
    code: str
    path: str
    settings: AreaSettings
    own_settings: dict[str, object]


class AreaList(View, frozen=True, kw_only=True):
    """A page of areas."""

    items: list[AreaView]
    next: str | None = None


class NewArea(Contract, frozen=True, kw_only=True):
    """An area to be added; `code` is its step in the path, unique under its parent."""

    kind: AreaKind
    name: str
    code: str
    parent_path: str | None = None  # None for the city


class AddAreas(Command, frozen=True, kw_only=True):
    """Add areas, parents before children; those that exist already (same path) are left as they are."""

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = AreaList

    areas: list[NewArea]


class ChangeAreaSettings(Command, frozen=True, kw_only=True):
    """Set settings of an area; a null value returns that setting to what is inherited."""

    right: ClassVar[Right] = Right.MANAGE_AREAS
    answer: ClassVar[type[View]] = AreaView

    area_id: UUID
    settings: dict[str, object]


class ListAreas(Page, frozen=True, kw_only=True):
    """The areas below a path (public: names of places are no secret)."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = AreaList

    below: str = "/"
    kind: AreaKind | None = None
    name: str | None = None


# -- units and members


class UnitView(View, frozen=True, kw_only=True):
    """A unit; its contact is masked."""

    id: UUID
    parent_id: UUID | None
    name: str
    kind: UnitKind
    path: str
    street_id: UUID | None
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None


class UnitList(View, frozen=True, kw_only=True):
    """A page of units."""

    items: list[UnitView]
    next: str | None = None


class NewUnit(Contract, frozen=True, kw_only=True):
    """A unit to be added or, when one of that name exists, brought up to date."""

    name: str
    kind: UnitKind = UnitKind.ORGAN
    parent_name: str | None = None
    street_name: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None


class AddUnits(Command, frozen=True, kw_only=True):
    """Add units or bring them up to date, by name."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = UnitList
    is_personal: ClassVar[bool] = True

    area_id: UUID  # the area in which the caller manages people
    units: list[NewUnit]


class ListUnits(Page, frozen=True, kw_only=True):
    """The units that report within an area."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = UnitList

    area_id: UUID
    name: str | None = None


class NewMember(Contract, frozen=True, kw_only=True):
    """A member to be added or, when one with that phone exists, brought up to date."""

    name: str
    phone: str
    unit_name: str | None = None
    community_name: str | None = None
    kind: MemberKind = MemberKind.PARTY_MEMBER
    skills: tuple[str, ...] = ()
    willingness: tuple[str, ...] = ()
    email: str | None = None


class PeopleAdded(View, frozen=True, kw_only=True):
    """How many were added and how many brought up to date."""

    added: int
    updated: int


class AddMembers(Command, frozen=True, kw_only=True):
    """Add members or bring them up to date, by phone; at most 2,000 at once."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = PeopleAdded
    is_personal: ClassVar[bool] = True

    area_id: UUID
    members: list[NewMember]


class RemoveMember(Command, frozen=True, kw_only=True):
    """A member left; what they did stays."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE

    member_id: UUID


class MemberView(View, frozen=True, kw_only=True):
    """A member as staff see it: name and phone masked."""

    id: UUID
    kind: MemberKind
    name: str
    phone: str
    unit_id: UUID | None
    unit_name: str | None
    community_id: UUID | None
    community_name: str | None
    skills: tuple[str, ...]
    willingness: tuple[str, ...]
    is_active: bool


class MemberList(View, frozen=True, kw_only=True):
    """A page of members."""

    items: list[MemberView]
    next: str | None = None


class ListMembers(Page, frozen=True, kw_only=True):
    """The members whose home community lies within an area."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = MemberList

    area_id: UUID
    unit_id: UUID | None = None


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


class ImportPeople(Command, frozen=True, kw_only=True):
    """Read a register of members or units; write it only when `commit` is true."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = ImportReport
    is_personal: ClassVar[bool] = True

    area_id: UUID
    file_name: str
    content: bytes
    form: str = "auto"  # auto | members | units
    commit: bool = False


class UndoPeopleImport(Command, frozen=True, kw_only=True):
    """Take an import back: what it added goes, what it changed is as before."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE

    batch_id: UUID


# -- accounts and sign-in


class AddAccount(Command, frozen=True, kw_only=True):
    """Add a staff or unit account with its first grants."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS
    is_personal: ClassVar[bool] = True

    login: str
    password: str
    name: str
    role: Role
    area_path: str | None = None  # for staff
    unit_id: UUID | None = None  # for a unit's officer
    phone: str | None = None
    email: str | None = None


class GrantRole(Command, frozen=True, kw_only=True):
    """Give an account a role in an area."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS

    login: str
    role: Role
    area_path: str


class RevokeRole(Command, frozen=True, kw_only=True):
    """Take a role in an area from an account."""

    right: ClassVar[Right] = Right.MANAGE_ACCOUNTS

    login: str
    role: Role
    area_path: str


class SignedIn(View, frozen=True, kw_only=True):
    """Who signed in and what they may do; the gateway makes a session of it."""

    is_personal: ClassVar[bool] = True

    actor: Actor
    name: str


class RequestSignInCode(Command, frozen=True, kw_only=True):
    """Ask for a one-time code; the answer is the same whether or not the phone is known."""

    right: ClassVar[Right] = Right.OPEN
    is_personal: ClassVar[bool] = True

    phone: str
    address: str = ""  # network address of the asker, for the limits


class SignInWithCode(Command, frozen=True, kw_only=True):
    """Sign in as a member with the code that came by SMS."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = SignedIn
    is_personal: ClassVar[bool] = True

    phone: str
    code: str


class SignInWithPassword(Command, frozen=True, kw_only=True):
    """Sign in as staff or as a unit's officer."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = SignedIn
    is_personal: ClassVar[bool] = True

    login: str
    password: str


class WhoAmI(Query, frozen=True, kw_only=True):
    """The caller's own name and rights."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = SignedIn


# -- refusals


class WrongCode(Refusal):
    """The one-time code is wrong, used or too old."""

    code = "directory.wrong_code"
    kind = RefusalKind.UNIDENTIFIED


class WrongPassword(Refusal):
    """Login and password do not belong together."""

    code = "directory.wrong_password"
    kind = RefusalKind.UNIDENTIFIED


class TooManyCodes(Refusal):
    """Too many codes were asked for; the limit protects the phone's owner and the SMS budget."""

    code = "directory.too_many_codes"
    kind = RefusalKind.LIMITED


class UnknownArea(Refusal):
    """There is no such area."""

    code = "directory.unknown_area"
    kind = RefusalKind.UNKNOWN


class UnknownUnit(Refusal):
    """There is no such unit."""

    code = "directory.unknown_unit"
    kind = RefusalKind.UNKNOWN


class WrongParent(Refusal):
    """An area of this kind cannot lie there."""

    code = "directory.wrong_parent"
    kind = RefusalKind.INVALID


class UnknownSetting(Refusal):
    """There is no such setting, or its value does not fit."""

    code = "directory.unknown_setting"
    kind = RefusalKind.INVALID


class LoginTaken(Refusal):
    """An account of that login exists."""

    code = "directory.login_taken"


class WeakPassword(Refusal):
    """The password is too short."""

    code = "directory.weak_password"
    kind = RefusalKind.INVALID


class UnusablePhone(Refusal):
    """The phone number is not one that can be reached."""

    code = "directory.unusable_phone"
    kind = RefusalKind.INVALID


class BatchCannotBeUndone(Refusal):
    """The batch is unknown, already undone, or what it brought has been used since."""

    code = "directory.batch_cannot_be_undone"
