"""Notify's tables: copies of people and areas, messages (also the inbox), deliveries, attempts, words."""

from services.notify.models.accounts import Account, Broadcast, Budget, Burst, TemplateUse, Turn
from services.notify.models.messages import Attempt, Call, Delivery, EarlyReceipt, Message
from services.notify.models.people import Area, Base, Handle, Preference, Recipient, Suppression, SwitchedOff
from services.notify.models.words import Override

__all__ = [
    "Account",
    "Area",
    "Attempt",
    "Base",
    "Broadcast",
    "Budget",
    "Burst",
    "Call",
    "Delivery",
    "EarlyReceipt",
    "Handle",
    "Message",
    "Override",
    "Preference",
    "Recipient",
    "Suppression",
    "SwitchedOff",
    "TemplateUse",
    "Turn",
]
