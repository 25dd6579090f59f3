"""What is expected is set; who has not met it by the end of a year is told so in private, and may object."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.chassis.contracts import ITEMS_OF_AN_EVENT, Done, new_id
from services.chassis.database import insert_new
from services.chassis.work import Work
from services.points import queries
from services.points.contracts import (
    ChooseNameShown,
    DutyInThePast,
    DutyKind,
    DutyView,
    NoticeDecided,
    NoticeObjected,
    NoticeSent,
    NoticesSent,
    NoticeState,
    ObjectToNotice,
    OwnMatter,
    SecondPersonNeeded,
    SetDuty,
    UnknownArea,
    UnknownNotice,
    UnusableNumber,
    UpholdNotice,
    WithdrawNotice,
)
from services.points.domain import (
    GRACE,
    MOST_EXPECTED,
    NOTICE_LIFECYCLE,
    OBLIGATIONS,
    NoticeAction,
    instants_of,
    year_bounds,
)
from services.points.models import Area, Duty, NameChoice, Notice
from services.points.usecases.deciding import usable_reason
from services.scheduler.contracts import NoticesDue


def set_duty(work: Work, command: SetDuty, now: datetime) -> DutyView:
    """Set what is expected in an area from a day on.

    Raises `UnknownArea`, `UnusableNumber`, and `DutyInThePast` for a day before today.
    """
    area = work.session.get(Area, command.area_id)
    if area is None:
        raise UnknownArea()
    work.permit(area.path)
    least = 1 if command.kind is DutyKind.REPLY_DAYS else 0
    if not least <= command.number <= MOST_EXPECTED:
        raise UnusableNumber(least=least, most=MOST_EXPECTED)
    if command.valid_from < work.day_of(now):
        raise DutyInThePast()
    duty = DutyView(
        id=new_id(),
        area_id=area.id,
        kind=command.kind,
        number=command.number,
        valid_from=command.valid_from,
    )
    work.session.execute(insert(Duty).values(**msgspec.structs.asdict(duty), set_at=now))
    return duty


def choose_name_shown(work: Work, command: ChooseNameShown, now: datetime) -> Done:
    """Keep what the signed-in member lets a ranking show."""
    member_id = command.by.member_id
    work.permit_self(member_id)
    chosen = {"shows": command.shows.value, "chosen_at": now}
    statement = upsert(NameChoice).values(member_id=member_id, **chosen)
    work.session.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=chosen))
    return Done(id=member_id)


# -- notices (提醒函)


def send_notices(work: Work, event: NoticesDue, now: datetime) -> None:
    """Draw up, once a year, a private notice to everyone who has not met an obligation of that year.

    Left out is what nobody tells of at all, and whoever came to the programme too late in the year.
    """
    span = queries.Span(event.year, year_bounds(event.year)[1], work.zone)
    latest = instants_of(*year_bounds(event.year), work.zone)[1] - GRACE
    for kind in OBLIGATIONS:
        if not queries.is_counted(work.session, kind, span):
            continue
        owed = queries.obligations(kind, span)
        came_in_time = or_(owed.c.since.is_(None), owed.c.since < latest)
        unmet = select(owed).where(owed.c.done < owed.c.required, came_in_time).order_by(owed.c.subject_id)
        rows = work.session.execute(unmet, execution_options={"yield_per": ITEMS_OF_AN_EVENT})
        for chunk in rows.partitions():
            _send(work, [_notice(row, kind, event.year, now) for row in chunk])


def _notice(row: Any, kind: DutyKind, year: int, now: datetime) -> dict[str, Any]:
    told = ("subject_id", "area_path", "officers_path", "required", "done")
    return {name: getattr(row, name) for name in told} | {
        "id": new_id(),
        "kind": kind.value,
        "year": year,
        "state": NOTICE_LIFECYCLE.starts.value,
        "sent_at": now,
    }


def _send(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Write notices that nobody wrote before, and tell of those."""
    first = insert_new(work.session, Notice, rows, ["year", "kind", "subject_id"])
    sent = [
        NoticeSent(
            notice_id=row["id"],
            kind=DutyKind(row["kind"]),
            subject_id=row["subject_id"],
            area_path=row["area_path"],
            year=row["year"],
            required=row["required"],
            done=row["done"],
        )
        for row in rows
        if row["id"] in first
    ]
    if sent:
        work.announce(NoticesSent(notices=sent))


def object_to_notice(work: Work, command: ObjectToNotice, now: datetime) -> Done:
    """Take the objection of the one concerned; the officers are told that there is one.

    Raises `UnknownNotice` for another's, `ReasonMissing`, `UnusableReason`, `IllegalMove` after the first.
    """
    notice = queries.own_notice(work, command.by, command.notice_id)
    reason = usable_reason(command.reason)
    notice.state = NOTICE_LIFECYCLE.after(NoticeState(notice.state), NoticeAction.OBJECT)
    notice.objection, notice.objected_at = work.seals.seal(reason), now
    notice.objected_by = work.actor
    work.announce(NoticeObjected(notice_id=notice.id, officers_path=notice.officers_path, year=notice.year))
    return Done(id=notice.id)


def uphold_notice(work: Work, command: UpholdNotice, now: datetime) -> Done:
    """Leave a notice as it is although somebody objected. Raises as `withdraw_notice` does."""
    return _decide(work, command, NoticeAction.UPHOLD, now)


def withdraw_notice(work: Work, command: WithdrawNotice, now: datetime) -> Done:
    """Take a notice back. Raises `UnknownNotice`, `SecondPersonNeeded`, `OwnMatter`, `IllegalMove` once it is
    decided, `ReasonMissing` and `UnusableReason`."""
    return _decide(work, command, NoticeAction.WITHDRAW, now)


def _decide(work: Work, command: UpholdNotice | WithdrawNotice, action: NoticeAction, now: datetime) -> Done:
    notice = _to_decide(work, command)
    reason = work.seals.seal(usable_reason(command.reason))
    notice.state = NOTICE_LIFECYCLE.after(NoticeState(notice.state), action)
    notice.decided_by, notice.decided_at, notice.decision = work.actor, now, reason
    work.record(f"{action}_notice", str(notice.id), now)
    work.announce(
        NoticeDecided(
            notice_id=notice.id,
            kind=DutyKind(notice.kind),
            subject_id=notice.subject_id,
            area_path=notice.area_path,
            year=notice.year,
            is_withdrawn=notice.state == NoticeState.WITHDRAWN,
            sealed_reason=reason,
        )
    )
    return Done(id=notice.id)


def _to_decide(work: Work, command: UpholdNotice | WithdrawNotice) -> Notice:
    """Return a notice that the caller may decide about, locked; no other's, and not whoever objected."""
    notice = work.session.get(Notice, command.notice_id, with_for_update=True)
    if notice is None:
        work.permitted_scopes()
        raise UnknownNotice()
    work.permit(notice.officers_path)
    if notice.objected_by == work.actor:
        raise SecondPersonNeeded()
    if queries.is_about(work, command.by, notice):
        raise OwnMatter()
    return notice
