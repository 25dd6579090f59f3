"""Teams as their members see them: what is proposed to a team is everybody's in it."""

from uuid import UUID

from sqlalchemy import Select, select

from services.claims.models import Team


def teams_of(member_id: UUID | None) -> Select[UUID]:
    """Return, as a query, the teams to which a member belongs, and those they lead."""
    return select(Team.id).where((Team.leader_id == member_id) | Team.member_ids.contains([member_id]))
