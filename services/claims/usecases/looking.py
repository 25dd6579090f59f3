"""Whom to call: the resident for whoever has something to do for them, who answers for a unit for workers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, bindparam, select

from services.chassis.refusals import SignInNeeded
from services.chassis.rights import Right
from services.chassis.work import Work
from services.claims.contracts import (
    ContactView,
    LookUpContact,
    LookUpNamedPerson,
    NamedPersonView,
    NobodyNamed,
    NoLongerYours,
    NotAMember,
    UnknownClaim,
)
from services.claims.domain import UNDER_WAY, RectificationState, is_officer_of
from services.claims.models import Claim, Member, Offer, Rectification
from services.claims.usecases.behalf import permit_claimant
from services.claims.usecases.locking import ClaimRow
from services.wishes.contracts import Contact


class Named(msgspec.Struct):
    """What is under the seal on who answers for a collective claim and is no member."""

    name: str = ""
    phone: str = ""


_CLAIM = Claim.__table__.c
_TO_PUT_RIGHT = (
    select(Rectification.id)
    .where(Rectification.claim_id == _CLAIM.id, Rectification.state != RectificationState.DONE)
    .exists()
)
_LOOK: Select[Any] = (
    select(
        *_CLAIM["id", "member_id", "claimant_kind", "claimant_id", "state", "area_path", "named_person"],
        Offer.__table__.c.contact,
        _TO_PUT_RIGHT.label("is_to_put_right"),
    )
    .join(Offer.__table__, Offer.__table__.c.id == _CLAIM.offer_id)
    .where(_CLAIM.id == bindparam("claim_id"))
)


def look_up_contact(work: Work, command: LookUpContact, now: datetime) -> ContactView:
    """Open the resident's contact for the current claimant, or who has to put something right.

    The look stands in the audit chain. Raises `UnknownClaim` for claims of others, `NotAMember` for somebody
    who is none any more, and `NoLongerYours` when nothing is left to do.
    """
    if not command.by.is_signed_in:
        raise SignInNeeded()
    claim = _claim(work, command)
    permit_claimant(work, claim, command.by)
    _check_active(work, command.by.member_id)
    if claim.contact is None or not (claim.state in UNDER_WAY or claim.is_to_put_right):
        raise NoLongerYours()
    work.record("look_up_contact", str(claim.id), now)
    contact = msgspec.json.decode(work.seals.open(claim.contact), type=Contact)
    return ContactView(
        name=contact.name,
        phone=contact.phone,
        address=contact.address or "",
        details=contact.details or "",
    )


def look_up_named_person(work: Work, command: LookUpNamedPerson, now: datetime) -> NamedPersonView:
    """Open who answers for a collective claim, for its unit's officer and the workers of the place.

    The look stands in the audit chain. Raises `UnknownClaim`, and `NobodyNamed` for a claim for which a
    member answers, or of which nothing is left to do.
    """
    claim, caller = _claim(work, command), command.by
    if not (is_officer_of(caller, claim.claimant_id) or caller.may(Right.CONFIRM, claim.area_path)):
        raise UnknownClaim() if caller.is_signed_in else SignInNeeded()
    work.permit_self(caller.account_id, caller.member_id, caller.unit_id)
    if claim.named_person is None:
        raise NobodyNamed()
    work.record("look_up_named_person", str(claim.id), now)
    named = msgspec.json.decode(work.seals.open(claim.named_person), type=Named)
    return NamedPersonView(name=named.name, phone=named.phone)


def _claim(work: Work, command: LookUpContact | LookUpNamedPerson) -> ClaimRow:
    claim = work.session.execute(_LOOK, {"claim_id": command.claim_id}).first()
    if claim is None:
        raise UnknownClaim()
    return claim


def _check_active(work: Work, member_id: UUID | None) -> None:
    is_active = select(Member.is_active).where(Member.id == member_id)
    if member_id is not None and not work.session.scalar(is_active):
        raise NotAMember()
