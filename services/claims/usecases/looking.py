"""Whom to call: shown to whoever holds the claim now, and every look recorded."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, select

from services.chassis.refusals import SignInNeeded
from services.chassis.work import Work
from services.claims.contracts import ContactView, LookUpContact, NoLongerYours, UnknownClaim
from services.claims.domain import UNDER_WAY
from services.claims.models import Claim, Offer
from services.claims.usecases.behalf import permit_claimant
from services.claims.usecases.locking import ClaimRow


class Contact(msgspec.Struct):
    """What is under the seal that wishes put on whom to call."""

    name: str = ""
    phone: str | None = None
    address: str | None = None
    details: str | None = None


_CLAIM = Claim.__table__.c
_LOOK: Select[Any] = (
    select(*_CLAIM["id", "member_id", "claimant_kind", "claimant_id", "state"], Offer.__table__.c.contact)
    .join(Offer.__table__, Offer.__table__.c.id == _CLAIM.offer_id)
    .where(_CLAIM.id == bindparam("claim_id"))
)


def look_up_contact(work: Work, command: LookUpContact, now: datetime) -> ContactView:
    """Open the resident's contact for the current claimant; the look stands in the audit chain.

    Raises `UnknownClaim` for claims of others and `NoLongerYours` after the end of one's own.
    """
    if not command.by.is_signed_in:
        raise SignInNeeded()
    claim: ClaimRow | None = work.session.execute(_LOOK, {"claim_id": command.claim_id}).first()
    if claim is None:
        raise UnknownClaim()
    permit_claimant(work, claim, command.by)
    if claim.state not in UNDER_WAY or claim.contact is None:
        raise NoLongerYours()
    work.record("look_up_contact", str(claim.id), now)
    contact = msgspec.json.decode(work.seals.open(claim.contact), type=Contact)
    return ContactView(
        name=contact.name,
        phone=contact.phone,
        address=contact.address or "",
        details=contact.details or "",
    )
