"""Calls about several parcels: which go together, and what came of each, one call after the other."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from time import monotonic
from typing import TypeVar
from uuid import UUID

from services.notify.channels import Parcel
from services.notify.channels.patience import NOT_BEGUN
from services.notify.channels.web import without_words
from services.notify.domain import Outcome, concerns_the_account

Words = TypeVar("Words")

Packed = list[tuple[Parcel, Words]]
"""Parcels, each with the words in which its provider is told of it."""

Outcomes = Mapping[UUID, Outcome]


def grouped(packed: Packed[Words], key: Callable[[Parcel, Words], Hashable]) -> Iterable[Packed[Words]]:
    """Return the parcels in groups of one `key(parcel, words)`."""
    groups: dict[Hashable, Packed[Words]] = defaultdict(list)
    for parcel, words in packed:
        groups[key(parcel, words)].append((parcel, words))
    return groups.values()


def apart(packed: Packed[Words], most: int) -> Iterator[Packed[Words]]:
    """Yield the parcels by at most so many; none of them names a number twice, so that answers are clear."""
    rest = packed
    while rest:
        chosen: dict[str, tuple[Parcel, Words]] = {}
        left: Packed[Words] = []
        for parcel, words in rest:
            if len(chosen) < most and parcel.address not in chosen:
                chosen[parcel.address] = (parcel, words)
            else:
                left.append((parcel, words))
        yield list(chosen.values())
        rest = left


def all_of(packed: Packed[Words], outcome: Outcome) -> dict[UUID, Outcome]:
    """Return the same outcome for every parcel of a call, each without what must not be kept of it."""
    return {parcel.delivery_id: without_words(outcome, parcel) for parcel, _ in packed}


def one_after_the_other(
    calls: Iterable[Packed[Words]], make: Callable[[Packed[Words]], Outcomes], ends_at: float
) -> dict[UUID, Outcome]:
    """Return what came of every parcel of some calls, begun until the patience `ends_at`.

    Once the account is refused, or asked for patience, the rest is spared the question.
    """
    outcomes: dict[UUID, Outcome] = {}
    rest: Outcome | None = None
    for call in calls:
        rest = rest or (NOT_BEGUN if monotonic() >= ends_at else None)
        told = all_of(call, rest) if rest else make(call)
        rest = rest or next(filter(concerns_the_account, told.values()), None)
        outcomes |= told
    return outcomes


def in_halves(
    packed: Packed[Words], tell: Callable[[Packed[Words]], Outcomes | None], ends_at: float
) -> dict[UUID, Outcome]:
    """Return what came of a call; where that is None, nothing went out, and one of its parcels is to blame.

    It is made again in halves until the one is found, or the patience ends.
    """
    told = tell(packed)
    if told is not None:
        return dict(told)
    if monotonic() >= ends_at:
        return all_of(packed, NOT_BEGUN)
    middle = len(packed) // 2
    return one_after_the_other(
        (packed[:middle], packed[middle:]), lambda half: in_halves(half, tell, ends_at), ends_at
    )
