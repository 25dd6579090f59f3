"""The suppression list: who wants to be left alone, told by providers, answers, links and officers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.chassis.contracts import Done
from services.chassis.rights import EVERYWHERE
from services.chassis.sealing import Seals
from services.chassis.work import Work
from services.notify.channels import AddressKind
from services.notify.channels.mail_addresses import is_usable
from services.notify.channels.pushes import is_from_provider
from services.notify.channels.replies import TakesReplies
from services.notify.contracts import (
    CheckSuppression,
    LiftSuppression,
    ReceiptsTaken,
    SuppressAddress,
    SuppressionList,
    SuppressionView,
    TakeReplies,
    UnknownLetter,
    UnknownReceiver,
    Unsubscribe,
    UnusableContact,
)
from services.notify.domain import Source, asks_to_stop, is_phone
from services.notify.models import Delivery, Message, Recipient, Suppression
from services.notify.usecases.indexing import index_of
from services.notify.usecases.letter_tokens import letter_of

log = structlog.get_logger(__name__)


def suppress_address(work: Work, command: SuppressAddress, now: datetime) -> Done:
    """Put an address on the list, because its owner asked an officer; raise `UnusableContact`."""
    work.permit(EVERYWHERE)
    kind, index = _known_as(work.seals, command.contact)
    suppress(work.session, kind, [index], Source.OFFICER, "asked", now)
    work.record("address_suppressed", f"{kind} {index}", now)
    return Done()


def lift_suppression(work: Work, command: LiftSuppression, now: datetime) -> Done:
    """Take an address off the list, whoever put it there; raise `UnusableContact`."""
    work.permit(EVERYWHERE)
    kind, index = _known_as(work.seals, command.contact)
    listed = (Suppression.kind == kind) & (Suppression.address_index == index)
    work.session.execute(delete(Suppression).where(listed))
    work.record("suppression_lifted", f"{kind} {index}", now)
    return Done()


def check_suppression(work: Work, query: CheckSuppression) -> SuppressionList:
    """Return the entries of an address; raise `UnusableContact`."""
    work.permit(EVERYWHERE)
    kind, index = _known_as(work.seals, query.contact)
    sought = select(Suppression).where(Suppression.kind == kind, Suppression.address_index == index)
    found = work.session.execute(sought.order_by(Suppression.since)).scalars()
    return SuppressionList(
        items=[
            SuppressionView(kind=entry.kind, source=entry.source, reason=entry.reason, since=entry.since)
            for entry in found
        ]
    )


def take_replies(
    receivers: Mapping[str, TakesReplies], work: Work, command: TakeReplies, now: datetime
) -> ReceiptsTaken:
    """Put on the list whoever answered that they want no more; what else people write is not kept.

    Raises `UnknownReceiver` for an address that is none, as `take_receipts` does.
    """
    receiver = receivers.get(command.provider)
    if receiver is None or not is_from_provider(receiver, command):
        raise UnknownReceiver()
    replies = receiver.read_replies(command.replies)
    stopping = {reply.phone for reply in replies if is_phone(reply.phone) and asks_to_stop(reply.text)}
    indexes = [index_of(work.seals, phone) for phone in stopping]
    suppress(work.session, AddressKind.PHONE, indexes, Source.REPLY, command.provider, now)
    log.info("replies_taken", provider=command.provider, told=len(command.replies), stopping=len(indexes))
    return ReceiptsTaken()


def unsubscribe(work: Work, command: Unsubscribe, now: datetime) -> Done:
    """Put the mail address on the list to which a mail went; asking again changes nothing.

    Raises `UnknownLetter` when the token is none that we wrote into a mail.
    """
    delivery_id = letter_of(work.seals, command.token)
    found = _mailed_to(work.session, [delivery_id])
    if not found:
        raise UnknownLetter()
    indexes = filter(None, found)  # the address may be gone: so much the better
    suppress(work.session, AddressKind.EMAIL, indexes, Source.UNSUBSCRIBE, "one_click", now)
    return Done()


def note_complaints(session: Session, deliveries: Sequence[UUID], now: datetime) -> None:
    """Put on the list whoever told their mail provider that mails of ours are spam.

    It is theirs to say, so it counts as their own word: what is owed to them comes all the same.
    """
    if deliveries:
        indexes = filter(None, _mailed_to(session, deliveries))
        suppress(session, AddressKind.EMAIL, indexes, Source.UNSUBSCRIBE, "complaint", now)


def _mailed_to(session: Session, deliveries: Sequence[UUID]) -> list[str | None]:
    """Return the index of the mail address, if known, of whom each of these deliveries was for."""
    sought = (
        select(Recipient.email_index)
        .join(Message, Message.recipient_id == Recipient.id)
        .join(Delivery, Delivery.message_id == Message.id)
    )
    return list(session.execute(sought.where(Delivery.id.in_(deliveries))).scalars())


def suppress(
    session: Session, kind: str, indexes: Iterable[str], source: Source, reason: str, now: datetime
) -> None:
    """Put addresses on the list; what stands there already stays as it is."""
    rows = [
        {"kind": str(kind), "address_index": index, "source": source, "reason": reason, "since": now}
        for index in sorted(set(indexes))
    ]
    if rows:
        session.execute(insert(Suppression).on_conflict_do_nothing(), rows)


def note_opt_outs(
    session: Session,
    addresses: Mapping[str, AddressKind],
    opted_out: Sequence[tuple[UUID, str]],
    now: datetime,
) -> None:
    """Put on the list whom a provider does not reach because they told it so: deliveries with its codes.

    Where a channel finds people at a place of its own, that place is forgotten: it is theirs to name again.
    """
    told = {
        "ids": [str(delivery_id) for delivery_id, _ in opted_out],
        "codes": [code[:80] for _, code in opted_out],
        "channels": list(addresses),
        "kinds": [kind.value for kind in addresses.values()],
        "now": now,
    }
    session.execute(_NOTE_OPT_OUTS, told)
    session.execute(_FORGET_HANDLES, told)


_TOLD = """
    unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[])) AS told (id, code)
    JOIN notify.delivery ON delivery.id = told.id
    JOIN notify.message ON message.id = delivery.message_id
    JOIN unnest(CAST(:channels AS text[]), CAST(:kinds AS text[])) AS way (channel, kind)
         ON way.channel = delivery.channel
"""

_NOTE_OPT_OUTS = text(
    f"""
    INSERT INTO notify.suppression (kind, address_index, source, reason, since)
    SELECT kind, address_index, '{Source.PROVIDER}', code, :now
    FROM (
        SELECT way.kind, told.code, CASE way.kind
            WHEN 'phone' THEN coalesce(message.address_index, recipient.phone_index)
            WHEN 'email' THEN recipient.email_index END AS address_index
        FROM {_TOLD} LEFT JOIN notify.recipient ON recipient.id = message.recipient_id
    ) AS listed
    WHERE address_index IS NOT NULL ORDER BY kind, address_index
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - the source is our own
)

_FORGET_HANDLES = text(
    f"""
    DELETE FROM notify.handle
    WHERE (recipient_id, channel) IN (
        SELECT message.recipient_id, delivery.channel FROM {_TOLD} WHERE way.kind = '{AddressKind.OWN}'
    )
"""  # noqa: S608 - the kind is our own
)


def _known_as(seals: Seals, contact: str) -> tuple[str, str]:
    """Return the kind and the index of an address that somebody gave; raise `UnusableContact`."""
    address = contact.strip()
    if is_phone(address):
        return AddressKind.PHONE.value, index_of(seals, address)
    if is_usable(address):
        return AddressKind.EMAIL.value, index_of(seals, address)
    raise UnusableContact()


__all__ = [
    "check_suppression",
    "lift_suppression",
    "note_complaints",
    "note_opt_outs",
    "suppress",
    "suppress_address",
    "take_replies",
    "unsubscribe",
]
