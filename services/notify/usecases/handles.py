"""Where channels of their own kind find people: people say so themselves, and may take it back."""

import re
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from services.chassis.contracts import Done
from services.chassis.work import Work
from services.notify.channels import AddressKind
from services.notify.contracts import NoteHandle, UnknownChannel, UnusableHandle
from services.notify.gate.ways import Ways
from services.notify.models import Handle
from services.notify.queries.inboxes import own_people

LONGEST = 250
"""Characters; the ids of Matrix rooms are the longest we know."""


def note_handle(ways: Ways, work: Work, command: NoteHandle, now: datetime) -> Done:
    """Note where a channel finds the caller, or that it does not any more.

    Raises `UnknownChannel` for one that is not set up or needs no telling, and `UnusableHandle`. Whether the
    place exists only the provider can say: a wrong one is refused when something is sent there.
    """
    mine = own_people(command.by)
    work.permit_self(*mine)
    if ways.addresses.get(command.channel) is not AddressKind.OWN:
        raise UnknownChannel()
    is_mine = Handle.recipient_id.in_(mine) & (Handle.channel == command.channel)
    if command.handle is None:
        work.session.execute(delete(Handle).where(is_mine))
        return Done()
    address = command.handle.strip()
    if not _is_usable(ways.places.get(command.channel), address):
        raise UnusableHandle()
    sealed = work.seals.seal(address)
    told = {"channel": command.channel, "address": sealed, "noted_at": now}
    noted = insert(Handle).values([{"recipient_id": person} | told for person in mine])
    changed = {"address": noted.excluded.address, "noted_at": noted.excluded.noted_at}
    work.session.execute(
        noted.on_conflict_do_update(index_elements=["recipient_id", "channel"], set_=changed)
    )
    return Done()


def _is_usable(place: re.Pattern[str] | None, address: str) -> bool:
    """Say whether something can be the place where a channel finds somebody; some would name everybody."""
    is_one_line = 0 < len(address) <= LONGEST and address.isprintable()
    return is_one_line and (place is None or place.fullmatch(address) is not None)
