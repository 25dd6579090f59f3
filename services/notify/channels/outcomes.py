"""What channels say of a parcel by themselves, in the same words whoever would have carried it."""

from services.notify.domain import Outcome, Verdict

UNUSABLE = Outcome(Verdict.PERMANENT, "unusable_address")
SECRET_FOR_A_ROOM = Outcome(Verdict.PERMANENT, "secret_for_a_room")
UNREADABLE = Outcome(Verdict.AMBIGUOUS, "unreadable")
"""There is an answer, and nobody can say what it means: it may have been a yes."""
