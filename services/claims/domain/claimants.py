"""Who acts for a claimant or a community: pure questions about whoever asks."""

from uuid import UUID

from services.chassis.rights import Actor, Right, Role


def is_officer_of(caller: Actor, unit_id: UUID | None) -> bool:
    """Say whether the caller is the officer of this unit; its other members are not."""
    holds_office = any(grant.role is Role.UNIT_OFFICER for grant in caller.grants)
    return holds_office and unit_id is not None and caller.unit_id == unit_id


def is_worker_at(caller: Actor, path: str) -> bool:
    """Say whether the caller works at this community; an officer of an area above it does not."""
    return any(scope.startswith(path) for scope in caller.scopes_of(Right.CONFIRM))
