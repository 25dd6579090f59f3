"""The verbs of points, one function each; they take work, a command or event, and the present instant."""

from services.points.usecases.copies import (
    note_areas,
    note_claims,
    note_contributions,
    note_ends,
    note_members,
    note_project,
    note_reporters,
    note_submissions,
    note_units,
)
from services.points.usecases.correcting import (
    approve_correction,
    propose_correction,
    reject_correction,
)
from services.points.usecases.duties import (
    choose_name_shown,
    object_to_notice,
    send_notices,
    set_duty,
    uphold_notice,
    withdraw_notice,
)
from services.points.usecases.feedback import (
    acknowledge_feedback,
    issue_feedback,
    record_circulation,
    remind_of_feedback,
    reply_to_feedback,
)
from services.points.usecases.ledger import (
    enter_deeds,
    set_rule,
)
from services.points.usecases.recognising import (
    approve_nomination,
    complete_recognitions,
    decline_nomination,
    nominate_outstanding,
)

__all__ = [
    "acknowledge_feedback",
    "approve_correction",
    "approve_nomination",
    "choose_name_shown",
    "complete_recognitions",
    "decline_nomination",
    "enter_deeds",
    "issue_feedback",
    "nominate_outstanding",
    "note_areas",
    "note_claims",
    "note_contributions",
    "note_ends",
    "note_members",
    "note_project",
    "note_reporters",
    "note_submissions",
    "note_units",
    "object_to_notice",
    "propose_correction",
    "record_circulation",
    "reject_correction",
    "remind_of_feedback",
    "reply_to_feedback",
    "send_notices",
    "set_duty",
    "set_rule",
    "uphold_notice",
    "withdraw_notice",
]
