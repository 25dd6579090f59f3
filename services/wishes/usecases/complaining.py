"""Complaints: said by anyone, answered by the people of the place or of the area above, never forgotten."""

import hmac
import math
from datetime import date, datetime, timedelta

from sqlalchemy import select

from services.chassis.contracts import Done, Sealed, in_events, new_id
from services.chassis.refusals import Refusal
from services.chassis.sheets import Reason, clean_name, clean_text, read_phone
from services.chassis.work import Work
from services.scheduler.contracts import RemindersDue
from services.wishes.contracts import (
    AnswerComplaint,
    ComplainantView,
    ComplaintAbout,
    ComplaintAnswered,
    ComplaintReceipt,
    ComplaintReceived,
    ComplaintsEscalated,
    ComplaintTrack,
    HandledComplaint,
    LookUpComplainant,
    NobodyAbove,
    RaiseComplaint,
    SubmitComplaint,
    TooManyComplaints,
    TooManyTries,
    TrackComplaint,
    UnknownArea,
    UnknownComplaint,
    UnusablePhone,
)
from services.wishes.domain import (
    COMPLAINT_LIFECYCLE,
    ComplaintAction,
    ComplaintState,
    clean_complaint,
    clean_within,
    code_as_typed,
    fresh_code,
)
from services.wishes.models import Area, Complaint, ComplaintMove
from services.wishes.queries.complaints import WITH_PLACES, complaint_for, track_of_complaint
from services.wishes.queries.places import area_for, settings_of
from services.wishes.settings import WishesSettings
from services.wishes.usecases.allowances import count, limit_on, seconds_to_wait
from services.wishes.usecases.moves import HOUSE, by_whom
from services.wishes.usecases.tracking import limits_of_tries

ANYONE = "anyone"
"""Who complains, in histories: it is not kept who was signed in."""


def submit_complaint(
    work: Work, command: SubmitComplaint, now: datetime, settings: WishesSettings
) -> ComplaintReceipt:
    """Take a complaint; about the people of a place, it goes to the area above at once.

    Raises `ComplaintMissing`, `TextTooLong`, `UnusablePhone`, `UnknownArea`, `TooManyComplaints`.
    """
    area = area_for(work.session, command.area_id) if command.area_id else _top(work)
    words, name = clean_complaint(command.text), clean_name(clean_within(command.contact_name, 100))
    phone = _phone(command.phone, settings_of(area).area_code)
    _count_against_address(work, command.address, now, settings)
    above = _parent(work, area) if command.about is ComplaintAbout.PEOPLE else None
    handler = above or area
    complaint = Complaint(
        id=new_id(),
        code=fresh_code(),
        about=command.about,
        area_id=area.id,
        handler_id=handler.id,
        about_account_id=command.about_account_id,
        text=work.seals.seal(words),
        contact_name=work.seals.seal_or_none(name),
        phone=work.seals.seal_or_none(phone),
        language=command.by.language,
        state=COMPLAINT_LIFECYCLE.starts,
        submitted_at=now,
        due_on=work.day_of(now) + timedelta(days=settings.complaint_days),
    )
    work.session.add(complaint)
    work.session.flush()
    _note(work, complaint, ComplaintAction.SUBMIT, now, ANYONE)
    work.announce(ComplaintReceived(complaint=_handled(complaint, handler)))
    return ComplaintReceipt(code=complaint.code)


def track_complaint(
    work: Work, query: TrackComplaint, now: datetime, settings: WishesSettings
) -> ComplaintTrack | Refusal:
    """Return how a complaint stands, or the refusal, so that a wrong try is kept (see `tracking`)."""
    code = code_as_typed(query.code)
    limits = limits_of_tries(work, f"complaint tries at {code}", query.address, settings)
    if seconds_to_wait(work, limits, now):
        return TooManyTries(hours=settings.tries_forgotten_after_hours)
    complaint = work.session.scalars(select(Complaint).where(Complaint.code == code)).one_or_none()
    if complaint is None or not _opens(work, complaint, query.phone_ending):
        count(work, limits, now, settings)
        return UnknownComplaint()
    return track_of_complaint(work, complaint)


def look_up_complainant(work: Work, command: LookUpComplainant, now: datetime) -> ComplainantView:
    """Return whom to call back; the look is recorded. Raises `UnknownComplaint`."""
    complaint, _, _ = complaint_for(work, command.complaint_id)
    work.record("look_up_complainant", str(complaint.id), now)
    return ComplainantView(
        name=work.seals.open_or_empty(complaint.contact_name),
        phone=work.seals.open_or_none(complaint.phone),
    )


def answer_complaint(work: Work, command: AnswerComplaint, now: datetime) -> Done:
    """Answer a complaint; raises `UnknownComplaint`, `ComplaintMissing`, `TextTooLong`, `IllegalMove`."""
    complaint, _, handler = complaint_for(work, command.complaint_id, is_locked=True)
    complaint.answer = work.seals.seal(clean_complaint(command.answer_text))
    complaint.answered_at, complaint.answered_by = now, by_whom(command)
    _move(work, complaint, ComplaintAction.ANSWER, now, by_whom(command))
    answered = ComplaintAnswered(
        complaint_id=complaint.id,
        area_path=handler.path,
        sealed_code=work.seals.seal(complaint.code),
        phone=Sealed(complaint.phone) if complaint.phone else None,
        language=complaint.language,
    )
    work.announce(answered)
    return Done(id=complaint.id)


def raise_complaint(work: Work, command: RaiseComplaint, now: datetime, settings: WishesSettings) -> Done:
    """Give a complaint to the area above; raises `UnknownComplaint`, `NobodyAbove`, `IllegalMove`."""
    complaint, _, handler = complaint_for(work, command.complaint_id, is_locked=True)
    above = _parent(work, handler)
    if above is None:
        raise NobodyAbove()
    complaint.handler_id = above.id
    complaint.due_on = work.day_of(now) + timedelta(days=settings.complaint_days)
    _move(work, complaint, ComplaintAction.RAISE, now, by_whom(command))
    work.announce(ComplaintsEscalated(complaints=[_handled(complaint, above)]))
    return Done(id=complaint.id)


def escalate_complaints(work: Work, event: RemindersDue, now: datetime, settings: WishesSettings) -> None:
    """Give what nobody answered in time to the area above; at the top, say it there again."""
    chosen = WITH_PLACES.where(Complaint.state != ComplaintState.ANSWERED, Complaint.due_on < event.on)
    overdue = work.session.execute(chosen.order_by(Complaint.id).with_for_update(of=Complaint)).all()
    due_on = event.on + timedelta(days=settings.complaint_days)
    escalated = [_escalate(work, complaint, handler, now, due_on) for complaint, _, handler in overdue]
    work.announce(*(ComplaintsEscalated(complaints=chunk) for chunk in in_events(escalated)))


def _escalate(
    work: Work, complaint: Complaint, handler: Area, now: datetime, due_on: date
) -> HandledComplaint:
    above = _parent(work, handler) or handler
    complaint.handler_id, complaint.due_on = above.id, due_on
    _move(work, complaint, ComplaintAction.ESCALATE, now, HOUSE)
    return _handled(complaint, above)


# -- its life


def _move(work: Work, complaint: Complaint, action: ComplaintAction, at: datetime, by: str) -> None:
    complaint.state = COMPLAINT_LIFECYCLE.after(ComplaintState(complaint.state), action)
    _note(work, complaint, action, at, by)


def _note(work: Work, complaint: Complaint, action: ComplaintAction, at: datetime, by: str) -> None:
    work.session.add(
        ComplaintMove(
            complaint_id=complaint.id,
            at=at,
            action=action,
            state=complaint.state,
            by=by,
            handler_id=complaint.handler_id,
        )
    )


def _handled(complaint: Complaint, handler: Area) -> HandledComplaint:
    return HandledComplaint(
        complaint_id=complaint.id,
        area_kind=handler.kind,
        area_path=handler.path,
        due_on=complaint.due_on,
        not_for=complaint.about_account_id,
    )


# -- who and where


def _top(work: Work) -> Area:
    """Return the area above all; raise `UnknownArea` while none is known."""
    chosen = select(Area).where(Area.parent_id.is_(None)).order_by(Area.path).limit(1)
    top = work.session.scalars(chosen).one_or_none()
    if top is None:
        raise UnknownArea()
    return top


def _parent(work: Work, area: Area) -> Area | None:
    return work.session.get(Area, area.parent_id) if area.parent_id else None


def _phone(written: str | None, area_code: str | None) -> str | None:
    if not clean_text(written or ""):
        return None
    found = read_phone(written, area_code)
    if isinstance(found, Reason):
        raise UnusablePhone(reason=found.code)
    return found


def _count_against_address(work: Work, address: str, now: datetime, settings: WishesSettings) -> None:
    """Count a complaint against where it comes from, if that is known; raise `TooManyComplaints`."""
    if not address:
        return
    hours = settings.tries_forgotten_after_hours
    limits = [limit_on(work, f"complaints from {address}", settings.complaints_by_address, hours)]
    wait = seconds_to_wait(work, limits, now)
    if wait:
        raise TooManyComplaints(hours=math.ceil(wait / 3600), retry_after=wait)
    count(work, limits, now, settings)


def _opens(work: Work, complaint: Complaint, ending: str) -> bool:
    """Say whether the ending opens a complaint; whoever left no phone has the code alone."""
    if complaint.phone is None:
        return True
    digits = work.seals.open(complaint.phone)[-4:]
    typed = code_as_typed(ending)
    return hmac.compare_digest(digits.encode(), typed.encode())
