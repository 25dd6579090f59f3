"""The copies that points keeps of what the directory and claims told."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.chassis.database import in_chunks, upsert_if_newer
from services.chassis.work import Work
from services.claims.contracts import ClaimsEnded, WishesClaimed
from services.directory.contracts import AreasChanged, MembersChanged, UnitsChanged
from services.points.models import Area, Member, Participation, Unit


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
            "version": area.version,
        }
        for area in event.areas
    ]
    upsert_if_newer(work.session, Area, rows)


def note_units(work: Work, event: UnitsChanged, now: datetime) -> None:
    """Keep the units and where they report."""
    kept = ("id", "name", "path", "street_path", "is_active", "version")
    rows = [{name: getattr(unit, name) for name in kept} for unit in event.units]
    upsert_if_newer(work.session, Unit, rows)


def note_members(work: Work, event: MembersChanged, now: datetime) -> None:
    """Keep the members, their unit and their home community."""
    kept = ("id", "name", "unit_id", "community_id", "is_active", "version")
    rows = [{name: getattr(member, name) for name in kept} for member in event.members]
    upsert_if_newer(work.session, Member, rows)


def note_claims(work: Work, event: WishesClaimed, now: datetime) -> None:
    """Keep who claimed what and when."""
    rows = {
        claim.claim_id: {
            "claim_id": claim.claim_id,
            "member_id": claim.member_id,
            "claimed_at": claim.claimed_at,
        }
        for claim in event.claims
        if claim.member_id
    }
    _note_participations(work.session, list(rows.values()), "claimed_at")


def note_ends(work: Work, event: ClaimsEnded, now: datetime) -> None:
    """Keep how claims ended, so that one that was undone does not count."""
    rows = {
        claim.claim_id: {"claim_id": claim.claim_id, "member_id": claim.member_id, "ended": claim.how}
        for claim in event.claims
        if claim.member_id
    }
    _note_participations(work.session, list(rows.values()), "ended")


def _note_participations(session: Session, rows: list[dict[str, Any]], told: str) -> None:
    for chunk in in_chunks(rows):
        statement = upsert(Participation).values(list(chunk))
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["claim_id"], set_={told: statement.excluded[told]}
            )
        )
