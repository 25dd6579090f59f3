"""What claims shows of joint claims: the part of each party."""

from sqlalchemy import select

from services.chassis.refusals import SignInNeeded
from services.chassis.rights import Right
from services.chassis.work import Work
from services.claims.contracts import JointParts, JointPartView, JointParty, ListJointParts, UnknownClaim
from services.claims.models import Claim, JointPart


def list_joint_parts(work: Work, query: ListJointParts) -> JointParts:
    """Return the parts of a joint claim, the lead's first; raise `UnknownClaim` for whom it is no concern."""
    caller = query.by
    if not caller.is_signed_in:
        raise SignInNeeded()
    of_claim = select(JointPart).where(JointPart.claim_id == query.claim_id)
    parts = work.session.scalars(of_claim.order_by(JointPart.is_lead.desc(), JointPart.party_id)).all()
    path = work.session.scalar(select(Claim.area_path).where(Claim.id == query.claim_id))
    is_party = caller.unit_id in {part.party_id for part in parts}
    if not parts or path is None or not (is_party or caller.may(Right.SEE_LEDGER, path)):
        raise UnknownClaim()
    work.permit_self(caller.account_id, caller.member_id, caller.unit_id)
    return JointParts(items=[_view(work, part) for part in parts])


def _view(work: Work, part: JointPart) -> JointPartView:
    return JointPartView(
        party=JointParty(part.party),
        party_id=part.party_id,
        share=work.seals.open(part.share),
        is_lead=part.is_lead,
        is_done=part.done_at is not None,
    )
