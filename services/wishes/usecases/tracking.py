"""A resident and their own wish: opened by code and phone ending, with a limit on wrong tries.

A refusal rolls its transaction back, and the count of a wrong try with it. So these use cases return the
refusal, the transaction commits, and the door raises it (`answered`).
"""

import hmac
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import case, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from services.chassis.refusals import Refusal
from services.chassis.work import Work
from services.wishes.contracts import TooManyTries, TrackWish, UnknownWish, WishTrack, WithdrawOwnWish
from services.wishes.domain import code_as_typed
from services.wishes.models import Resident, Wish, WrongTry
from services.wishes.queries.ledger import track_of
from services.wishes.settings import WishesSettings

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
    limits = {work.seals.index(f"tries at {code}"): settings.wrong_tries_by_code}
    if asked.address:
        limits[work.seals.index(f"tries from {asked.address}")] = settings.wrong_tries_by_address
    window_begins = now - timedelta(hours=settings.tries_forgotten_after_hours)
    if are_spent(work, limits, window_begins):
        return TooManyTries(hours=settings.tries_forgotten_after_hours)
    wish = _wish_opened_by(work, code, asked.phone_ending)
    if wish is None:
        count_try(work, list(limits), now, window_begins)
        return UnknownWish()
    return wish


def are_spent(work: Work, limits: dict[str, int], window_begins: datetime) -> bool:
    """Say whether a limit is reached; whoever tries the same at the same time waits here for his turn."""
    for subject in limits:
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")
        work.session.execute(lock, {"subject": f"wishes {subject}"})
    counted = select(WrongTry).where(WrongTry.subject.in_(limits), WrongTry.since > window_begins)
    return any(wrong.tries >= limits[wrong.subject] for wrong in work.session.scalars(counted))


def _wish_opened_by(work: Work, code: str, ending: str) -> Wish | None:
    chosen = (
        select(Wish, Resident.phone).join(Resident, Resident.id == Wish.resident_id).where(Wish.code == code)
    )
    found = work.session.execute(chosen).first()
    if found is None or found.phone is None:
        return None
    digits = work.seals.open(found.phone)[-4:]
    typed = "".join(character for character in ending if not character.isspace())
    return found.Wish if hmac.compare_digest(digits.encode(), typed.encode()) else None


def count_try(work: Work, subjects: list[str], now: datetime, window_begins: datetime) -> None:
    """Add a wrong try to each subject, beginning anew where the window is over; forget some old ones."""
    first = insert(WrongTry).values([{"subject": subject, "since": now, "tries": 1} for subject in subjects])
    is_over = WrongTry.since <= window_begins
    work.session.execute(
        first.on_conflict_do_update(
            index_elements=["subject"],
            set_={
                "since": case((is_over, first.excluded.since), else_=WrongTry.since),
                "tries": case((is_over, 1), else_=WrongTry.tries + 1),
            },
        )
    )
    forgotten = select(WrongTry.subject).where(WrongTry.since <= window_begins).limit(100)
    skipped = forgotten.with_for_update(skip_locked=True)
    work.session.execute(delete(WrongTry).where(WrongTry.subject.in_(skipped)))
