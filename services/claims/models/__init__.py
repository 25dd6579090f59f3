"""The tables of claims: the board with its claims, and what follows from them."""

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

__all__ = [
    "Area",
    "Base",
    "Claim",
    "ClaimMove",
    "ConfirmationTry",
    "Member",
    "Offer",
    "Path",
    "Reminder",
    "TurnedAway",
    "Withdrawal",
]
