"""The verbs of claims; each takes `work`, a command or event, and `now`."""

from services.claims.usecases.claiming import claim_wishes
from services.claims.usecases.ending import lapse_claims, report_not_done, return_claim, undo_claim
from services.claims.usecases.fulfilling import (
    confirm_by_resident,
    confirm_fulfilment,
    deliver_claim,
    report_not_done_by_resident,
)
from services.claims.usecases.looking import look_up_contact
from services.claims.usecases.offering import note_areas, note_members, offer_wishes, withdraw_offer
from services.claims.usecases.reminding import remind_of_claims

__all__ = [
    "claim_wishes",
    "confirm_by_resident",
    "confirm_fulfilment",
    "deliver_claim",
    "lapse_claims",
    "look_up_contact",
    "note_areas",
    "note_members",
    "offer_wishes",
    "remind_of_claims",
    "report_not_done",
    "report_not_done_by_resident",
    "return_claim",
    "undo_claim",
    "withdraw_offer",
]
