"""The tables of wishes, room by room: the wishes themselves, figures and their signatures, complaints."""

from services.wishes.models.complaints import (
    Complaint,
    ComplaintMove,
)
from services.wishes.models.figures import (
    CarryOver,
    Correction,
    Report,
    ReportReminder,
    Tally,
    TallyProgress,
)
from services.wishes.models.programme import (
    Campaign,
    CampaignBeginning,
    CampaignQuota,
    Evidence,
    FestivalReminder,
    Referral,
    RosterReminder,
    WishCard,
)
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
    "Campaign",
    "CampaignBeginning",
    "CampaignQuota",
    "CarryOver",
    "Complaint",
    "ComplaintMove",
    "Correction",
    "Evidence",
    "FestivalReminder",
    "ImportBatch",
    "Referral",
    "Release",
    "Report",
    "ReportReminder",
    "Resident",
    "RosterCheck",
    "RosterEntry",
    "RosterReminder",
    "Tally",
    "TallyProgress",
    "Wish",
    "WishCard",
    "WishMove",
    "WrongTry",
]
