"""Attempts as rows: what came of a try, of a lease, of a question or of a receipt, written down alike."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.contracts import new_id
from services.notify.domain import Verdict

LONGEST_CODE = 80
LEASE_RAN_OUT = "lease_ran_out"
"""The code of a doubt in which a sender left what it was calling about."""

NEVER_CALLED = "never_called"
"""The code of what a sender that died had lent and not begun to call about."""
LONGEST_REFERENCE = 200


def attempt_row(
    delivery_id: UUID,
    *,
    at: datetime,
    provider: str | None,
    verdict: Verdict,
    code: str,
    reference: str = "",
    parts: int = 0,
) -> dict[str, Any]:
    """Return the row of an attempt, for `insert_all`; what a provider said too long is cut."""
    return {
        "id": new_id(),
        "delivery_id": delivery_id,
        "at": at,
        "provider": provider or "",
        "outcome": verdict,
        "code": code[:LONGEST_CODE],
        "reference": reference[:LONGEST_REFERENCE],
        "parts": parts,
    }
