"""Whom to call: the seal on a name and number is opened for workers of the area, and the look is recorded."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from services.chassis.work import Work
from services.wishes.contracts import (
    Contact,
    LookUpResident,
    LookUpWisher,
    ResidentContact,
    UnknownResident,
    UnknownWish,
)
from services.wishes.models import Area, Resident, Wish


def look_up_resident(work: Work, command: LookUpResident, now: datetime) -> ResidentContact:
    """Return how to reach a resident, as the books have it; raise `UnknownResident`."""
    of_area = select(Resident, Area.path).join(Area, Area.id == Resident.community_id)
    found = work.session.execute(of_area.where(Resident.id == command.resident_id)).first()
    if found is None:
        raise UnknownResident()
    resident, path = found
    work.permit(path)
    work.record("look_up_resident", str(resident.id), now)
    return ResidentContact(
        name=work.seals.open(resident.name),
        phone=work.seals.open_or_none(resident.phone),
        address=work.seals.open_or_empty(resident.address),
    )


def look_up_wisher(work: Work, command: LookUpWisher, now: datetime) -> ResidentContact:
    """Return how to reach whoever has a wish, as it was said with the wish; raise `UnknownWish`."""
    of_area = select(Wish.id, Wish.contact, Area.path).join(Area, Area.id == Wish.community_id)
    found = work.session.execute(of_area.where(Wish.id == command.wish_id)).first()
    if found is None:
        raise UnknownWish()
    work.permit(found.path)
    work.record("look_up_wisher", str(found.id), now)
    contact = msgspec.json.decode(work.seals.open(found.contact), type=Contact)
    return ResidentContact(name=contact.name, phone=contact.phone, address=contact.address or "")
