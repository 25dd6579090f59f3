"""The rules of complaints: their life, and to whom they go; pure."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle
from services.chassis.sheets import has_words
from services.wishes.contracts import ComplaintMissing
from services.wishes.domain.wish import clean_within

LONGEST_COMPLAINT = 2000
"""Characters of a complaint and of its answer."""


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    OPEN = "open"  # the people of the place answer by `due_on`; if they never do, it goes to the area above
    ESCALATED = "escalated"  # the area above answers; if it never does, the next one, and at the top again
    ANSWERED = "answered"  # the complainant can read the answer; final


class ComplaintAction(StrEnum):
    """What moves a complaint."""

    SUBMIT = "submit"  # the first move of every history
    RAISE = "raise"  # whoever should answer gives it to the area above
    ESCALATE = "escalate"  # nobody answered in time
    ANSWER = "answer"


COMPLAINT_LIFECYCLE = Lifecycle(
    {
        (ComplaintState.OPEN, ComplaintAction.ANSWER): ComplaintState.ANSWERED,
        (ComplaintState.OPEN, ComplaintAction.RAISE): ComplaintState.ESCALATED,
        (ComplaintState.OPEN, ComplaintAction.ESCALATE): ComplaintState.ESCALATED,
        (ComplaintState.ESCALATED, ComplaintAction.RAISE): ComplaintState.ESCALATED,
        (ComplaintState.ESCALATED, ComplaintAction.ESCALATE): ComplaintState.ESCALATED,
        (ComplaintState.ESCALATED, ComplaintAction.ANSWER): ComplaintState.ANSWERED,
    },
    starts=ComplaintState.OPEN,
)


def clean_complaint(text: str) -> str:
    """Return the words of a complaint or of an answer; raise `ComplaintMissing` or `TextTooLong`."""
    words = clean_within(text, LONGEST_COMPLAINT)
    if not has_words(words):
        raise ComplaintMissing()
    return words
