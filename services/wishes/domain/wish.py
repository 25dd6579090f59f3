"""The rules of a wish: its lifecycle, how it follows its offer, its words and amounts; pure."""

import re
import secrets
import unicodedata
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from services.chassis.calendar import PublicHolidays, first_day_of
from services.chassis.lifecycle import Lifecycle
from services.chassis.publishing import holds_number_of_a_person
from services.chassis.sheets import Reason, clean_name, clean_text, has_words, read_phone
from services.wishes.contracts import (
    Door,
    NameMissing,
    PersonalDataInReason,
    PersonalDataInTitle,
    ReasonNeeded,
    ResidentDetails,
    TextTooLong,
    TitleMissing,
    TitleTooLong,
    UnusableAmount,
    UnusableGender,
    UnusablePeriod,
    UnusablePhone,
    WishDetails,
)

# --- Lifecycle ---------------------------------------------------------------------------------------------


class WishState(StrEnum):
    """Where a wish stands."""

    SUBMITTED = "submitted"  # a screener decides by `due_on`; if they never do, it heads the queue, overdue
    RETURNED = "returned"  # the community amends it with the resident; else it stays, listed, until declined
    SCREENED = "screened"  # the release of its area puts it up; it waits for the next one, however late
    RELEASED = "released"  # somebody claims it; if nobody does, every release carries it over and it ages
    CLAIMED = "claimed"  # whoever claimed it makes it true; if they never do, claims lets the place lapse
    FULFILLED = "fulfilled"  # it came true, said by the resident or a second person; final
    REFERRED = "referred"  # a department answers by a day; if it never does, a screener takes the wish back
    SETTLED = "settled"  # a department did it itself; final
    DECLINED = "declined"  # a screener or a department said no, with a reason; final
    WITHDRAWN = "withdrawn"  # no longer wanted; final, unless it had come true before claims heard of it


class WishAction(StrEnum):
    """What moves a wish."""

    SUBMIT = "submit"  # the first move of every history; there is nothing before it
    ACCEPT = "accept"
    RETURN = "return"
    AMEND = "amend"
    DECLINE = "decline"
    RELEASE = "release"
    CLAIM = "claim"
    REOPEN = "reopen"
    FULFIL = "fulfil"
    WITHDRAW = "withdraw"
    REFER = "refer"
    TAKE_BACK = "take_back"  # the department gave it back, or kept silent too long
    SETTLE = "settle"  # the department did it
    UNDO = "undo"  # the import that brought it was taken back


WISH_LIFECYCLE = Lifecycle(
    {
        (WishState.SUBMITTED, WishAction.ACCEPT): WishState.SCREENED,
        (WishState.SUBMITTED, WishAction.RETURN): WishState.RETURNED,
        (WishState.SUBMITTED, WishAction.DECLINE): WishState.DECLINED,
        (WishState.SUBMITTED, WishAction.WITHDRAW): WishState.WITHDRAWN,
        (WishState.SUBMITTED, WishAction.UNDO): WishState.WITHDRAWN,
        (WishState.RETURNED, WishAction.AMEND): WishState.SUBMITTED,
        (WishState.RETURNED, WishAction.DECLINE): WishState.DECLINED,
        (WishState.RETURNED, WishAction.WITHDRAW): WishState.WITHDRAWN,
        # A screener may think again until the release.
        (WishState.SCREENED, WishAction.RETURN): WishState.RETURNED,
        (WishState.SCREENED, WishAction.DECLINE): WishState.DECLINED,
        (WishState.SCREENED, WishAction.WITHDRAW): WishState.WITHDRAWN,
        (WishState.SCREENED, WishAction.RELEASE): WishState.RELEASED,
        # Too big for one pair of hands (001: 可协调有关部门或社会爱心组织合力推动).
        (WishState.SUBMITTED, WishAction.REFER): WishState.REFERRED,
        (WishState.SCREENED, WishAction.REFER): WishState.REFERRED,
        (WishState.REFERRED, WishAction.TAKE_BACK): WishState.SUBMITTED,
        (WishState.REFERRED, WishAction.DECLINE): WishState.DECLINED,
        (WishState.REFERRED, WishAction.SETTLE): WishState.SETTLED,
        (WishState.REFERRED, WishAction.WITHDRAW): WishState.WITHDRAWN,
        (WishState.RELEASED, WishAction.CLAIM): WishState.CLAIMED,
        (WishState.RELEASED, WishAction.WITHDRAW): WishState.WITHDRAWN,
        (WishState.CLAIMED, WishAction.REOPEN): WishState.RELEASED,
        (WishState.CLAIMED, WishAction.FULFIL): WishState.FULFILLED,
        (WishState.CLAIMED, WishAction.WITHDRAW): WishState.WITHDRAWN,
        # Events of claims may overtake each other: the fulfilment is heard before the claim.
        (WishState.RELEASED, WishAction.FULFIL): WishState.FULFILLED,
        # It had been confirmed before claims heard that it was withdrawn. What was done stays done.
        (WishState.WITHDRAWN, WishAction.FULFIL): WishState.FULFILLED,
    },
    starts=WishState.SUBMITTED,
)

ON_THE_BOARD = frozenset({WishState.RELEASED, WishState.CLAIMED})
"""States of which claims knows, so that it is told of a withdrawal."""


# --- How a wish follows its offer --------------------------------------------------------------------------


class OfferState(StrEnum):
    """How the offer of a wish stands, as the events of claims say."""

    OPEN = "open"
    TAKEN = "taken"
    FULFILLED = "fulfilled"
    WITHDRAWN = "withdrawn"


_FOLLOWS = {
    OfferState.OPEN: (WishState.RELEASED, WishAction.REOPEN),
    OfferState.TAKEN: (WishState.CLAIMED, WishAction.CLAIM),
    OfferState.FULFILLED: (WishState.FULFILLED, WishAction.FULFIL),
    OfferState.WITHDRAWN: (WishState.WITHDRAWN, WishAction.WITHDRAW),
}


def step_to_follow(state: WishState, offer: OfferState) -> WishAction | None:
    """Return the move by which a wish in `state` follows its offer, or None when it stands so already.

    A wish withdrawn here stays withdrawn while claims does not know it yet; only a fulfilment is
    stronger. Raises `IllegalMove` for what cannot be, such as a claim on a wish never released.
    """
    goal, action = _FOLLOWS[offer]
    if state is goal or (state is WishState.WITHDRAWN and goal is not WishState.FULFILLED):
        return None
    WISH_LIFECYCLE.after(state, action)
    return action


# --- Words -------------------------------------------------------------------------------------------------

TITLE_LENGTH = 40
"""Characters that sum a wish up (000: 以 40 字左右简要概括)."""

_HAN_NAME = re.compile("[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]+(?:·[\u3400-\u9fff]+)+")
_UNIT_ENDING = re.compile(
    "(?:局|校|院|所|站|队|委|办|处|部|厂|店|镇|乡|村|社区|街道|公司|集团|中心|小学|中学|大学|[一二三四五六]中|"
    "幼儿园|银行|协会|商会|支部|委员会)$"
)


def clean_title(text: str, name: str = "") -> str:
    """Return the public summary as one line, fit for everyone to read.

    Raises `TitleMissing`, `TitleTooLong`, or `PersonalDataInTitle` when it holds a phone number, an identity
    number or the resident's own `name` (RELIABILITY: the public wish is a masked projection).
    """
    line = " ".join(clean_text(text).split())
    if not has_words(line):
        raise TitleMissing()
    if len(line) > TITLE_LENGTH:
        raise TitleTooLong(limit=TITLE_LENGTH, length=len(line))
    if holds_number_of_a_person(line) or (is_a_person(name) and name in line):
        raise PersonalDataInTitle()
    return line


def clean_skill(text: str | None) -> str | None:
    """Return the skill that a wish asks for, public as its title, or None.

    Raises `TextTooLong` or `PersonalDataInTitle`.
    """
    skill = clean_within(text or "", 40)
    if holds_number_of_a_person(skill):
        raise PersonalDataInTitle()
    return skill or None


def clean_reason(text: str) -> str:
    """Return the reason of a no; raise `ReasonNeeded`, `TextTooLong` or `PersonalDataInReason`."""
    reason = clean_within(text, 500)
    if not has_words(reason):
        raise ReasonNeeded()
    if holds_number_of_a_person(reason):
        raise PersonalDataInReason()
    return reason


def clean_within(text: str, limit: int) -> str:
    """Return the visible words of `text`; raise `TextTooLong` above `limit` characters."""
    cleaned = clean_text(text)
    if len(cleaned) > limit:
        raise TextTooLong(limit=limit, length=len(cleaned))
    return cleaned


def is_a_person(name: str) -> bool:
    """Say whether a name is a person's, not a unit's (000 has one column, 单位名称或个人姓名, for both)."""
    return _HAN_NAME.fullmatch(name) is not None and not (len(name) > 2 and _UNIT_ENDING.search(name))


# --- What somebody said, put in order ----------------------------------------------------------------------

LARGEST_VALUE = 1_000_000  # yuan
MOST_PLACES = 500
LONGEST_SERVICE = 366  # days
OLDEST = 130
GENDERS = ("男", "女")


def wish_in_order(said: WishDetails, name: str) -> WishDetails:
    """Return the wish of the resident `name` with clean texts, or raise what is wrong with it."""
    return msgspec.structs.replace(
        said,
        title=clean_title(said.title, name),
        details=clean_within(said.details, 2000),
        value=within("value", said.value, 0, LARGEST_VALUE),
        places=within("places", said.places, 1, MOST_PLACES),
        skill=clean_skill(said.skill),
    )


def resident_in_order(said: ResidentDetails, area_code: str | None) -> ResidentDetails:
    """Return the resident with a clean name and an E.164 phone, or raise what is wrong.

    `area_code` completes a local number; without it such a number is refused (FORMS.md: never guess).
    """
    name = clean_name(clean_within(said.name, 100))
    if not has_words(name):
        raise NameMissing()
    if said.gender not in (None, *GENDERS):
        raise UnusableGender()
    return msgspec.structs.replace(
        said,
        name=name,
        phone=_phone(said.phone, area_code),
        address=clean_within(said.address, 200),
        age=None if said.age is None else within("age", said.age, 0, OLDEST),
        hardship=tuple(dict.fromkeys(said.hardship)),
    )


def _phone(written: str | None, area_code: str | None) -> str | None:
    if not clean_text(written or ""):
        return None
    found = read_phone(written, area_code)
    if isinstance(found, Reason):
        raise UnusablePhone(reason=found.code)
    return found


# --- Amounts, days, periods --------------------------------------------------------------------------------


def within(field: str, amount: int, lowest: int, highest: int) -> int:
    """Return `amount`; raise `UnusableAmount` naming the field when it is not from `lowest` to `highest`."""
    if not lowest <= amount <= highest:
        raise UnusableAmount(field=field, lowest=lowest, highest=highest)
    return amount


class Advice(StrEnum):
    """What a screener may do with a wish that is too big for one person (001 六（一）)."""

    JOIN = "join"  # several claim it together, or a unit does
    REFER = "refer"  # a department


TIMES_TOO_BIG = 10
"""Ceilings beyond which nobody is expected to pool the money."""


def advice_on(value: int, ceiling: int) -> Advice | None:
    """Return what to do with a wish of `value` yuan where one person is asked for `ceiling` at most."""
    if value <= ceiling:
        return None
    return Advice.JOIN if value <= ceiling * TIMES_TOO_BIG else Advice.REFER


def screening_due_on(submitted_on: date, days: int, holidays: PublicHolidays) -> date:
    """Return the day `days` working days later; weekends and known public holidays do not count."""
    due_on = submitted_on
    while days:
        due_on += timedelta(days=1)
        days -= due_on.weekday() < 5 and not holidays.is_holiday(due_on)
    return due_on


def month_named(period: str) -> str:
    """Return `period` when it is a month such as 2026-12; raise `UnusablePeriod` otherwise."""
    try:
        first_day_of(period)
    except ValueError:
        raise UnusablePeriod() from None
    return period


# --- Codes -------------------------------------------------------------------------------------------------

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What a person can read aloud and copy: no 0 or O, no 1, I or L."""

CODE_LENGTH = 8


def fresh_code() -> str:
    """Return a new public code of a wish: 31^8, so that two alike are rare; the unique index referees."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def fresh_confirmation_code() -> str:
    """Return a new confirmation code of six digits."""
    return f"{secrets.randbelow(1_000_000):06}"


def code_as_typed(text: str) -> str:
    """Return a code as it was issued, from how somebody typed it: small letters, blanks, full-width."""
    typed = unicodedata.normalize("NFKC", text[:100]).upper()
    return "".join(character for character in typed if character.isascii() and character.isalnum())


# --- Doors -------------------------------------------------------------------------------------------------

DOORS_OF_WORKERS = frozenset({Door.VISIT, Door.CALL, Door.CHAT, Door.CARD, Door.COUNTER})
"""Ways in which a worker hears a wish; the others write their own door."""
