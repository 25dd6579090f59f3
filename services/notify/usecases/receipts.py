"""Receipts that providers push: each moves its delivery on once, however often and whenever it comes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import insert, or_, text, true, update

from services.chassis.contracts import new_id
from services.chassis.sealing import BrokenSeal, Seals
from services.chassis.work import Work
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt, TakesReceipts
from services.notify.contracts import ReceiptsTaken, TakeReceipts, UnknownReceiver
from services.notify.domain import DELIVERY_LIFECYCLE, DeliveryAction, DeliveryState, Verdict
from services.notify.models import Attempt, Delivery
from services.notify.usecases.planning import Ways, plan_next

log = structlog.get_logger(__name__)

_ACTIONS = {
    Known.ARRIVED: (DeliveryAction.DELIVER, Verdict.ACCEPTED),
    Known.FAILED: (DeliveryAction.REFUSE, Verdict.PERMANENT),
}

_AWAITED = {
    DeliveryAction.DELIVER: (DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS),
    DeliveryAction.REFUSE: (DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS),
}
"""In which states a receipt is believed: it may be quicker than the answer to the call."""


@dataclass(frozen=True)
class _Candidate:
    """A delivery that a receipt may mean; the address is still sealed."""

    id: UUID
    provider: str
    reference: str | None
    sealed: str | None


def take_receipts(
    ways: Ways, receivers: Mapping[str, TakesReceipts], work: Work, command: TakeReceipts, now: datetime
) -> ReceiptsTaken:
    """Move on what the receipts mean, and let the next channel follow what did not arrive.

    Raises `UnknownReceiver` for an address that is none. A receipt for something that is not ours, or has
    come to its end already, changes nothing.
    """
    receiver = receivers.get(command.provider)
    expected = receiver.receipt_token if receiver else None
    if receiver is None or not expected or not compare_digest(expected.encode(), command.token.encode()):
        raise UnknownReceiver()
    receipts = [receipt for receipt in receiver.read(command.reports) if receipt.known in _ACTIONS]
    meant = _meant(work, command.provider, receipts)
    failed: list[UUID] = []
    for known, (action, verdict) in _ACTIONS.items():
        chosen = {delivery: receipt for delivery, receipt in meant.items() if receipt.known is known}
        moved = _move(work, command.provider, chosen, action, verdict, now) if chosen else []
        failed += moved if known is Known.FAILED else []
    if failed:
        plan_next(work.session, ways, failed, now)
    log.info("receipts_taken", provider=command.provider, told=len(command.reports), meant=len(meant))
    return ReceiptsTaken()


def _meant(work: Work, provider: str, receipts: Sequence[Receipt]) -> dict[UUID, Receipt]:
    """Return which delivery each receipt means: by the mark that it had, else by reference and number."""
    by_reference: dict[str, list[_Candidate]] = defaultdict(list)
    by_id: dict[str, _Candidate] = {}
    names = {"provider": provider, "references": sorted({receipt.reference for receipt in receipts} - {""})}
    names |= {"marks": sorted({receipt.mark for receipt in receipts if _is_id(receipt.mark)})}
    for row in work.session.execute(_CANDIDATES, names):
        candidate = _Candidate(*row)
        by_id[str(candidate.id)] = candidate
        by_reference[candidate.reference or ""].append(candidate)
    meant: dict[UUID, Receipt] = {}
    for receipt in receipts:
        marked = by_id.get(receipt.mark)
        if marked and _is_of_this_try(marked, receipt):
            meant.setdefault(marked.id, receipt)
            continue
        candidates = by_reference.get(receipt.reference, []) if receipt.reference and not marked else []
        found = [one for one in candidates if _is_for(work.seals, one, receipt.phone)]
        if len(found) == 1:
            meant.setdefault(found[0].id, receipt)
    return meant


_CANDIDATES = text(
    """
    SELECT delivery.id, delivery.provider, delivery.reference, coalesce(message.address, recipient.phone)
    FROM notify.delivery JOIN notify.message ON message.id = delivery.message_id
         LEFT JOIN notify.recipient ON recipient.id = message.recipient_id
    WHERE delivery.provider = :provider
          AND (delivery.reference = ANY(:references) OR delivery.id = ANY(CAST(:marks AS uuid[])))
    ORDER BY delivery.id FOR UPDATE OF delivery
"""
)


def _move(
    work: Work,
    provider: str,
    chosen: Mapping[UUID, Receipt],
    action: DeliveryAction,
    verdict: Verdict,
    now: datetime,
) -> list[UUID]:
    """Take one action on the deliveries that may still take it; return those that moved."""
    states = _AWAITED[action]
    # A no that comes while a later try is under way may be about the one before: the other may yet arrive.
    is_certain = or_(Delivery.state != DeliveryState.SENDING, Delivery.tries == 1)
    (state,) = {DELIVERY_LIFECYCLE.after(before, action) for before in states}
    moved = list(
        work.session.execute(
            update(Delivery)
            .where(Delivery.id.in_(chosen), Delivery.state.in_(states))
            .where(is_certain if action is DeliveryAction.REFUSE else true())
            .values(state=state, due_at=None, leased_until=None)
            .returning(Delivery.id)
        ).scalars()
    )
    told = {"at": now, "provider": provider, "outcome": verdict, "parts": 0}
    rows: list[dict[str, Any]] = [
        told
        | {"id": new_id(), "delivery_id": delivery, "code": f"receipt:{chosen[delivery].code}"[:80]}
        | {"reference": chosen[delivery].reference[:200]}
        for delivery in moved
    ]
    if rows:
        work.session.execute(insert(Attempt), rows)
    return moved


def _is_of_this_try(candidate: _Candidate, receipt: Receipt) -> bool:
    """Say whether a receipt with the mark of a delivery is about its last try, not about one before it."""
    return candidate.reference in {None, "", receipt.mark, receipt.reference}


def _is_for(seals: Seals, candidate: _Candidate, phone: str) -> bool:
    """Say whether a delivery went to this number."""
    try:
        address = seals.open(candidate.sealed) if candidate.sealed else ""
    except BrokenSeal:
        return False
    return len(phone) >= 7 and address.endswith(phone)


def _is_id(mark: str) -> bool:
    try:
        return str(UUID(mark)) == mark
    except ValueError:
        return False
