"""Why claims says no; the sentences a user reads are in `words.toml`."""

from services.chassis.refusals import Refusal, RefusalKind

__all__ = [
    "AlreadyYours",
    "DoerCannotConfirm",
    "NoLongerOffered",
    "NoLongerYours",
    "NoPlaceLeft",
    "NotAMember",
    "NothingDelivered",
    "ReasonNeeded",
    "TooLateToUndo",
    "TooManyOpenClaims",
    "TooManyTries",
    "UnknownClaim",
    "UnknownOffer",
    "UnknownState",
    "UnusableSatisfaction",
    "UnusableText",
    "WrongConfirmationCode",
]


class UnknownOffer(Refusal):
    """The wish is not on the board."""

    code = "claims.unknown_offer"
    kind = RefusalKind.UNKNOWN


class UnknownClaim(Refusal):
    """There is no such claim, or it is somebody else's."""

    code = "claims.unknown_claim"
    kind = RefusalKind.UNKNOWN


class NotAMember(Refusal):
    """Only a registered, active member claims; the community registers newcomers."""

    code = "claims.not_a_member"
    kind = RefusalKind.FORBIDDEN


class NoPlaceLeft(Refusal):
    """Every place was taken before this claim was served (刚被认领)."""

    code = "claims.no_place_left"


class NoLongerOffered(Refusal):
    """The wish was withdrawn or is fulfilled."""

    code = "claims.no_longer_offered"


class AlreadyYours(Refusal):
    """The member holds a place on this wish already."""

    code = "claims.already_yours"


class TooManyOpenClaims(Refusal):
    """The member holds as many open claims as the area allows."""

    code = "claims.too_many_open_claims"
    kind = RefusalKind.LIMITED


class NoLongerYours(Refusal):
    """The claim has ended; whom to call is shown to the current claimant only."""

    code = "claims.no_longer_yours"
    kind = RefusalKind.FORBIDDEN


class TooLateToUndo(Refusal):
    """The minutes for undoing are over; the claim can still be returned."""

    code = "claims.too_late_to_undo"


class DoerCannotConfirm(Refusal):
    """The doer never confirms their own work."""

    code = "claims.doer_cannot_confirm"
    kind = RefusalKind.FORBIDDEN


class WrongConfirmationCode(Refusal):
    """The two codes do not belong together."""

    code = "claims.wrong_confirmation_code"
    kind = RefusalKind.FORBIDDEN


class NothingDelivered(Refusal):
    """The codes are right, but nobody has said of this wish that it is done."""

    code = "claims.nothing_delivered"


class TooManyTries(Refusal):
    """Too many wrong confirmation codes; the community can confirm instead."""

    code = "claims.too_many_tries"
    kind = RefusalKind.LIMITED


class UnusableSatisfaction(Refusal):
    """Satisfaction has five levels, 1 to 5."""

    code = "claims.unusable_satisfaction"
    kind = RefusalKind.INVALID


class ReasonNeeded(Refusal):
    """A report of something not done is given with a reason."""

    code = "claims.reason_needed"
    kind = RefusalKind.INVALID


class UnusableText(Refusal):
    """A note or reason is longer than `limit` characters, or holds what nobody can type."""

    code = "claims.unusable_text"
    kind = RefusalKind.INVALID


class UnknownState(Refusal):
    """A list was asked for by a state that does not exist."""

    code = "claims.unknown_state"
    kind = RefusalKind.INVALID
