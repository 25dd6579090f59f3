"""The copies that points keeps of what the directory, wishes and claims told."""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import TextClause, and_, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from services.chassis.database import upsert_if_newer
from services.chassis.work import Work
from services.claims.contracts import ClaimsEnded, ProjectMoved, WishesClaimed
from services.directory.contracts import AreasChanged, MemberCopy, MembersChanged, UnitCopy, UnitsChanged
from services.points.contracts import DutyKind, UnknownArea
from services.points.domain import STREET, who_took_part
from services.points.models import Area, Contribution, Member, Unit
from services.wishes.contracts import ReportersChanged, WishesSubmitted, WishTaken

_NOTE_CLAIMS = text("""
    INSERT INTO points.claim (id, claimed_at)
    SELECT * FROM unnest(CAST(:claims AS uuid[]), CAST(:said AS timestamptz[])) ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET claimed_at = EXCLUDED.claimed_at
""")

_NOTE_ENDS = text("""
    INSERT INTO points.claim (id, ended)
    SELECT * FROM unnest(CAST(:claims AS uuid[]), CAST(:said AS text[])) ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET ended = EXCLUDED.ended
""")

_NOTE_PEOPLE = text("""
    INSERT INTO points.participation (claim_id, member_id)
    SELECT * FROM unnest(CAST(:claims AS uuid[]), CAST(:members AS uuid[])) ORDER BY 1, 2
    ON CONFLICT DO NOTHING
""")


def note_areas(work: Work, event: AreasChanged, now: datetime) -> None:
    """Keep the areas and the marks that hold in them."""
    rows = [
        {
            "id": area.id,
            "name": area.name,
            "path": area.path,
            "letter_points": area.settings.letter_points,
            "star_points": area.settings.star_points,
            "outstanding_points": area.settings.outstanding_points,
            "kind": area.kind.value,
            "ranking": area.settings.ranking,
            "version": area.version,
        }
        for area in event.areas
    ]
    upsert_if_newer(work.session, Area, rows)


def note_units(work: Work, event: UnitsChanged, now: datetime) -> None:
    """Keep the units and where they report."""
    kept = ("id", "name", "path", "street_path", "is_active", "version")
    _note_with_since(work.session, Unit, event.units, kept, now)


def note_members(work: Work, event: MembersChanged, now: datetime) -> None:
    """Keep the members, what sort of helper they are, their unit and their home community."""
    kept = ("id", "name", "kind", "unit_id", "community_id", "is_active", "version")
    _note_with_since(work.session, Member, event.members, kept, now)


def _note_with_since(
    session: Session,
    table: type[Member] | type[Unit],
    copies: Sequence[MemberCopy] | Sequence[UnitCopy],
    kept: Sequence[str],
    now: datetime,
) -> None:
    """Keep these fields of copies, and since when each is known here."""
    known = select(table.id, table.since).where(table.id.in_([copy.id for copy in copies]))
    since: dict[UUID, datetime] = dict(iter(session.execute(known)))
    rows = [
        {name: getattr(copy, name) for name in kept} | {"since": since.get(copy.id, now)} for copy in copies
    ]
    upsert_if_newer(session, table, rows)


def note_claims(work: Work, event: WishesClaimed, now: datetime) -> None:
    """Keep who claimed what and when; of a team or pool, everybody."""
    when = {claim.claim_id: claim.claimed_at for claim in event.claims}
    _note(work.session, _NOTE_CLAIMS, when)
    parts = [(str(claim.claim_id), str(who)) for claim in event.claims for who in who_took_part(claim)]
    people = {"claims": [claim_id for claim_id, _ in parts], "members": [who for _, who in parts]}
    work.session.execute(_NOTE_PEOPLE, people)


def note_ends(work: Work, event: ClaimsEnded, now: datetime) -> None:
    """Keep how claims ended, so that one that was undone does not count for anybody."""
    _note(work.session, _NOTE_ENDS, {claim.claim_id: claim.how for claim in event.claims})


def _note(session: Session, statement: TextClause, said: Mapping[UUID, Any]) -> None:
    """Write what was said of claims, each by its id, over what was said of it before."""
    session.execute(statement, {"claims": [str(claim_id) for claim_id in said], "said": list(said.values())})


def note_submissions(work: Work, event: WishesSubmitted, now: datetime) -> None:
    """Count the wishes that came in toward what their street and their unit are to submit (000).

    Raises `UnknownArea` for a community not heard of yet, so that the event is tried again.
    """
    made_on = work.day_of(event.occurred_at)
    work.gather(
        "submissions",
        [(wish, made_on) for wish in event.wishes],
        lambda gathered: _note_submissions(work.session, gathered),
    )


def _note_submissions(session: Session, gathered: Sequence[tuple[WishTaken, date]]) -> None:
    """Write down for which street each wish counts: figures are read far more often than wishes come in."""
    streets = _streets_of(session, {wish.community_id for wish, _ in gathered})
    rows = [
        _submission(DutyKind.STREET_WISHES, wish, streets[wish.community_id], made_on)
        for wish, made_on in gathered
    ]
    rows += [
        _submission(DutyKind.UNIT_WISHES, wish, wish.reporter_id, made_on)
        for wish, made_on in gathered
        if wish.reporter_id is not None  # where it is an area, nobody reads the row
    ]
    note_contributions(session, rows)


def _submission(kind: DutyKind, wish: WishTaken, subject_id: UUID | None, made_on: date) -> dict[str, Any]:
    told = {"kind": kind, "id": wish.wish_id, "area_path": wish.area_path}
    return told | {"subject_id": subject_id, "made_on": made_on}


def _streets_of(session: Session, communities: Set[UUID]) -> dict[UUID, UUID | None]:
    """Return the street in which each of these areas lies, or None where no street is above it."""
    street = aliased(Area, name="street")
    is_in = and_(street.kind == STREET, func.starts_with(Area.path, street.path))
    found = select(Area.id, street.id).outerjoin(street, is_in).where(Area.id.in_(communities))
    streets: dict[UUID, UUID | None] = dict(iter(session.execute(found)))
    if streets.keys() < communities:
        raise UnknownArea()
    return streets


def note_reporters(work: Work, event: ReportersChanged, now: datetime) -> None:
    """Let wishes count for the unit that they joined for, and for neither unit nor street once taken back.

    This may be heard before the wish itself: then what was told last is there already, and stays.
    """
    made_on = work.day_of(event.occurred_at)
    rows = [
        {
            "kind": kind,
            "id": change.wish_id,
            "area_path": change.area_path,
            "subject_id": change.reporter_id,
            "made_on": made_on,
            "version": change.version,
        }
        for change in sorted(event.changes, key=lambda change: change.wish_id)
        for kind in (DutyKind.STREET_WISHES, DutyKind.UNIT_WISHES)
        if kind is DutyKind.UNIT_WISHES or change.reporter_id is None  # whoever reports, it is of its street
    ]
    work.session.execute(_COUNT_ANEW, rows)


def note_project(work: Work, event: ProjectMoved, now: datetime) -> None:
    """Count a project toward what the units that claimed it are to take on (至少领办 1 个微项目, 002).

    For a unit that left, it counts no more; whichever of both is heard last.
    """
    units: dict[UUID, UUID | None] = {}
    if event.how == "claimed":
        units = {unit_id: unit_id for unit_id in event.unit_ids}
    elif event.how == "left" and event.left_unit_id:
        units = {event.left_unit_id: None}
    told: dict[str, Any] = {"kind": DutyKind.UNIT_PROJECTS, "area_path": event.area_path}
    told |= {"made_on": work.day_of(event.occurred_at), "version": _second_of(event.occurred_at)}
    rows = [
        told | {"id": uuid5(event.project_id, str(unit_id)), "subject_id": counts_for}
        for unit_id, counts_for in sorted(units.items())
    ]
    if rows:
        work.session.execute(_COUNT_ANEW, rows)


def _second_of(instant: datetime) -> int:
    """Return an instant as the version of what has none of its own; it fits for some decades."""
    return int((instant - _BEGINNING).total_seconds())


_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

_COUNT_ONCE = upsert(Contribution).on_conflict_do_nothing()
_TOLD = upsert(Contribution)
_COUNT_ANEW = _TOLD.on_conflict_do_update(
    index_elements=["kind", "id"],
    set_={"subject_id": _TOLD.excluded.subject_id, "version": _TOLD.excluded.version},
    where=Contribution.version < _TOLD.excluded.version,
)


def note_contributions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Count rows of `Contribution`, each once by its kind and id, whoever tells of it again."""
    if rows:
        session.execute(_COUNT_ONCE, list(rows))
