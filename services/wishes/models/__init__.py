"""The tables of wishes, room by room: the wishes themselves, figures and their signatures, complaints."""

from services.wishes.models.wishes import (
    Area,
    Base,
    ImportBatch,
    Release,
    Resident,
    RosterCheck,
    RosterEntry,
    Wish,
    WishMove,
    WrongTry,
)

__all__ = [
    "Area",
    "Base",
    "ImportBatch",
    "Release",
    "Resident",
    "RosterCheck",
    "RosterEntry",
    "Wish",
    "WishMove",
    "WrongTry",
]
