"""The ways in which wishes says no; the sentences are in words.toml."""

from services.chassis.refusals import Refusal, RefusalKind


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
    """The file is no sheet we can read, or its form is not recognised."""

    code = "wishes.unreadable_sheet"
    kind = RefusalKind.INVALID


class BatchCannotBeUndone(Refusal):
    """The batch is unknown, already undone, or one of its wishes has been screened."""

    code = "wishes.batch_cannot_be_undone"


class TooManyTries(Refusal):
    """Too many wrong codes from here; try later or ask the community."""

    code = "wishes.too_many_tries"
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
