"""For whom a claim stands: who may see it through, and who can therefore never confirm it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis.contracts import Request, Sealed
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import Actor
from services.chassis.work import Work
from services.claims.contracts import (
    ClaimantKind,
    DoerCannotConfirm,
    JointParty,
    UnknownClaim,
    UnknownClaimant,
)
from services.claims.domain import is_doer, is_officer_of, is_worker_at
from services.claims.models import Area, JointPart, Pledge, Team, Unit
from services.claims.usecases.locking import ClaimRow
from services.claims.usecases.pooling import pledgers_of
from services.directory.contracts import UnitKind

BY_OFFICERS = frozenset({ClaimantKind.UNIT, ClaimantKind.BRANCH, ClaimantKind.COMPANY, ClaimantKind.JOINT})
"""Claims that the officer of a unit sees through, or the member who was named."""

KIND_OF_UNIT = {
    UnitKind.BRANCH: ClaimantKind.BRANCH,
    UnitKind.COMPANY: ClaimantKind.COMPANY,
    UnitKind.ENTERPRISE: ClaimantKind.COMPANY,
}
"""What a unit of this kind claims as; the others claim as a unit."""


@dataclass(frozen=True)
class Behalf:
    """A claimant: who it is, who answers for it, and with whom; `named_person` is sealed."""

    kind: ClaimantKind
    id: UUID
    member_id: UUID | None
    account_id: UUID | None = None
    named_person: Sealed | None = None
    parties: tuple[UUID, ...] = ()  # of a joint claim: the units, teams and communities


def collective_of(claim: ClaimRow) -> UUID | None:
    """Return the team, unit or pool that claims, or None when a member does."""
    return None if claim.claimant_kind == ClaimantKind.MEMBER else claim.claimant_id


def permit_claimant(work: Work, claim: ClaimRow, caller: Actor) -> None:
    """Go on only for those for whom the claim stands; raise `UnknownClaim` for others, as for no claim."""
    if not _stands_for(work.session, claim, caller):
        raise UnknownClaim()
    work.permit_self(caller.member_id, caller.account_id, caller.unit_id)


def _stands_for(session: Session, claim: ClaimRow, caller: Actor) -> bool:
    if caller.member_id is not None and caller.member_id == claim.member_id:
        return True
    if claim.claimant_kind == ClaimantKind.TEAM:
        return caller.member_id in people_of_teams(session, [claim.claimant_id])
    return claim.claimant_kind in BY_OFFICERS and is_officer_of(caller, claim.claimant_id)


def check_second_person(work: Work, claim: ClaimRow, request: Request) -> None:
    """Raise `DoerCannotConfirm` for whoever did what the claim is for, or works at a community that did."""
    caller = request.by
    askers = (caller.member_id, caller.account_id, caller.unit_id)
    did_it = is_doer(doers_of(work.session, claim), askers)
    if did_it or any(is_worker_at(caller, path) for path in _communities_of(work.session, claim)):
        raise DoerCannotConfirm()


def doers_of(session: Session, claim: ClaimRow) -> list[UUID | None]:
    """Return everybody who did what a claim is for, by any identity: none of them may confirm it."""
    doers = [claim.member_id, claim.account_id, claim.claimant_id]
    if claim.claimant_kind == ClaimantKind.TEAM:
        doers += people_of_teams(session, [claim.claimant_id])
    if claim.claimant_kind == ClaimantKind.POOL:
        doers += session.scalars(select(Pledge.member_id).where(Pledge.pool_id == claim.claimant_id))
    if claim.claimant_kind == ClaimantKind.JOINT:
        parts = session.scalars(select(JointPart).where(JointPart.claim_id == claim.id)).all()
        parties = [part.party_id for part in parts]
        doers += [*parties, *people_of_teams(session, parties), *(part.done_by for part in parts)]
    return doers


def _communities_of(session: Session, claim: ClaimRow) -> list[str]:
    """Return the paths of the communities that are parties to a joint claim."""
    if claim.claimant_kind != ClaimantKind.JOINT:
        return []
    is_party = (JointPart.claim_id == claim.id) & (JointPart.party == JointParty.COMMUNITY)
    return list(
        session.scalars(select(Area.path).join(JointPart, JointPart.party_id == Area.id).where(is_party))
    )


def people_of_claim(session: Session, claim: ClaimRow) -> tuple[UUID, ...]:
    """Return the members who take part in a claim, as `people_behind` does."""
    kind = ClaimantKind(claim.claimant_kind)
    parties = _parties_of(session, claim.id) if kind is ClaimantKind.JOINT else []
    return people_behind(session, Behalf(kind, claim.claimant_id, claim.member_id, parties=tuple(parties)))


def people_behind(session: Session, behalf: Behalf) -> tuple[UUID, ...]:
    """Return the members who take a wish on together (共同认领, 002), whoever answers for it first.

    Those are the pledgers whose pledge counts, and the members of a team or of the teams of a joint claim.
    Empty where a member or a unit claims: then it is whoever answers, and nobody else.
    """
    if behalf.kind is ClaimantKind.POOL:
        people = pledgers_of(session, behalf.id)
    elif behalf.kind in (ClaimantKind.TEAM, ClaimantKind.JOINT):
        people = people_of_teams(session, [behalf.id, *behalf.parties])
    else:
        return ()
    first = [behalf.member_id] if behalf.member_id else []
    return tuple(dict.fromkeys([*first, *people]))


def _parties_of(session: Session, claim_id: UUID) -> list[UUID]:
    return list(session.scalars(select(JointPart.party_id).where(JointPart.claim_id == claim_id)))


def people_of_teams(session: Session, teams: Iterable[UUID]) -> list[UUID]:
    """Return the members of these teams, their leaders among them; other ids are passed over."""
    found = session.execute(select(Team.leader_id, Team.member_ids).where(Team.id.in_(list(teams))))
    return [person for team in found for person in (team.leader_id, *team.member_ids)]


def lock_unit(work: Work, unit_id: UUID, caller: Actor) -> Any:
    """Lock and return a unit for which its officer acts; raise `NotPermitted` for anybody else."""
    if not caller.is_signed_in:
        raise SignInNeeded()
    if not is_officer_of(caller, unit_id):
        raise NotPermitted()
    work.permit_self(unit_id)
    return _lock(work.session, Unit, unit_id)


def lock_team(work: Work, team_id: UUID, caller: Actor) -> Any:
    """Lock and return a team for which one of its members acts; raise `NotPermitted` for anybody else."""
    if caller.member_id is None:
        raise NotPermitted() if caller.is_signed_in else SignInNeeded()
    team = _lock(work.session, Team, team_id)
    if caller.member_id not in (team.leader_id, *team.member_ids):
        raise NotPermitted()
    work.permit_self(caller.member_id)
    return team


def _lock(session: Session, table: Any, claimant_id: UUID) -> Any:
    found = session.scalars(select(table).where(table.id == claimant_id).with_for_update()).first()
    if found is None or not found.is_active:
        raise UnknownClaimant()
    return found
