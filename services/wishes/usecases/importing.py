"""Imports of the official forms 000 and 001-1: what each row says, previewed, committed, taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from services.chassis.contracts import Done, new_id
from services.chassis.refusals import Refusal
from services.chassis.sheets import Form, FormReading, FormRow, Problem, RowStatus
from services.chassis.work import Work
from services.wishes.contracts import (
    BatchCannotBeUndone,
    Door,
    ImportReport,
    ImportWishes,
    ResidentDetails,
    RowProblem,
    RowReport,
    SheetTooLong,
    UndoWishImport,
    UnreadableSheet,
    WishDetails,
)
from services.wishes.domain import WISH_LIFECYCLE, WishAction, resident_in_order, wish_in_order
from services.wishes.forms import FORM_000, FORM_001_1, CollectedWish, Collector, RequestedWish
from services.wishes.models import Area, ImportBatch, Wish, WishMove
from services.wishes.queries.places import community_for, settings_of
from services.wishes.settings import WishesSettings
from services.wishes.usecases.intake import Origin, SaidWish, take_in
from services.wishes.usecases.moves import by_whom
from services.wishes.usecases.quotas import Seat, seat_for
from services.wishes.usecases.reporters import tell_taken_back

DOOR_OF_FORM = {FORM_000.key: Door.FORM_000, FORM_001_1.key: Door.FORM_001_1}


def area_code_for(work: Work, command: ImportWishes) -> str | None:
    """Return the area code that completes local numbers in the sheet, once the caller is known to be allowed.

    Raises `UnknownCommunity`. Asked before the sheet is read, so that nobody has sheets read for nothing.
    """
    return settings_of(_community(work, command)).area_code


def import_wishes(
    work: Work, command: ImportWishes, now: datetime, reading: FormReading[Any, Any], settings: WishesSettings
) -> ImportReport:
    """Report what the sheet says row by row, and write the rows without error when `commit` is true.

    Raises `UnknownCommunity`, `UnreadableSheet`, `SheetTooLong`, and what keeps wishes out of a campaign.
    """
    community = _community(work, command)
    reading.refuse_unreadable(UnreadableSheet)
    if len(reading.rows) > settings.largest_sheet:
        raise SheetTooLong(rows=len(reading.rows), limit=settings.largest_sheet)
    outcomes = [_understood(row, reading, settings_of(community).area_code) for row in reading.rows]
    said = [wish for wish, _ in outcomes if wish]
    seat = seat_for(work, community, command.campaign_id, command.reporter_id, len(said), now)
    rejected = len(outcomes) - len(said)
    batch = _commit(work, community, command, said, rejected, reading.form, now, settings, seat)
    return ImportReport(
        form=reading.form,
        batch=batch,
        accepted=len(said),
        rejected=len(outcomes) - len(said),
        rows=[report for _, report in outcomes],
        problems=[*map(Problem.told, reading.problems), *_phone_of_sender_missing(reading)],
        over_quota=seat.over_quota,
    )


def undo_wish_import(work: Work, command: UndoWishImport, now: datetime) -> Done:
    """Take an import back: its wishes are withdrawn, and stay to be found and to explain themselves.

    Residents whom the sheet made known stay known. Raises `BatchCannotBeUndone` when the batch is unknown,
    undone already, or one of its wishes has moved since.
    """
    chosen = select(ImportBatch, Area.path).join(Area, Area.id == ImportBatch.community_id)
    locked = chosen.where(ImportBatch.id == command.batch_id).with_for_update(of=ImportBatch)
    found = work.session.execute(locked).first()
    if found is None:
        raise BatchCannotBeUndone(why="unknown")
    batch, path = found
    work.permit(path)
    if batch.undone_at is not None:
        raise BatchCannotBeUndone(why="undone")
    if _has_moved(work.session, batch.id):
        raise BatchCannotBeUndone(why="moved")
    batch.undone_at, batch.undone_by = now, by_whom(command)
    tell_taken_back(work, path, _withdraw_all(work.session, batch.id, now, by_whom(command)))
    return Done(id=batch.id)


def _community(work: Work, command: ImportWishes) -> Area:
    community = community_for(work.session, command.area_id)
    work.permit(community.path)
    return community


# -- what a row says


def _understood(
    row: FormRow[Any], reading: FormReading[Any, Any], area_code: str | None
) -> tuple[SaidWish | None, RowReport]:
    """Return the wish of a row, if it can be imported, and the report of the row.

    The rules for a wish are the same as at every other door; what they refuse is a problem of its column.
    """
    problems = [problem.told() for problem in row.problems]
    if row.values is None:
        return None, RowReport(row=row.row, status=RowStatus.ERROR, problems=problems)
    resident, wish, evidence = _said_in(row.values, reading.above)
    form, column = (FORM_000 if reading.form == FORM_000.key else FORM_001_1), "name"
    try:
        resident = resident_in_order(resident, area_code)
        column = "wish"
        wish = wish_in_order(wish, resident.name)
    except Refusal as refusal:
        problems.append(_refused(form, column, refusal))
        return None, RowReport(row=row.row, status=RowStatus.ERROR, problems=problems)
    said = SaidWish(resident=resident, wish=wish, evidence=evidence, row=row.row)
    return said, RowReport(row=row.row, status=row.status, problems=problems)


def _said_in(
    values: CollectedWish | RequestedWish, above: Collector | None
) -> tuple[ResidentDetails, WishDetails, str]:
    """Return resident, wish and evidence of a row.

    Form 000 asks for 单位名称或个人姓名 and gives one phone for the sheet, that of whoever collected. So the
    unit or person of the row is the resident, reached by way of that phone. Neither form asks for a kind or a
    category: a wish is taken for goods until the screener says otherwise.
    """
    if isinstance(values, RequestedWish):
        resident = ResidentDetails(
            name=values.name,
            phone=values.phone,
            address=values.address,
            gender=values.gender,
            age=values.age,
        )
        return resident, WishDetails(title=values.wish.title, details=values.wish.details), values.evidence
    details = "\n".join(filter(None, (values.wish.details, f"备注：{values.note}" if values.note else "")))
    resident = ResidentDetails(name=values.name, phone=above.phone if above else None)
    return resident, WishDetails(title=values.wish.title, details=details), ""


def _refused(form: Form[Any, Any], field: str, refusal: Refusal) -> RowProblem:
    column = next(column.title for column in form.columns if column.field == field)
    arguments = {name: str(value) for name, value in refusal.arguments.items()}
    return RowProblem(column=column, reason=refusal.code, arguments=arguments)


def _phone_of_sender_missing(reading: FormReading[Any, Any]) -> list[RowProblem]:
    """Remark once, not on every row, that nobody in a sheet of form 000 can be called."""
    if reading.form != FORM_000.key or (reading.above and reading.above.phone):
        return []
    column = next(column.title for column in FORM_000.lines_above if column.field == "phone")
    is_said = any(problem.column == column for problem in reading.problems)
    return [] if is_said else [RowProblem(column=column, reason="sheets.missing")]


# -- writing and taking back


def _commit(
    work: Work,
    community: Area,
    command: ImportWishes,
    said: list[SaidWish],
    rejected: int,
    form: str,
    now: datetime,
    settings: WishesSettings,
    seat: Seat,
) -> UUID | None:
    """Write the batch and its wishes, and return its id; None for a preview or an empty import."""
    if not (command.commit and said):
        return None
    batch = ImportBatch(
        id=new_id(),
        community_id=community.id,
        form=form,
        imported_at=now,
        by=by_whom(command),
        accepted=len(said),
        rejected=rejected,
    )
    work.session.add(batch)
    work.session.flush()
    origin = Origin(
        door=DOOR_OF_FORM[form],
        by=batch.by,
        language=command.by.language,
        batch_id=batch.id,
        seat=seat,
    )
    take_in(work, community, said, origin, now, settings)
    return batch.id


def _has_moved(session: Session, batch_id: UUID) -> bool:
    """Say whether a wish of the batch did anything but come in; all of them are locked from here on."""
    wishes = session.scalars(
        select(Wish.id).where(Wish.batch_id == batch_id).order_by(Wish.id).with_for_update()
    )
    moved = select(WishMove.id).join(Wish, Wish.id == WishMove.wish_id)
    moved = moved.where(Wish.batch_id == batch_id, WishMove.action != WishAction.SUBMIT)
    return bool(wishes.all()) and session.scalar(moved.limit(1)) is not None


def _withdraw_all(session: Session, batch_id: UUID, now: datetime, by: str) -> list[tuple[UUID, int]]:
    """Withdraw the wishes of a batch; return each with its version."""
    state = WISH_LIFECYCLE.after(WISH_LIFECYCLE.starts, WishAction.UNDO)
    withdrawn = update(Wish).where(Wish.batch_id == batch_id).values(state=state, version=Wish.version + 1)
    withdrawn = withdrawn.execution_options(synchronize_session=False)
    versions = session.execute(withdrawn.returning(Wish.id, Wish.version)).all()
    step = (literal(now), literal(WishAction.UNDO.value), literal(state.value), literal(by))
    moves = select(Wish.id, *step).where(Wish.batch_id == batch_id)
    session.execute(insert(WishMove).from_select(["wish_id", "at", "action", "state", "by"], moves))
    return sorted((wish_id, version) for wish_id, version in versions)
