"""The copies of units and teams that claims keeps: who may claim for whom."""

from datetime import datetime

from services.chassis.database import upsert_if_newer
from services.chassis.work import Work
from services.claims.models import Team, Unit
from services.directory.contracts import TeamsChanged, UnitsChanged


def note_units(work: Work, event: UnitsChanged, now: datetime) -> None:
    """Keep units as they are now."""
    rows = [
        {"id": unit.id, "kind": unit.kind.value, "is_active": unit.is_active, "version": unit.version}
        for unit in event.units
    ]
    upsert_if_newer(work.session, Unit, rows)


def note_teams(work: Work, event: TeamsChanged, now: datetime) -> None:
    """Keep teams as they are now."""
    rows = [
        {
            "id": team.id,
            "leader_id": team.leader_id,
            "member_ids": list(team.member_ids),
            "is_active": team.is_active,
            "version": team.version,
        }
        for team in event.teams
    ]
    upsert_if_newer(work.session, Team, rows)
