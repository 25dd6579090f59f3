"""Whom there is to tell, and by which channels."""

from enum import StrEnum

SMS = "sms"
EMAIL = "email"
INBOX = "inbox"


class RecipientKind(StrEnum):
    """Who can be told something."""

    MEMBER = "member"
    RESIDENT = "resident"
    ACCOUNT = "account"  # a worker or officer
    UNIT = "unit"


KINDS_WITH_INBOX = frozenset({RecipientKind.MEMBER, RecipientKind.ACCOUNT, RecipientKind.UNIT})
"""Residents have no account, so their only way is the phone; a unit's inbox is read by its officer."""
