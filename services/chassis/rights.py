"""Who may do what where: rights = role × area subtree, checked in one place."""

from enum import StrEnum
from uuid import UUID

import msgspec


class Right(StrEnum):
    """What a command or query asks of its caller."""

    OPEN = "open"  # anyone, signed in or not
    SIGNED_IN = "signed_in"  # anyone who is signed in, about themselves
    CLAIM = "claim"  # take a wish and see it through
    COLLECT = "collect"  # take in wishes and residents, on behalf of residents
    SCREEN = "screen"  # accept, return, decline
    RELEASE = "release"  # put wishes up, outside the clock too
    CONFIRM = "confirm"  # say that a wish came true, after asking the resident
    SEE_LEDGER = "see_ledger"  # read the records of an area
    SEE_PERSONAL = "see_personal"  # open a seal; every look is recorded
    MANAGE_AREAS = "manage_areas"  # the tree and its settings
    MANAGE_PEOPLE = "manage_people"  # units, members, their import
    MANAGE_ACCOUNTS = "manage_accounts"  # accounts and their grants
    SET_RULES = "set_rules"  # rules of points
    ANSWER_FEEDBACK = "answer_feedback"  # a unit reads and answers the report on its own members
    OPERATE = "operate"  # queues, jobs, deliveries


class Role(StrEnum):
    """What a person is in a place."""

    MEMBER = "member"  # 在职党员 / 志愿者
    UNIT_OFFICER = "unit_officer"  # 单位联系人
    GRID_WORKER = "grid_worker"  # 网格员
    COMMUNITY_WORKER = "community_worker"  # 社区工作者
    OFFICER = "officer"  # 街道 / 区 / 市 officer
    OPERATOR = "operator"  # who runs the machines


_COLLECT = {Right.COLLECT, Right.SEE_LEDGER}
_COMMUNITY = _COLLECT | {Right.SCREEN, Right.CONFIRM, Right.SEE_PERSONAL, Right.MANAGE_PEOPLE}
_OFFICER = _COMMUNITY | {Right.RELEASE, Right.MANAGE_AREAS, Right.MANAGE_ACCOUNTS, Right.SET_RULES}

RIGHTS_OF: dict[Role, frozenset[Right]] = {
    Role.MEMBER: frozenset({Right.CLAIM}),
    Role.UNIT_OFFICER: frozenset({Right.ANSWER_FEEDBACK}),
    Role.GRID_WORKER: frozenset(_COLLECT),
    Role.COMMUNITY_WORKER: frozenset(_COMMUNITY),
    Role.OFFICER: frozenset(_OFFICER),
    Role.OPERATOR: frozenset(set(Right) - {Right.CLAIM, Right.ANSWER_FEEDBACK}),
}

EVERYWHERE = "/"
"""The path that every area path begins with."""


class Grant(msgspec.Struct, frozen=True):
    """A role in a place: `scope` is the path of an area, or of a unit for a unit's officer.

    Paths end with a slash, so that one never begins with its neighbour's.
    """

    role: Role
    scope: str


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; stamped on every command by the door (gateway, console), never by the client."""

    account_id: UUID | None = None
    member_id: UUID | None = None
    unit_id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    language: str = "zh"

    @property
    def is_signed_in(self) -> bool:
        """Say whether anybody is signed in at all."""
        return self.account_id is not None or self.member_id is not None or bool(self.grants)

    def scopes_of(self, right: Right) -> list[str]:
        """Return the paths of the areas (or units) in which this actor has `right`."""
        return [grant.scope for grant in self.grants if right in RIGHTS_OF[grant.role]]

    def may(self, right: Right, path: str) -> bool:
        """Say whether this actor has `right` at `path`."""
        return right is Right.OPEN or any(scope and path.startswith(scope) for scope in self.scopes_of(right))


ANYONE = Actor()
"""Nobody in particular: a visitor of a public page."""

OPERATOR_AT_THE_CONSOLE = Actor(grants=(Grant(Role.OPERATOR, EVERYWHERE),))
"""Whoever has a shell on the machine operates it."""
