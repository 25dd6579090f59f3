"""Thresholds are recognised once each; communities propose who is outstanding, officers above decide."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Row, func, select, text, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.chassis.contracts import Done, new_id
from services.chassis.database import insert_new
from services.chassis.work import Work
from services.points import queries
from services.points.contracts import (
    AlreadyNominated,
    ApproveNomination,
    DeclineNomination,
    NominateOutstanding,
    NominationDecided,
    NominationState,
    NotOutstanding,
    OutstandingNominated,
    SecondPersonNeeded,
    Threshold,
    ThresholdReached,
    UnknownNomination,
    UnknownRecognition,
)
from services.points.domain import NOMINATION_LIFECYCLE, NominationAction, area_above
from services.points.models import Area, Entry, Member, Nomination, Recognition
from services.points.usecases.deciding import not_about_oneself, usable_reason
from services.scheduler.contracts import RecognitionDue


def complete_recognitions(work: Work, event: RecognitionDue, now: datetime) -> None:
    """Recognise what the cards of a year reached and nobody recognised yet, say under marks lowered since."""
    recognise(work, event.year, true(), now)


def recognise(work: Work, year: int, which: ColumnElement[bool], now: datetime) -> None:
    """Write and announce the thresholds that `which` cards of a year have reached, each once.

    The unique key decides who recognises first; only whoever did announces it.
    """
    reached = [
        _reached(card, threshold, year, now)
        for card in work.session.execute(_cards(year, which))
        for threshold in queries.marks_of(card).reached_with(card.points)
        if threshold not in (card.recognised or ())
    ]
    key = ["member_id", "community_id", "year", "threshold"]
    first = insert_new(work.session, Recognition, [row for row, _ in reached], key)
    work.announce(*(event for row, event in reached if row["id"] in first))


def _cards(year: int, which: ColumnElement[bool]) -> Executable:
    """Select the cards of a year that reached the lowest mark, with what is recognised already."""
    marks = (Area.letter_points, Area.star_points, Area.outstanding_points)
    points = func.sum(Entry.points)
    recognised = select(func.array_agg(Recognition.threshold)).where(
        Recognition.member_id == Entry.member_id,
        Recognition.community_id == Entry.community_id,
        Recognition.year == year,
    )
    card = (Entry.member_id, Entry.community_id, Area.path, *marks, Member.unit_id)
    return (
        select(*card, points.label("points"), recognised.scalar_subquery().label("recognised"))
        .join(Area, Area.id == Entry.community_id)
        .outerjoin(Member, Member.id == Entry.member_id)
        .where(Entry.year == year, which)
        .group_by(*card)
        .having(points >= func.least(*marks))
        .order_by(Entry.member_id, Entry.community_id)
    )


def _reached(
    card: Row[Any], threshold: Threshold, year: int, now: datetime
) -> tuple[dict[str, Any], ThresholdReached]:
    """Return the recognition of a threshold as a row, and as it is told."""
    told = {
        "member_id": card.member_id,
        "community_id": card.community_id,
        "area_path": card.path,
        "year": year,
        "threshold": threshold,
        "points": card.points,
    }
    recognition_id = new_id()
    event = ThresholdReached(recognition_id=recognition_id, unit_id=card.unit_id, **told)
    return told | {"id": recognition_id, "reached_at": now}, event


_LOCK = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(card.name, 0))
    FROM unnest(CAST(:names AS text[])) AS card (name)
""")


def lock_cards(session: Session, cards: Iterable[tuple[UUID, UUID, int]]) -> None:
    """Wait for others who write on these cards, each of a member, community and year.

    Two entries at once must see each other's points. The locks are taken in one order by all.
    """
    names = sorted(f"points card {member} {community} {year}" for member, community, year in cards)
    session.execute(_LOCK, {"names": names})


# -- who is outstanding (表现特别突出, 由区委进行表彰: 004)


def nominate_outstanding(work: Work, command: NominateOutstanding, now: datetime) -> Done:
    """Propose an outstanding member for commendation; the officers above the community are told.

    Raises `UnknownRecognition`, `NotOutstanding`, `OwnMatter`, `ReasonMissing`, `UnusableReason` and
    `AlreadyNominated`: it is proposed and decided once a year.
    """
    recognition = _outstanding(work, command)
    kept = ("member_id", "community_id", "area_path", "year", "points")
    proposed = {name: getattr(recognition, name) for name in kept}
    proposed |= {
        "id": new_id(),
        "recognition_id": recognition.id,
        "merits": work.seals.seal(usable_reason(command.merits)),
        "state": NOMINATION_LIFECYCLE.starts,
        "proposed_by": work.actor,
        "proposed_at": now,
    }
    statement = upsert(Nomination).values(proposed).on_conflict_do_nothing(index_elements=["recognition_id"])
    nomination_id = work.session.scalar(statement.returning(Nomination.id))
    if nomination_id is None:
        raise AlreadyNominated()
    community = work.session.get_one(Area, recognition.community_id)
    work.announce(
        OutstandingNominated(
            nomination_id=nomination_id,
            area_path=area_above(recognition.area_path),
            community_name=community.name,
            year=recognition.year,
        )
    )
    return Done(id=nomination_id)


def _outstanding(work: Work, command: NominateOutstanding) -> Recognition:
    """Return the recognition that somebody permitted, and not concerned, proposes."""
    recognition = work.session.get(Recognition, command.recognition_id)
    if recognition is None:
        work.permitted_scopes()
        raise UnknownRecognition()
    work.permit(recognition.area_path)
    not_about_oneself(command.by, recognition.member_id)
    if recognition.threshold != Threshold.OUTSTANDING:
        raise NotOutstanding()
    return recognition


def approve_nomination(work: Work, command: ApproveNomination, now: datetime) -> Done:
    """Approve a proposal of a community below. Raises as `decline_nomination` does."""
    nomination = _to_decide(work, command.nomination_id)
    return _decide(work, nomination, NominationAction.APPROVE, None, now)


def decline_nomination(work: Work, command: DeclineNomination, now: datetime) -> Done:
    """Decline a proposal of a community below, with a reason.

    Raises `UnknownNomination`, `SecondPersonNeeded`, `OwnMatter`, `IllegalMove` once it is decided,
    `ReasonMissing` and `UnusableReason`.
    """
    nomination = _to_decide(work, command.nomination_id)
    return _decide(work, nomination, NominationAction.DECLINE, usable_reason(command.reason), now)


def _to_decide(work: Work, nomination_id: UUID) -> Nomination:
    """Return a proposal that the caller may decide: an officer above the community, and not its proposer."""
    nomination = work.session.get(Nomination, nomination_id, with_for_update=True)
    if nomination is None:
        work.permitted_scopes()
        raise UnknownNomination()
    work.permit(area_above(nomination.area_path))
    if nomination.proposed_by == work.actor:
        raise SecondPersonNeeded()
    return nomination


def _decide(
    work: Work, nomination: Nomination, action: NominationAction, reason: str | None, now: datetime
) -> Done:
    assert work.request is not None  # commands only  # noqa: S101
    not_about_oneself(work.request.by, nomination.member_id)
    nomination.state = NOMINATION_LIFECYCLE.after(NominationState(nomination.state), action)
    nomination.decided_by, nomination.decided_at = work.actor, now
    nomination.decision = work.seals.seal_or_none(reason)
    work.record(f"{action}_nomination", str(nomination.id), now)
    unit_id = work.session.scalar(select(Member.unit_id).where(Member.id == nomination.member_id))
    work.announce(
        NominationDecided(
            nomination_id=nomination.id,
            member_id=nomination.member_id,
            unit_id=unit_id,
            area_path=nomination.area_path,
            year=nomination.year,
            is_approved=nomination.state == NominationState.APPROVED,
            proposed_by=nomination.proposed_by,
        )
    )
    return Done(id=nomination.id)
