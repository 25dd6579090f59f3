"""The tables of claims: the board with its claims, and what follows from them."""

from services.claims.models.aftercare import (
    CallBack,
    Rectification,
)
from services.claims.models.board import (
    Area,
    Base,
    Claim,
    ClaimMove,
    ConfirmationTry,
    Member,
    Offer,
    Path,
    Reminder,
    TurnedAway,
    Withdrawal,
)
from services.claims.models.dispatch import (
    Dispatch,
    DispatchAnswer,
    Programme,
)
from services.claims.models.escalation import (
    EscalationStep,
)
from services.claims.models.projects import (
    Milestone,
    Project,
    ProjectClaim,
)
from services.claims.models.visiting import (
    Arrangement,
    Visit,
)
from services.claims.models.waiting import JointPart, Pledge, Pool, Team, Unit, Waiting

__all__ = [
    "Area",
    "Arrangement",
    "Base",
    "CallBack",
    "Claim",
    "ClaimMove",
    "ConfirmationTry",
    "Dispatch",
    "DispatchAnswer",
    "EscalationStep",
    "JointPart",
    "Member",
    "Milestone",
    "Offer",
    "Path",
    "Pledge",
    "Pool",
    "Programme",
    "Project",
    "ProjectClaim",
    "Rectification",
    "Reminder",
    "Team",
    "TurnedAway",
    "Unit",
    "Visit",
    "Waiting",
    "Withdrawal",
]
