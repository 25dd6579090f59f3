"""Telling others what changed, at most 500 things in one event."""

from collections.abc import Sequence

from services.chassis.contracts import in_events
from services.chassis.work import Work
from services.directory.contracts import (
    AccountCopy,
    AccountsChanged,
    AreasChanged,
    MembersChanged,
    UnitsChanged,
)
from services.directory.models import Area
from services.directory.queries.areas import area_copies
from services.directory.records import MemberRecord, UnitRecord


def announce_areas(work: Work, areas: Sequence[Area]) -> None:
    """Tell how areas are now."""
    for some in in_events(area_copies(work.session, areas)):
        work.announce(AreasChanged(areas=some))


def announce_units(work: Work, units: Sequence[UnitRecord]) -> None:
    """Tell how units are now."""
    for some in in_events(units):
        work.announce(UnitsChanged(units=[unit.copy() for unit in some]))


def announce_members(work: Work, members: Sequence[MemberRecord]) -> None:
    """Tell how members are now."""
    for some in in_events(members):
        work.announce(MembersChanged(members=[member.copy() for member in some]))


def announce_accounts(work: Work, accounts: Sequence[AccountCopy]) -> None:
    """Tell how accounts are now."""
    for some in in_events(accounts):
        work.announce(AccountsChanged(accounts=some))
