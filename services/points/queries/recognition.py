"""What points answers about recognitions, their papers, and who is proposed as outstanding."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis.contracts import Sealed
from services.chassis.work import Work
from services.points.contracts import (
    Deed,
    GetRecognition,
    ListNominations,
    ListRecognitions,
    NominationList,
    NominationState,
    NominationView,
    RecognisedDeed,
    RecognitionList,
    RecognitionPaper,
    RecognitionView,
    Threshold,
    UnknownRecognition,
)
from services.points.domain import area_above
from services.points.models import Area, Entry, Member, Nomination, Recognition, Unit
from services.points.queries.pages import page_of


def list_recognitions(work: Work, query: ListRecognitions) -> RecognitionList:
    """Return the recognitions of an area and year in the order they were reached, the newest first."""
    work.permit(query.below)
    within = Recognition.area_path.startswith(query.below, autoescape=True)
    recognitions = select(Recognition).where(within, Recognition.year == query.year)
    if query.threshold:
        recognitions = recognitions.where(Recognition.threshold == query.threshold)
    page, following = page_of(work, recognitions, Recognition.id, query)
    proposed = select(Nomination.recognition_id, Nomination.state)
    proposed = proposed.where(Nomination.recognition_id.in_([row.id for row in page]))
    states = {row.recognition_id: NominationState(row.state) for row in work.session.execute(proposed)}
    items = [_recognition_view(row, states.get(row.id)) for row in page]
    return RecognitionList(items=items, next=following)


def _recognition_view(recognition: Recognition, nomination: NominationState | None) -> RecognitionView:
    return RecognitionView(
        id=recognition.id,
        member_id=recognition.member_id,
        community_id=recognition.community_id,
        year=recognition.year,
        threshold=Threshold(recognition.threshold),
        points=recognition.points,
        reached_at=recognition.reached_at,
        nomination=nomination,
    )


def get_recognition(work: Work, query: GetRecognition, *, now: datetime) -> RecognitionPaper:
    """Return what a letter or certificate says; the look at the name is recorded.

    Raises `UnknownRecognition`. Its deeds are those entered until the threshold was reached, corrections too.
    """
    recognition = work.session.get(Recognition, query.recognition_id)
    if recognition is None:
        work.permitted_scopes()
        raise UnknownRecognition()
    work.permit(recognition.area_path)
    work.record("read_recognition", str(recognition.id), now)
    member = work.session.get(Member, recognition.member_id)
    unit = work.session.get(Unit, member.unit_id) if member and member.unit_id else None
    return RecognitionPaper(
        id=recognition.id,
        threshold=Threshold(recognition.threshold),
        year=recognition.year,
        member_name=work.seals.open(Sealed(member.name)) if member else "",
        unit_id=unit.id if unit else None,
        unit_name=unit.name if unit else "",
        community_name=_name_at(work.session, recognition.area_path),
        street_name=_name_at(work.session, area_above(recognition.area_path)),
        points=recognition.points,
        reached_on=work.day_of(recognition.reached_at),
        deeds=_deeds(work.session, recognition),
    )


def _name_at(session: Session, path: str) -> str:
    return session.scalars(select(Area.name).where(Area.path == path)).first() or ""


def _deeds(session: Session, recognition: Recognition) -> list[RecognisedDeed]:
    entries = select(Entry).where(
        Entry.member_id == recognition.member_id,
        Entry.community_id == recognition.community_id,
        Entry.year == recognition.year,
        Entry.entered_at <= recognition.reached_at,
    )
    return [
        RecognisedDeed(
            title=entry.title, deed=Deed(entry.deed), points=entry.points, earned_on=entry.earned_on
        )
        for entry in session.scalars(entries.order_by(Entry.id))
    ]


def list_nominations(work: Work, query: ListNominations) -> NominationList:
    """Return who is proposed as outstanding in an area and year, the newest first."""
    work.permit(query.below)
    within = Nomination.area_path.startswith(query.below, autoescape=True)
    nominations = select(Nomination).where(within, Nomination.year == query.year)
    if query.state:
        nominations = nominations.where(Nomination.state == query.state)
    page, following = page_of(work, nominations, Nomination.id, query)
    return NominationList(items=[_nomination_view(work, row) for row in page], next=following)


def _nomination_view(work: Work, nomination: Nomination) -> NominationView:
    return NominationView(
        id=nomination.id,
        recognition_id=nomination.recognition_id,
        member_id=nomination.member_id,
        community_id=nomination.community_id,
        year=nomination.year,
        points=nomination.points,
        merits=work.seals.open(Sealed(nomination.merits)),
        state=NominationState(nomination.state),
        proposed_at=nomination.proposed_at,
        decided_at=nomination.decided_at,
        decision=work.seals.open_or_none(nomination.decision),
    )
