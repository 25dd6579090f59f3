"""Blind indexes of addresses: equal for equal addresses, so that the suppression list can be asked in SQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select, update

from services.chassis.sealing import BrokenSeal, Seals
from services.chassis.work import Work
from services.notify.models import Recipient

MOST = 2000
"""Recipients that one round of housekeeping indexes: those whom notify knew before there were indexes."""

UNREADABLE = "unreadable"
"""Stands for the index of an address that no key of ours opens, so that it is not tried again and again."""


LACKS_INDEX = or_(
    Recipient.phone.is_not(None) & Recipient.phone_index.is_(None),
    Recipient.email.is_not(None) & Recipient.email_index.is_(None),
)


def index_of(seals: Seals, address: str) -> str:
    """Return the index of a phone number (+8613…), as directory has it, or of a mail address."""
    return seals.index(address.lower() if "@" in address else address)


def indexed(seals: Seals, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipient with the indexes of their addresses."""
    return {**row, **{f"{kind}_index": _index_or_none(seals, row[kind]) for kind in ("phone", "email")}}


def index_recipients(work: Work) -> int:
    """Index the addresses that have no index yet; return how many recipients that were."""
    named = (Recipient.id, Recipient.phone, Recipient.email)
    found = work.session.execute(
        select(*named).where(LACKS_INDEX).limit(MOST).with_for_update(skip_locked=True)
    )
    rows = [
        {"id": row.id}
        | {f"{kind}_index": _index_or_none(work.seals, getattr(row, kind)) for kind in ("phone", "email")}
        for row in found
    ]
    if rows:
        work.session.execute(update(Recipient), rows)
    return len(rows)


def _index_or_none(seals: Seals, sealed: str | None) -> str | None:
    try:
        return index_of(seals, seals.open(sealed)) if sealed else None
    except BrokenSeal:
        return UNREADABLE
