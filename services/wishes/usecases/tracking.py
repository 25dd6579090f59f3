"""A resident and their own wish: opened by code and phone ending, with a limit on wrong tries.

A refusal rolls its transaction back, and the count of a wrong try with it. So these use cases return the
refusal, the transaction commits, and the door raises it (`answered`).
"""

import hmac
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from services.chassis.refusals import Refusal
from services.chassis.work import Work
from services.wishes.contracts import TooManyTries, TrackWish, UnknownWish, WishTrack, WithdrawOwnWish
from services.wishes.domain import code_as_typed
from services.wishes.models import Resident, Wish
from services.wishes.queries.ledger import track_of
from services.wishes.settings import WishesSettings
from services.wishes.usecases.allowances import Limit, count, limit_on, seconds_to_wait

Outcome = TypeVar("Outcome")


def answered(outcome: Outcome | Refusal) -> Outcome:
    """Return what a use case found, or raise the refusal that it returned so that its work was kept."""
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def track_wish(work: Work, query: TrackWish, now: datetime, settings: WishesSettings) -> WishTrack | Refusal:
    """Return how a wish stands, for whoever holds its code and the last four digits of the phone."""
    wish = identified_wish(work, query, now, settings)
    return wish if isinstance(wish, Refusal) else track_of(work, wish)


def identified_wish(
    work: Work, asked: TrackWish | WithdrawOwnWish, now: datetime, settings: WishesSettings
) -> Wish | Refusal:
    """Return the wish that code and ending open, or the refusal: `UnknownWish`, `TooManyTries`.

    A wrong code and a wrong ending answer and count alike. Once the limit is reached the right ending is
    refused too, or guessing could go on.
    """
    code = code_as_typed(asked.code)
    limits = limits_of_tries(work, f"tries at {code}", asked.address, settings)
    if seconds_to_wait(work, limits, now):
        return TooManyTries(hours=settings.tries_forgotten_after_hours)
    wish = _wish_opened_by(work, code, asked.phone_ending)
    if wish is None:
        count(work, limits, now, settings)
        return UnknownWish()
    return wish


def limits_of_tries(work: Work, tried: str, address: str, settings: WishesSettings) -> list[Limit]:
    """Return how often a code may be `tried`, and how often from an address, if that is known."""
    hours = settings.tries_forgotten_after_hours
    limits = [limit_on(work, tried, settings.wrong_tries_by_code, hours)]
    if address:
        limits.append(limit_on(work, f"tries from {address}", settings.wrong_tries_by_address, hours))
    return limits


def _wish_opened_by(work: Work, code: str, ending: str) -> Wish | None:
    chosen = (
        select(Wish, Resident.phone).join(Resident, Resident.id == Wish.resident_id).where(Wish.code == code)
    )
    found = work.session.execute(chosen).first()
    if found is None or found.phone is None:
        return None
    digits = work.seals.open(found.phone)[-4:]
    typed = code_as_typed(ending)
    return found.Wish if hmac.compare_digest(digits.encode(), typed.encode()) else None
