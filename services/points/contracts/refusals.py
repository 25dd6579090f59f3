"""Why points says no."""

from services.chassis.refusals import Refusal, RefusalKind

__all__ = [
    "AlreadyNominated",
    "AlreadyReplied",
    "CorrectionPending",
    "DutyInThePast",
    "EntryIsCorrection",
    "NotOutstanding",
    "OwnMatter",
    "RankingIsOff",
    "ReasonMissing",
    "ReplyMissing",
    "RuleInThePast",
    "SecondPersonNeeded",
    "TooManyCirculations",
    "UnknownArea",
    "UnknownCorrection",
    "UnknownEntry",
    "UnknownNomination",
    "UnknownNotice",
    "UnknownRecognition",
    "UnknownReport",
    "UnusableCorrection",
    "UnusableDay",
    "UnusableNumber",
    "UnusablePoints",
    "UnusableReason",
    "UnusableReply",
]


class UnknownReport(Refusal):
    """There is no such report, or it is another unit's."""

    code = "points.unknown_report"
    kind = RefusalKind.UNKNOWN


class AlreadyReplied(Refusal):
    """The report has its reply."""

    code = "points.already_replied"


class ReplyMissing(Refusal):
    """A reply says something."""

    code = "points.reply_missing"
    kind = RefusalKind.INVALID


class UnusableReply(Refusal):
    """A reply has at most 2,000 characters, none of them a control character."""

    code = "points.unusable_reply"
    kind = RefusalKind.INVALID


class RuleInThePast(Refusal):
    """A rule holds from today or later; what was earned stays as it was."""

    code = "points.rule_in_the_past"
    kind = RefusalKind.INVALID


class UnusablePoints(Refusal):
    """Points of a rule lie between 0 and 100."""

    code = "points.unusable_points"
    kind = RefusalKind.INVALID


class UnknownArea(Refusal):
    """There is no such area."""

    code = "points.unknown_area"
    kind = RefusalKind.UNKNOWN


class ReasonMissing(Refusal):
    """A decision or proposal about somebody's points gives its reason."""

    code = "points.reason_missing"
    kind = RefusalKind.INVALID


class UnusableReason(Refusal):
    """A reason has at most so many characters, none of them a control character."""

    code = "points.unusable_reason"
    kind = RefusalKind.INVALID


class SecondPersonNeeded(Refusal):
    """Whoever proposed or objected does not decide; somebody else does."""

    code = "points.second_person_needed"
    kind = RefusalKind.FORBIDDEN


class OwnMatter(Refusal):
    """Nobody proposes or decides about their own points, recognition or notice."""

    code = "points.own_matter"
    kind = RefusalKind.FORBIDDEN


class UnknownEntry(Refusal):
    """There is no such entry in the ledger."""

    code = "points.unknown_entry"
    kind = RefusalKind.UNKNOWN


class EntryIsCorrection(Refusal):
    """A correction is not corrected; the entry it names is."""

    code = "points.entry_is_correction"
    kind = RefusalKind.INVALID


class UnusableCorrection(Refusal):
    """A correction changes something, and the deed counts for 0 to 100 points afterwards."""

    code = "points.unusable_correction"
    kind = RefusalKind.INVALID


class CorrectionPending(Refusal):
    """A correction of this entry waits for its decision already."""

    code = "points.correction_pending"


class UnknownCorrection(Refusal):
    """There is no such correction."""

    code = "points.unknown_correction"
    kind = RefusalKind.UNKNOWN


class UnknownRecognition(Refusal):
    """There is no such recognition."""

    code = "points.unknown_recognition"
    kind = RefusalKind.UNKNOWN


class NotOutstanding(Refusal):
    """Only who reached the mark for outstanding is proposed for commendation."""

    code = "points.not_outstanding"


class AlreadyNominated(Refusal):
    """A member is proposed once a year, and it is decided once."""

    code = "points.already_nominated"


class UnknownNomination(Refusal):
    """There is no such proposal."""

    code = "points.unknown_nomination"
    kind = RefusalKind.UNKNOWN


class DutyInThePast(Refusal):
    """What is expected is set from today on; what was expected before stays."""

    code = "points.duty_in_the_past"
    kind = RefusalKind.INVALID


class UnusableNumber(Refusal):
    """What is expected lies between 0 and 100, and days of reply between 1 and 100."""

    code = "points.unusable_number"
    kind = RefusalKind.INVALID


class UnknownNotice(Refusal):
    """There is no such notice, or it is another's."""

    code = "points.unknown_notice"
    kind = RefusalKind.UNKNOWN


class RankingIsOff(Refusal):
    """The area has not turned rankings on (国办函〔2026〕12号)."""

    code = "points.ranking_is_off"


class UnusableDay(Refusal):
    """A report is circulated between the day it was issued and today."""

    code = "points.unusable_day"
    kind = RefusalKind.INVALID


class TooManyCirculations(Refusal):
    """A report's circulation is noted a few times, not without end."""

    code = "points.too_many_circulations"
    kind = RefusalKind.LIMITED
