"""What every decision about a person keeps to: a reason that can be read, and nobody in their own matter."""

from uuid import UUID

from services.chassis.rights import Actor
from services.points.contracts import OwnMatter, ReasonMissing, UnusableReason
from services.points.domain import LONGEST_REASON, is_readable


def usable_reason(reason: str) -> str:
    """Return what was said as the reason; raise `ReasonMissing` or `UnusableReason`."""
    said = reason.strip()
    if not said:
        raise ReasonMissing()
    if len(said) > LONGEST_REASON or not is_readable(said):
        raise UnusableReason(limit=LONGEST_REASON)
    return said


def not_about_oneself(caller: Actor, *subjects: UUID) -> None:
    """Raise `OwnMatter` when the caller is one of those whom the matter is about."""
    if {caller.member_id, caller.unit_id, caller.account_id}.intersection(subjects):
        raise OwnMatter()
