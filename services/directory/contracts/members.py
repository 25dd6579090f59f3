"""Members as others see them: who belongs to a unit and to the community where they live (双报到)."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "AddMembers",
    "AmbiguousCommunity",
    "ChangeMemberPhone",
    "ListMembers",
    "MemberCopy",
    "MemberElsewhere",
    "MemberKind",
    "MemberList",
    "MemberView",
    "MembersChanged",
    "NewMember",
    "PeopleAdded",
    "PhoneTaken",
    "RemoveMember",
    "RepeatedPhone",
    "SetFreeHours",
    "UnknownCommunity",
    "UnknownMember",
    "UnusableHours",
    "UnusableSkills",
]


class MemberKind(StrEnum):
    """What sort of helper a member is."""

    PARTY_MEMBER = "party_member"  # 在职党员
    VOLUNTEER = "volunteer"  # 志愿者


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
    free_hours: tuple[str, ...] = ()  # "sat_morning": days of the week and parts of the day


class MembersChanged(Event, frozen=True, kw_only=True):
    """Members were added, changed or left; at most 500 in one event."""

    source: ClassVar[str] = "directory"
    name: ClassVar[str] = "members_changed.v1"

    members: list[MemberCopy]


class NewMember(Contract, frozen=True, kw_only=True):
    """A member to be added or, when one with that phone exists, brought up to date.

    What is None or empty stays as it is. `community_name` may have its street's name before it, when two
    communities share a name, or be a path. Without one, a new member of a community lives in that community.
    """

    name: str
    phone: str
    unit_name: str | None = None
    community_name: str | None = None
    kind: MemberKind | None = None  # a new member of no stated kind is a party member
    skills: tuple[str, ...] = ()
    willingness: tuple[str, ...] = ()
    email: str | None = None


class PeopleAdded(View, frozen=True, kw_only=True):
    """How many were added and how many were there already and are up to date now."""

    added: int
    updated: int


class AddMembers(Command, frozen=True, kw_only=True):
    """Add members or bring them up to date, by phone; at most 2,000 at once, all or none.

    A member is in the care of their home community. One who lives in another community than the caller's is
    not changed: that community lets them go first (`RemoveMember`), or the street above both moves them.
    """

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    answer: ClassVar[type[View]] = PeopleAdded
    is_personal: ClassVar[bool] = True

    area_id: UUID
    members: list[NewMember]


class RemoveMember(Command, frozen=True, kw_only=True):
    """A member left; what they did stays."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE

    member_id: UUID


class ChangeMemberPhone(Command, frozen=True, kw_only=True):
    """A member has a new number; they stay the same member, with their points and claims."""

    right: ClassVar[Right] = Right.MANAGE_PEOPLE
    is_personal: ClassVar[bool] = True

    member_id: UUID
    phone: str


class SetFreeHours(Command, frozen=True, kw_only=True):
    """A member says when they are free to help (seed 004: 八小时之外), or a worker notes it for them."""

    right: ClassVar[Right] = Right.SIGNED_IN

    member_id: UUID
    free_hours: tuple[str, ...]  # "sat_morning", "mon_evening"


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
    free_hours: tuple[str, ...] = ()


class MemberList(View, frozen=True, kw_only=True):
    """A page of members."""

    items: list[MemberView]
    next: str | None = None


class ListMembers(Page, frozen=True, kw_only=True):
    """The members whose home community lies within an area; with `with_left` those too who left."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = MemberList

    area_id: UUID
    unit_id: UUID | None = None
    with_left: bool = False


# -- refusals


class UnknownMember(Refusal):
    """There is no such member."""

    code = "directory.unknown_member"
    kind = RefusalKind.UNKNOWN


class UnknownCommunity(Refusal):
    """There is no community of that name within the area."""

    code = "directory.unknown_community"
    kind = RefusalKind.UNKNOWN


class AmbiguousCommunity(Refusal):
    """Several communities have that name; the street's name before it says which is meant."""

    code = "directory.ambiguous_community"
    kind = RefusalKind.INVALID


class MemberElsewhere(Refusal):
    """The member lives in a community where the caller does not manage people."""

    code = "directory.member_elsewhere"
    kind = RefusalKind.FORBIDDEN


class RepeatedPhone(Refusal):
    """Two rows have the same phone, and nobody can tell whose it is; `other` is the row that had it first."""

    code = "directory.repeated_phone"
    kind = RefusalKind.INVALID


class PhoneTaken(Refusal):
    """Another member has this phone."""

    code = "directory.phone_taken"


class UnusableSkills(Refusal):
    """There are more than 20 skills or wishes to help, or one has more than 40 characters."""

    code = "directory.unusable_skills"
    kind = RefusalKind.INVALID


class UnusableHours(Refusal):
    """Free hours are a day of the week and a part of the day, such as sat_morning."""

    code = "directory.unusable_hours"
    kind = RefusalKind.INVALID
