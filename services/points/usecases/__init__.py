"""The verbs of points, one function each; they take work, a command or event, and the present instant."""

from services.points.usecases.copies import note_areas, note_claims, note_ends, note_members, note_units
from services.points.usecases.feedback import acknowledge_feedback, issue_feedback, reply_to_feedback
from services.points.usecases.ledger import complete_recognitions, enter_deeds, set_rule

__all__ = [
    "acknowledge_feedback",
    "complete_recognitions",
    "enter_deeds",
    "issue_feedback",
    "note_areas",
    "note_claims",
    "note_ends",
    "note_members",
    "note_units",
    "reply_to_feedback",
    "set_rule",
]
