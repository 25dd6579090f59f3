"""Receipts that providers push: each moves its delivery on once, however often and whenever it comes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text

from services.chassis.refusals import Refusal
from services.chassis.sealing import BrokenSeal, Seals
from services.chassis.work import Work
from services.notify.channels.asking import Known
from services.notify.channels.mail_addresses import sendable
from services.notify.channels.pushes import is_from_provider
from services.notify.channels.receipts import Receipt, SignsPushes, TakesReceipts
from services.notify.contracts import ReceiptsTaken, TakeReceipts, UnknownReceiver, UnreadableBounce
from services.notify.domain import DeliveryState
from services.notify.gate.ways import Ways
from services.notify.usecases.addressing import WENT_TO, WITH_PEOPLE, kinds_of, phones_of
from services.notify.usecases.asking import FINAL, opts_out, verdict_of
from services.notify.usecases.early_receipts import forget_early, keep_early, take_doubted, take_matched
from services.notify.usecases.failing import make_way
from services.notify.usecases.letter_tokens import returned_letter
from services.notify.usecases.moving import Move, move_on
from services.notify.usecases.spending import parts_under_way, reserve, settle_parts
from services.notify.usecases.suppressing import note_complaints

log = structlog.get_logger(__name__)

_MARK = re.compile("[0-9a-f]{32}")
"""What a delivery is known by from the moment it is lent until its provider has called it something."""

_OPEN = frozenset({DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS, DeliveryState.UNKNOWN})
_AWAITED = {Known.ARRIVED: _OPEN | {DeliveryState.SENDING}, Known.FAILED: _OPEN}
"""In which states a receipt is believed: it may be quicker than the answer to the call."""


@dataclass(frozen=True)
class _Candidate:
    """A delivery that a receipt may mean; the address is still sealed."""

    id: UUID
    state: str
    tries: int
    reference: str | None
    sealed: str | None


def take_receipts(
    ways: Ways,
    receivers: Mapping[str, TakesReceipts],
    work: Work,
    commands: Sequence[TakeReceipts],
    now: datetime,
) -> list[ReceiptsTaken | Refusal]:
    """Move on what the receipts of some pushes mean, and let the next channel follow what did not arrive.

    Answers `UnknownReceiver` to an address that is none and to what lacks its provider's signature, and
    `UnreadableBounce` where a receiver says so. What comes before the answer to its call is kept until that
    is written down. A receipt for something that has come to its end already changes nothing.
    """
    answers: list[ReceiptsTaken | Refusal] = []
    by_provider: dict[str, list[Receipt]] = defaultdict(list)
    for command in commands:
        receiver = receivers.get(command.provider)
        word = _word_for(receiver, command) if receiver else None
        if receiver is None or word is None:
            answers.append(UnknownReceiver())
            continue
        try:
            by_provider[command.provider] += _proven(work.seals, receiver.read(command.reports))
            answers.append(ReceiptsTaken(word=word))
        except UnreadableBounce as unreadable:
            answers.append(unreadable)
    for provider, receipts in by_provider.items():
        apply(work, ways, provider, receipts, now)
    return answers


def apply(work: Work, ways: Ways, provider: str, receipts: Sequence[Receipt], now: datetime) -> None:
    """Move on what the receipts of a provider mean."""
    if not receipts:
        return
    meant, early = _meant(work, ways, provider, receipts)
    keep_early(work, provider, early, now)
    arrived = {delivery for delivery, receipt in meant.items() if receipt.known is Known.ARRIVED}
    under_way = parts_under_way(work.session, ways.prices, arrived)
    moved: dict[Known, list[UUID]] = {}
    for known, action in FINAL.items():
        moves = [
            Move(
                delivery_id=delivery,
                action=action,
                verdict=verdict_of(receipt),
                code=f"receipt:{receipt.code}",
                provider=provider,
                at=now,
                parts=under_way.get(delivery, 0),
            )
            for delivery, receipt in meant.items()
            if receipt.known is known
        ]
        moved[known] = move_on(work.session, moves, among=_AWAITED[known], every_attempt=False)
    told = {one: parts for ids in moved.values() for one in ids if (parts := meant[one].parts)}
    reserve(work.session, ways.prices, set(under_way).intersection(moved[Known.ARRIVED]))
    settle_parts(work.session, ways.prices, told)  # budgets are locked once all deliveries are
    opted_out = {delivery: receipt.code for delivery, receipt in meant.items() if opts_out(receipt)}
    make_way(work.session, ways, moved[Known.FAILED], now, opted_out)
    note_complaints(work.session, [UUID(receipt.mark) for receipt in receipts if receipt.complains], now)
    log.info("receipts_taken", provider=provider, told=len(receipts), meant=len(meant), early=len(early))


def settle_early(work: Work, ways: Ways, lease: timedelta, now: datetime) -> int:
    """Move on what receipts meant that came before the answers to their calls; return how many these were.

    `lease` is how long a call may be under way; see `take_doubted`.
    """
    settled = 0
    for taken in (take_matched(work), take_doubted(work, phones_of(ways), lease, now)):
        for provider, receipts in taken.items():
            apply(work, ways, provider, receipts, now)
            settled += len(receipts)
    forget_early(work, now)
    return settled


def _word_for(receiver: TakesReceipts, command: TakeReceipts) -> str | None:
    """Return the word that whoever pushed wants to hear, often none; None when it is not the provider."""
    if not is_from_provider(receiver, command):
        return None
    return receiver.word_for(command.reports) if isinstance(receiver, SignsPushes) else ""


def _proven(seals: Seals, receipts: Iterable[Receipt]) -> Iterator[Receipt]:
    """Yield the receipts that say what became of something; of a letter, those whose token we wrote."""
    for receipt in receipts:
        letter = returned_letter(seals, receipt.letter) if receipt.letter else None
        if receipt.known in FINAL and letter:
            yield replace(receipt, mark=str(letter[0]), attempt=letter[1])
        elif receipt.known in FINAL and not receipt.letter:
            yield receipt


def _meant(
    work: Work, ways: Ways, provider: str, receipts: Sequence[Receipt]
) -> tuple[dict[UUID, Receipt], list[Receipt]]:
    """Return which delivery each receipt means, by its mark, else by reference and number; and who is early.

    Early is what names a call of which nothing is written down yet, or a failure of one still under way.
    """
    candidates = _candidates(work, ways, provider, receipts)
    by_id = {str(candidate.id): candidate for candidate in candidates}
    by_reference: dict[str, list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_reference[candidate.reference or ""].append(candidate)
    meant: dict[UUID, Receipt] = {}
    early: list[Receipt] = []
    for receipt in receipts:
        marked = by_id.get(receipt.mark)
        named = [] if marked else _named(by_reference, receipt)
        one = marked or _only(work.seals, named, receipt.address)
        if one is None:
            early += [] if named else [receipt]
        elif one is marked and not _is_of_this_try(one, receipt):
            continue
        elif one.state == DeliveryState.SENDING and receipt.known is Known.FAILED:
            early.append(receipt)
        else:
            meant.setdefault(one.id, _of_address(work.seals, one, receipt))
    return meant, early


def _of_address(seals: Seals, one: _Candidate, receipt: Receipt) -> Receipt:
    """Return a receipt that speaks of an address only where its recipient still has it."""
    is_theirs = one.sealed is None or not receipt.address or _is_for(seals, one, receipt.address)
    return receipt if is_theirs else replace(receipt, opts_out=False)


def _only(seals: Seals, named: Sequence[_Candidate], address: str) -> _Candidate | None:
    """Return the only one of these that went to a number; a secret that was forgotten has none any more."""
    if len(named) == 1 and named[0].sealed is None:
        return named[0]
    found = [one for one in named if _is_for(seals, one, address)]
    return found[0] if len(found) == 1 else None


def _named(by_reference: Mapping[str, list[_Candidate]], receipt: Receipt) -> list[_Candidate]:
    """Return the deliveries of the call that a receipt names: as its provider does, else by our mark."""
    names = [name for name in (receipt.reference, receipt.mark) if name]
    return next((by_reference[name] for name in names if name in by_reference), [])


def _candidates(work: Work, ways: Ways, provider: str, receipts: Iterable[Receipt]) -> list[_Candidate]:
    references = {receipt.reference for receipt in receipts} - {""}
    references |= {receipt.mark for receipt in receipts if _MARK.fullmatch(receipt.mark)}
    marks = sorted({receipt.mark for receipt in receipts if receipt.delivery})
    if not references and not marks:
        return []
    names = {"provider": provider, "references": sorted(references), "marks": marks}
    names |= kinds_of(ways)
    rows = work.session.execute(_CANDIDATES if marks else _CANDIDATES_BY_REFERENCE, names)
    return [_Candidate(*row) for row in rows]


_NAMED = f"""
    SELECT delivery.id, delivery.state, delivery.tries, delivery.reference, {WENT_TO}
    FROM notify.delivery {WITH_PEOPLE}
    WHERE delivery.provider = :provider AND {{named}}
"""  # noqa: S608 - the words are our own
_CANDIDATES_BY_REFERENCE = text(_NAMED.format(named="delivery.reference = ANY(:references)"))
_CANDIDATES = text(
    _NAMED.format(
        named="(delivery.reference = ANY(:references) OR delivery.id = ANY(CAST(:marks AS uuid[])))"
    )
)


def _is_of_this_try(candidate: _Candidate, receipt: Receipt) -> bool:
    """Say whether a receipt with the mark of a delivery is about its last try, not about one before it."""
    if receipt.attempt is not None:
        return receipt.attempt == candidate.tries
    known = candidate.reference
    return known in {None, "", receipt.mark, receipt.reference} or bool(_MARK.fullmatch(known or ""))


def _is_for(seals: Seals, candidate: _Candidate, told: str) -> bool:
    """Say whether a delivery went to this number or mail address."""
    try:
        address = seals.open(candidate.sealed) if candidate.sealed else ""
    except BrokenSeal:
        return False
    if "@" in told:
        return told.lower() in {address.lower(), sendable(address).lower()}
    return len(told) >= 7 and address.endswith(told)
