"""The tables of points: rules and the ledger, which only grow; what follows from them; and copies."""

from services.points.models.copies import (
    Area,
    Base,
    Claim,
    Contribution,
    Member,
    Participation,
    Unit,
)
from services.points.models.deciding import (
    Correction,
    NameChoice,
    Nomination,
    Notice,
    Recognition,
)
from services.points.models.feedback import (
    FeedbackCirculation,
    FeedbackLine,
    FeedbackReport,
)
from services.points.models.ledger import (
    Duty,
    Entry,
    Rule,
)

__all__ = [
    "Area",
    "Base",
    "Claim",
    "Contribution",
    "Correction",
    "Duty",
    "Entry",
    "FeedbackCirculation",
    "FeedbackLine",
    "FeedbackReport",
    "Member",
    "NameChoice",
    "Nomination",
    "Notice",
    "Participation",
    "Recognition",
    "Rule",
    "Unit",
]
