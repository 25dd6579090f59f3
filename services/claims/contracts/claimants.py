"""Who claims, besides a member: teams, units, branches, companies, several of them jointly, and pools."""

from typing import ClassVar
from uuid import UUID

from services.chassis.contracts import Command, Contract, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right
from services.claims.contracts.claiming import Claimed
from services.claims.contracts.kinds import JointParty

__all__ = [
    "BatchTooLarge",
    "ClaimBatch",
    "ClaimForTeam",
    "ClaimForUnit",
    "ClaimJointly",
    "ClaimedBatch",
    "FinishJointPart",
    "JointPartView",
    "JointParts",
    "JointShare",
    "ListJointParts",
    "LookUpNamedPerson",
    "NamedPerson",
    "NamedPersonNeeded",
    "NamedPersonView",
    "NobodyNamed",
    "NothingToClaim",
    "UnknownClaimant",
    "UnusableBatch",
    "UnusableParts",
]


class NamedPerson(Contract, frozen=True, kw_only=True):
    """Who answers for a collective claim (联系人): a member, or somebody by name and telephone."""

    member_id: UUID | None = None
    name: str = ""
    phone: str = ""


class NamedPersonView(View, frozen=True, kw_only=True):
    """Whom to call at a unit about its claim."""

    is_personal: ClassVar[bool] = True

    name: str
    phone: str


class LookUpNamedPerson(Command, frozen=True, kw_only=True):
    """A worker of the place or the unit's officer looks at who answers for a claim, on the record."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = NamedPersonView

    claim_id: UUID


class ClaimForUnit(Command, frozen=True, kw_only=True):
    """A unit's officer takes a place for the unit, branch or company; somebody named answers for it."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Claimed
    is_personal: ClassVar[bool] = True

    wish_id: UUID
    unit_id: UUID
    named: NamedPerson


class ClaimForTeam(Command, frozen=True, kw_only=True):
    """A member of a volunteer team takes a place for the team, and answers for it."""

    right: ClassVar[Right] = Right.CLAIM
    answer: ClassVar[type[View]] = Claimed

    wish_id: UUID
    team_id: UUID


class JointShare(Contract, frozen=True, kw_only=True):
    """What one party takes upon itself."""

    party: JointParty
    party_id: UUID
    share: str


class ClaimJointly(Command, frozen=True, kw_only=True):
    """A unit leads a claim that it shares with other units, teams or communities; each part is recorded."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = Claimed
    is_personal: ClassVar[bool] = True

    wish_id: UUID
    unit_id: UUID  # that leads
    own_share: str
    others: list[JointShare]
    named: NamedPerson


class FinishJointPart(Command, frozen=True, kw_only=True):
    """A party, or the unit that leads, says that its part is done; the whole is delivered by the lead."""

    right: ClassVar[Right] = Right.SIGNED_IN

    claim_id: UUID
    party_id: UUID


class JointPartView(View, frozen=True, kw_only=True):
    """One part of a joint claim."""

    party: JointParty
    party_id: UUID
    share: str
    is_lead: bool
    is_done: bool


class JointParts(View, frozen=True, kw_only=True):
    """The parts of a joint claim, the lead's first."""

    is_personal: ClassVar[bool] = True

    items: list[JointPartView]


class ListJointParts(Query, frozen=True, kw_only=True):
    """The parts of a joint claim, for its parties and for the workers of the place."""

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = JointParts

    claim_id: UUID


class ClaimedBatch(View, frozen=True, kw_only=True):
    """The places won in one go, and how many open wishes were left to others."""

    claims: list[Claimed]
    left_out: int


class ClaimBatch(Command, frozen=True, kw_only=True):
    """Take a place on every open wish of one household, or of one community's month, in one go.

    The household is named by one of its wishes. For oneself, or for a unit or a team. With `all_or_nothing`
    either every open wish is claimed or none is; otherwise as many as the limit allows, the oldest first.
    """

    right: ClassVar[Right] = Right.SIGNED_IN
    answer: ClassVar[type[View]] = ClaimedBatch
    is_personal: ClassVar[bool] = True

    household_of: UUID | None = None  # a wish
    community_id: UUID | None = None
    period: str | None = None  # of the release, "2026-11"; None for whatever is open in the community
    unit_id: UUID | None = None
    team_id: UUID | None = None
    named: NamedPerson | None = None
    all_or_nothing: bool = True


# -- refusals


class UnknownClaimant(Refusal):
    """There is no such unit or team, or it is not active."""

    code = "claims.unknown_claimant"
    kind = RefusalKind.UNKNOWN


class NamedPersonNeeded(Refusal):
    """A collective claim names who answers for it: an active member, or a name and a telephone number."""

    code = "claims.named_person_needed"
    kind = RefusalKind.INVALID


class NobodyNamed(Refusal):
    """A member answers for the claim, or nothing is left to do and the name is erased."""

    code = "claims.nobody_named"
    kind = RefusalKind.UNKNOWN


class UnusableParts(Refusal):
    """A joint claim has at least one other party, each of them once, each with words for its share."""

    code = "claims.unusable_parts"
    kind = RefusalKind.INVALID


class UnusableBatch(Refusal):
    """A batch is one household or one community, for oneself, a unit or a team."""

    code = "claims.unusable_batch"
    kind = RefusalKind.INVALID


class BatchTooLarge(Refusal):
    """A batch that is to be claimed whole has `wanted` wishes, and the claimant may take `room` more."""

    code = "claims.batch_too_large"
    kind = RefusalKind.LIMITED


class NothingToClaim(Refusal):
    """There is no open wish in this batch, or not one more may be claimed."""

    code = "claims.nothing_to_claim"
