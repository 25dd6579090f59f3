"""Projects (微项目, seed 002): proposed with a plan, approved, claimed by units, and signed off (验收)."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Event, Page, Query, Sealed, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "ApproveProject",
    "ClaimProject",
    "CompleteProject",
    "GetLetterOfIntent",
    "LeaveProject",
    "LetterOfIntent",
    "ListOpenProjects",
    "ListProjects",
    "MilestonePlan",
    "MilestoneView",
    "MilestonesNeeded",
    "MilestonesOpen",
    "MyProjects",
    "NotAUnitOfficer",
    "NumberInTitle",
    "OpenProject",
    "OpenProjects",
    "PlanNeeded",
    "ProjectList",
    "ProjectMoved",
    "ProjectView",
    "ProposeProject",
    "ProposeUnitProject",
    "ProposerCannotApprove",
    "ReachMilestone",
    "ReviseProject",
    "SendBackProject",
    "ShortcomingNeeded",
    "SignOffProject",
    "UnknownMilestone",
    "UnknownPlace",
    "UnknownProject",
    "WithdrawProject",
    "WithdrawalReasonNeeded",
]


class ProposeProject(Command, frozen=True, kw_only=True):
    """A community proposes what many residents want, with a plan."""

    right: ClassVar[Right] = Right.COLLECT
    is_personal: ClassVar[bool] = True  # people write names into their words

    area_id: UUID
    title: str
    plan: str


class ProposeUnitProject(Command, frozen=True, kw_only=True):
    """A unit's officer proposes a project in an area, with a plan."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    area_id: UUID
    title: str
    plan: str


class ReviseProject(Command, frozen=True, kw_only=True):
    """The proposer answers what was sent back with a better plan."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    project_id: UUID
    plan: str


class ApproveProject(Command, frozen=True, kw_only=True):
    """An officer approves a plan that somebody else proposed; units may claim it."""

    right: ClassVar[Right] = Right.RELEASE

    project_id: UUID


class SendBackProject(Command, frozen=True, kw_only=True):
    """An officer sends a plan back and says what is missing."""

    right: ClassVar[Right] = Right.RELEASE
    is_personal: ClassVar[bool] = True  # people write names into their words

    project_id: UUID
    reason: str


class MilestonePlan(Contract, frozen=True, kw_only=True):
    """What is to be reached by when."""

    title: str
    due_on: date


class ClaimProject(Command, frozen=True, kw_only=True):
    """A unit's officer claims a project: the first with its milestones, others join (共同承接).

    Claimed again, it is a correction of the contact.
    """

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True

    project_id: UUID
    contact: str  # who in the unit answers for it, and under which number
    milestones: list[MilestonePlan] = []


class ReachMilestone(Command, frozen=True, kw_only=True):
    """A claiming unit says that a milestone is reached."""

    right: ClassVar[Right] = Right.SIGNED_IN

    milestone_id: UUID


class LeaveProject(Command, frozen=True, kw_only=True):
    """A claiming unit cannot go on; when it was the last one, the project is open to others."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    project_id: UUID
    reason: str = ""


class WithdrawProject(Command, frozen=True, kw_only=True):
    """The proposer, or an officer of the area, says that a project is wanted no more, and why."""

    right: ClassVar[Right] = Right.SIGNED_IN
    is_personal: ClassVar[bool] = True  # people write names into their words

    project_id: UUID
    reason: str


class CompleteProject(Command, frozen=True, kw_only=True):
    """A claiming unit says that all is done; somebody else signs it off."""

    right: ClassVar[Right] = Right.SIGNED_IN

    project_id: UUID


class SignOffProject(Command, frozen=True, kw_only=True):
    """A second party accepts what was done, or says what is missing (验收)."""

    right: ClassVar[Right] = Right.CONFIRM
    is_personal: ClassVar[bool] = True  # people write names into their words

    project_id: UUID
    is_accepted: bool
    reason: str = ""


# -- reading


class OpenProject(View, frozen=True, kw_only=True):
    """A project that units may claim, as everyone may see it."""

    id: UUID
    code: str
    title: str
    area_path: str
    state: str
    units: int  # that claimed it so far


class OpenProjects(View, frozen=True, kw_only=True):
    """A page of open projects."""

    items: list[OpenProject]
    next: str | None = None


class ListOpenProjects(Page, frozen=True, kw_only=True):
    """The projects that are approved or under way, newest first."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = OpenProjects

    below: str = "/"


class MilestoneView(View, frozen=True, kw_only=True):
    """A milestone and whether it was reached."""

    id: UUID
    title: str
    due_on: date
    reached_at: datetime | None
    is_overdue: bool


class ProjectView(View, frozen=True, kw_only=True):
    """A project with its plan, the units that claimed it, and its milestones."""

    is_personal: ClassVar[bool] = True

    id: UUID
    code: str
    title: str
    plan: str
    area_id: UUID
    area_path: str
    state: str
    proposed_at: datetime
    proposer_unit_id: UUID | None
    unit_ids: list[UUID]
    milestones: list[MilestoneView]
    reason: str = ""  # why it was sent back or withdrawn


class ProjectList(View, frozen=True, kw_only=True):
    """A page of projects."""

    is_personal: ClassVar[bool] = True

    items: list[ProjectView]
    next: str | None = None


class ListProjects(Page, frozen=True, kw_only=True):
    """The projects of an area, newest first."""

    right: ClassVar[Right] = Right.SEE_LEDGER
    answer: ClassVar[type[View]] = ProjectList

    below: str
    state: str | None = None


class MyProjects(Page, frozen=True, kw_only=True):
    """The projects that the caller's unit proposed or claimed, newest first."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = ProjectList


class LetterOfIntent(View, frozen=True, kw_only=True):
    """What a letter of intent (认领意向书) is printed from."""

    is_personal: ClassVar[bool] = True

    project_id: UUID
    code: str
    title: str
    plan: str
    area_id: UUID
    unit_id: UUID
    contact: str
    claimed_at: datetime
    milestones: list[MilestoneView]


class GetLetterOfIntent(Query, frozen=True, kw_only=True):
    """The letter of intent of one unit, for its officer and for those who see the ledger of the place."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = LetterOfIntent

    project_id: UUID
    unit_id: UUID


# -- what is told


class ProjectMoved(Event, frozen=True, kw_only=True):
    """A project came a step further, or was sent back."""

    source: ClassVar[str] = "claims"
    name: ClassVar[str] = "project_moved.v1"

    project_id: UUID
    code: str
    title: str
    area_path: str
    # proposed | revised | approved | sent_back | claimed | left | completed | signed_off | not_accepted |
    # withdrawn
    how: str
    unit_ids: list[UUID]  # that claimed it
    proposer_id: UUID | None  # the account that proposed it
    proposer_unit_id: UUID | None
    sealed_reason: Sealed | None = None
    left_unit_id: UUID | None = None  # that left


# -- refusals


class UnknownProject(Refusal):
    """There is no such project, or it is not for the caller to see."""

    code = "claims.unknown_project"
    kind = RefusalKind.UNKNOWN


class UnknownMilestone(Refusal):
    """There is no such milestone in a project that the caller's unit claimed."""

    code = "claims.unknown_milestone"
    kind = RefusalKind.UNKNOWN


class UnknownPlace(Refusal):
    """A project is proposed for an area that is not known."""

    code = "claims.unknown_place"
    kind = RefusalKind.UNKNOWN


class NotAUnitOfficer(Refusal):
    """Only the officer of an active unit proposes, claims and completes projects in its name."""

    code = "claims.not_a_unit_officer"
    kind = RefusalKind.FORBIDDEN


class PlanNeeded(Refusal):
    """A project has a title of at most 40 characters and a plan."""

    code = "claims.plan_needed"
    kind = RefusalKind.INVALID


class NumberInTitle(Refusal):
    """Everyone may read the titles of projects and milestones: no phone or identity number stands there."""

    code = "claims.number_in_title"
    kind = RefusalKind.INVALID


class MilestonesNeeded(Refusal):
    """The first unit to claim names one to `limit` milestones, each from today on, and who answers for it."""

    code = "claims.milestones_needed"
    kind = RefusalKind.INVALID


class MilestonesOpen(Refusal):
    """Not every milestone of the project is reached."""

    code = "claims.milestones_open"


class ProposerCannotApprove(Refusal):
    """A plan is approved by somebody else than its proposer."""

    code = "claims.proposer_cannot_approve"
    kind = RefusalKind.FORBIDDEN


class ShortcomingNeeded(Refusal):
    """Who sends a project back says what is missing."""

    code = "claims.shortcoming_needed"
    kind = RefusalKind.INVALID


class WithdrawalReasonNeeded(Refusal):
    """Who withdraws a project says why."""

    code = "claims.withdrawal_reason_needed"
    kind = RefusalKind.INVALID
