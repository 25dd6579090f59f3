"""The rules about rights over rights: who may give which role where, and which logins and passwords do."""

import re

from services.chassis.rights import Actor, Role

STAFF_ROLES = frozenset({Role.GRID_WORKER, Role.COMMUNITY_WORKER, Role.OFFICER, Role.OPERATOR})
"""The roles that staff have in an area. A unit's officer has theirs at the unit, a member everywhere."""

MAY_GIVE: dict[Role, frozenset[Role]] = {
    Role.OFFICER: frozenset({Role.UNIT_OFFICER, Role.GRID_WORKER, Role.COMMUNITY_WORKER, Role.OFFICER}),
    Role.OPERATOR: STAFF_ROLES | {Role.UNIT_OFFICER},
}
"""Nobody gives (or takes) a role above their own; whoever may give none is not listed."""

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FEWEST_SIGNS = 4

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,63}")


def may_give(giver: Actor, role: Role, path: str) -> bool:
    """Say whether `giver` may give or take `role` at the area `path`: by a role of theirs there or above."""
    return any(
        role in MAY_GIVE.get(grant.role, frozenset()) and path.startswith(grant.scope)
        for grant in giver.grants
    )


def login_of(written: str) -> str | None:
    """Return the login as it is kept, in small letters; None when it cannot be one."""
    login = written.strip().lower()
    return login if _LOGIN.fullmatch(login) else None


def is_strong(password: str, login: str) -> bool:
    """Say whether a password does: 10 to 200 characters, at least 4 different ones, without the login in it.

    Source: OWASP ASVS 5.0, 6.2: length counts, composition rules do not.
    """
    has_length = SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
    return has_length and len(set(password)) >= FEWEST_SIGNS and login not in password.lower()
