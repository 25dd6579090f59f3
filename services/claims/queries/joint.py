"""What claims shows of joint claims: the part of each party."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis.refusals import SignInNeeded
from services.chassis.rights import Actor, Right
from services.chassis.work import Work
from services.claims.contracts import JointParts, JointPartView, JointParty, ListJointParts, UnknownClaim
from services.claims.domain import is_officer_of
from services.claims.models import Area, Claim, JointPart, Team


def list_joint_parts(work: Work, query: ListJointParts) -> JointParts:
    """Return the parts of a joint claim, the lead's first; raise `UnknownClaim` for whom it is no concern."""
    caller = query.by
    if not caller.is_signed_in:
        raise SignInNeeded()
    of_claim = select(JointPart).where(JointPart.claim_id == query.claim_id)
    parts = work.session.scalars(of_claim.order_by(JointPart.is_lead.desc(), JointPart.party_id)).all()
    path = work.session.scalar(select(Claim.area_path).where(Claim.id == query.claim_id))
    if path is None or not parts:
        raise UnknownClaim()
    is_party = any(speaks_for(work.session, caller, part) for part in parts)
    if not (is_party or caller.may(Right.SEE_LEDGER, path)):
        raise UnknownClaim()
    work.permit_self(caller.account_id, caller.member_id, caller.unit_id)
    return JointParts(items=[_view(work, part) for part in parts])


def speaks_for(session: Session, caller: Actor, part: JointPart) -> bool:
    """Say whether the caller speaks for a party: its officer, one of the team, a worker of the community."""
    if part.party == JointParty.TEAM:
        team = session.get(Team, part.party_id)
        return team is not None and caller.member_id in (team.leader_id, *team.member_ids)
    if part.party == JointParty.COMMUNITY:
        return caller.account_id is not None and _works_in(session, caller, part.party_id)
    return is_officer_of(caller, part.party_id)


def _works_in(session: Session, caller: Actor, community_id: UUID) -> bool:
    path = session.scalar(select(Area.path).where(Area.id == community_id))
    return path is not None and caller.may(Right.CONFIRM, path)


def _view(work: Work, part: JointPart) -> JointPartView:
    return JointPartView(
        party=JointParty(part.party),
        party_id=part.party_id,
        share=work.seals.open(part.share),
        is_lead=part.is_lead,
        is_done=part.done_at is not None,
    )
