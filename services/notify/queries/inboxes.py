"""Who somebody is to notify, and whose inboxes are whose."""

from uuid import UUID

from services.chassis.rights import Actor, Role


def own_ids(caller: Actor) -> list[UUID]:
    """Return whose inboxes are the caller's: of account and member, and of a unit they speak for.

    Whoever merely belongs to a unit does not read what it is told.
    """
    speaks_for_unit = any(grant.role is Role.UNIT_OFFICER for grant in caller.grants)
    unit_id = caller.unit_id if speaks_for_unit else None
    return [*own_people(caller), *([unit_id] if unit_id else [])]


def own_people(caller: Actor) -> list[UUID]:
    """Return as whom the caller is told something themselves: not as the unit for which they act."""
    return [known for known in (caller.account_id, caller.member_id) if known]
