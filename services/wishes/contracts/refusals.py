"""The ways in which wishes says no; the sentences are in words.toml."""

from services.chassis.refusals import Refusal, RefusalKind

__all__ = [
    "AlreadyClaimed",
    "BatchCannotBeUndone",
    "CampaignOver",
    "CardUsed",
    "CategoryNeeded",
    "CeilingReasonNeeded",
    "DepartmentMissing",
    "EvidenceTooLarge",
    "HardshipNeeded",
    "NameMissing",
    "NotAReleaseArea",
    "NotCollecting",
    "NotOnRoster",
    "NotReferred",
    "PeriodNotBegun",
    "PersonalDataInReason",
    "PersonalDataInTitle",
    "PhoneNeeded",
    "QuotaSpent",
    "ReasonNeeded",
    "SheetTooLong",
    "TextTooLong",
    "TitleMissing",
    "TitleTooLong",
    "TooManyTries",
    "TooManyWishes",
    "TooMuchEvidence",
    "UnknownArea",
    "UnknownCampaign",
    "UnknownCard",
    "UnknownCommunity",
    "UnknownEvidence",
    "UnknownReporter",
    "UnknownWish",
    "UnreadableSheet",
    "UnusableAmount",
    "UnusableDates",
    "UnusableDoor",
    "UnusableEvidence",
    "UnusableGender",
    "UnusablePeriod",
    "UnusablePhone",
    "UnusableQuota",
]


class UnknownWish(Refusal):
    """There is no such wish, or not for this caller; a wrong code and a wrong ending answer the same."""

    code = "wishes.unknown_wish"
    kind = RefusalKind.UNKNOWN


class UnknownCommunity(Refusal):
    """There is no such community, or it is no place in which residents live."""

    code = "wishes.unknown_community"
    kind = RefusalKind.UNKNOWN


class TitleTooLong(Refusal):
    """The summary passes 40 characters (000)."""

    code = "wishes.title_too_long"
    kind = RefusalKind.INVALID


class TitleMissing(Refusal):
    """The wish says nothing."""

    code = "wishes.title_missing"
    kind = RefusalKind.INVALID


class UnusablePhone(Refusal):
    """The phone number is not one that can be reached."""

    code = "wishes.unusable_phone"
    kind = RefusalKind.INVALID


class UnusableAmount(Refusal):
    """A number (value, places, days) is outside what is possible."""

    code = "wishes.unusable_amount"
    kind = RefusalKind.INVALID


class PersonalDataInTitle(Refusal):
    """What the public reads holds a phone number, an identity number or the resident's own name."""

    code = "wishes.personal_data_in_title"
    kind = RefusalKind.INVALID


class CeilingReasonNeeded(Refusal):
    """The value passes the ceiling; the screener is asked for a reason (001: 300 yuan)."""

    code = "wishes.ceiling_reason_needed"


class CategoryNeeded(Refusal):
    """A wish is accepted with its category."""

    code = "wishes.category_needed"
    kind = RefusalKind.INVALID


class ReasonNeeded(Refusal):
    """A no is always given with a reason."""

    code = "wishes.reason_needed"
    kind = RefusalKind.INVALID


class AlreadyClaimed(Refusal):
    """Somebody has claimed the wish; the community can still withdraw it."""

    code = "wishes.already_claimed"


class UnusablePeriod(Refusal):
    """A period is written YYYY-MM."""

    code = "wishes.unusable_period"
    kind = RefusalKind.INVALID


class UnreadableSheet(Refusal):
    """The file is no sheet we can read, or its form is not recognised; `reason` is the code that says why."""

    code = "wishes.unreadable_sheet"
    kind = RefusalKind.INVALID


class BatchCannotBeUndone(Refusal):
    """The batch is unknown, already undone, or one of its wishes has been screened.

    `why` is unknown, undone or moved.
    """

    code = "wishes.batch_cannot_be_undone"


class TooManyTries(Refusal):
    """Too many wrong codes from here; try later or ask the community."""

    code = "wishes.too_many_tries"
    kind = RefusalKind.LIMITED


class TooManyWishes(Refusal):
    """So many wishes were said online from here or in this community that more would be a flood."""

    code = "wishes.too_many_wishes"
    kind = RefusalKind.LIMITED


class UnknownArea(Refusal):
    """There is no such area."""

    code = "wishes.unknown_area"
    kind = RefusalKind.UNKNOWN


class NotAReleaseArea(Refusal):
    """The area has no release rule of its own: its wishes go up with the area above it."""

    code = "wishes.not_a_release_area"


class PeriodNotBegun(Refusal):
    """A month that has not begun is not released: it would be missing its wishes."""

    code = "wishes.period_not_begun"
    kind = RefusalKind.INVALID


class PhoneNeeded(Refusal):
    """A resident without an account is reached, and tracks the wish, by phone."""

    code = "wishes.phone_needed"
    kind = RefusalKind.INVALID


class NameMissing(Refusal):
    """Nobody is named as the one who wishes."""

    code = "wishes.name_missing"
    kind = RefusalKind.INVALID


class TextTooLong(Refusal):
    """A text passes the characters there are for it."""

    code = "wishes.text_too_long"
    kind = RefusalKind.INVALID


class UnusableGender(Refusal):
    """The gender is neither of those that the official forms know."""

    code = "wishes.unusable_gender"
    kind = RefusalKind.INVALID


class UnusableDoor(Refusal):
    """A worker enters what came by visit, call, chat, card or at the counter."""

    code = "wishes.unusable_door"
    kind = RefusalKind.INVALID


class PersonalDataInReason(Refusal):
    """The reason, which others read, holds a phone number or an identity number."""

    code = "wishes.personal_data_in_reason"
    kind = RefusalKind.INVALID


class SheetTooLong(Refusal):
    """The sheet has more rows than are imported at once."""

    code = "wishes.sheet_too_long"
    kind = RefusalKind.INVALID


class HardshipNeeded(Refusal):
    """Somebody is on the roster for a reason: at least one kind of hardship."""

    code = "wishes.hardship_needed"
    kind = RefusalKind.INVALID


class NotOnRoster(Refusal):
    """There is no such resident on the roster."""

    code = "wishes.not_on_roster"
    kind = RefusalKind.UNKNOWN


class UnknownCampaign(Refusal):
    """There is no such campaign, or it does not run in this area."""

    code = "wishes.unknown_campaign"
    kind = RefusalKind.UNKNOWN


class UnusableDates(Refusal):
    """The stages of a campaign follow each other, and one that has begun keeps its first day."""

    code = "wishes.unusable_dates"
    kind = RefusalKind.INVALID


class UnusableQuota(Refusal):
    """A quota asks for at least 0 and at most as many as it allows."""

    code = "wishes.unusable_quota"
    kind = RefusalKind.INVALID


class UnknownReporter(Refusal):
    """The campaign has no such reporting unit."""

    code = "wishes.unknown_reporter"
    kind = RefusalKind.UNKNOWN


class QuotaSpent(Refusal):
    """The reporting unit has handed in as many wishes as the campaign takes from it (000)."""

    code = "wishes.quota_spent"


class NotCollecting(Refusal):
    """The campaign takes wishes in its stage of collecting only (000 三（一）)."""

    code = "wishes.not_collecting"


class CampaignOver(Refusal):
    """The campaign is over or called off; nothing of it changes any more."""

    code = "wishes.campaign_over"


class DepartmentMissing(Refusal):
    """A referral names the department."""

    code = "wishes.department_missing"
    kind = RefusalKind.INVALID


class NotReferred(Refusal):
    """The wish lies with no department."""

    code = "wishes.not_referred"


class UnknownEvidence(Refusal):
    """There is no such paper, or it was kept long enough."""

    code = "wishes.unknown_evidence"
    kind = RefusalKind.UNKNOWN


class UnusableEvidence(Refusal):
    """The file is empty or none of the kinds that are kept."""

    code = "wishes.unusable_evidence"
    kind = RefusalKind.INVALID


class EvidenceTooLarge(Refusal):
    """The file is larger than is kept."""

    code = "wishes.evidence_too_large"
    kind = RefusalKind.INVALID


class TooMuchEvidence(Refusal):
    """A wish has a few papers, not an archive."""

    code = "wishes.too_much_evidence"


class UnknownCard(Refusal):
    """No card with this code was printed for this community."""

    code = "wishes.unknown_card"
    kind = RefusalKind.UNKNOWN


class CardUsed(Refusal):
    """The card has been entered already; its code opens the wish written on it."""

    code = "wishes.card_used"
