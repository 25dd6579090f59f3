"""What deeds are worth and lead to, what is expected, who decides: the rules, without tables or clocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from services.chassis.lifecycle import Lifecycle
from services.claims.contracts import ClaimMade, FulfilmentConfirmed
from services.points.contracts import (
    CorrectionState,
    Deed,
    DutyKind,
    DutyView,
    NominationState,
    NoticeState,
    RuleView,
    Threshold,
)
from services.wishes.contracts import Urgency, WishKind

DEED_OF = {
    WishKind.GOODS: Deed.GOODS_WISH,
    WishKind.SERVICE: Deed.SERVICE_WISH,
    WishKind.SPIRIT: Deed.SPIRIT_WISH,
}

UNDONE = "undone"
"""How a claim ended that was taken back within minutes: it counts as never made."""

GIVEN_UP = (UNDONE, "returned", "lapsed", "not_done")
"""How a claim ended that meets no obligation; one that the resident withdrew is nobody's fault and does."""

MOST_POINTS = 100
LONGEST_REPLY = 2_000
LONGEST_REASON = 500
MOST_EXPECTED = 100
MOST_CIRCULATIONS = 20

STREET = "street"
"""The kind of area that is to submit wishes (各镇、办事处, 000)."""

Setting = TypeVar("Setting", RuleView, DutyView)


def deeds_in(kind: WishKind, urgency: Urgency) -> list[Deed]:
    """Return the deeds in one fulfilled wish: one for its kind, and one more when it could not wait."""
    return [DEED_OF[kind]] + ([Deed.URGENT_WISH] if urgency is Urgency.URGENT else [])


def who_took_part(told: ClaimMade | FulfilmentConfirmed) -> tuple[UUID, ...]:
    """Return the members behind a claim: all who took it on together, or the one who answers for it."""
    alone = (told.member_id,) if told.member_id else ()
    return told.people or alone


@dataclass(frozen=True)
class Marks:
    """How many points of a year lead to what in one community (seed 004: 20 and 30; the third is ours)."""

    letter: int
    star: int
    outstanding: int

    def reached_with(self, points: int) -> list[Threshold]:
        """Return every threshold that `points` reach; a large step may pass several at once."""
        return [threshold for threshold, mark in self._in_order() if points >= mark]

    def next_after(self, points: int) -> tuple[Threshold | None, int]:
        """Return the nearest threshold not reached and the points missing; None and 0 after the last."""
        for threshold, mark in self._in_order():
            if points < mark:
                return threshold, mark - points
        return None, 0

    def _in_order(self) -> list[tuple[Threshold, int]]:
        marks = (
            (Threshold.LETTER, self.letter),
            (Threshold.STAR, self.star),
            (Threshold.OUTSTANDING, self.outstanding),
        )
        return sorted(marks, key=lambda pair: pair[1])


def instants_of(starts_on: date, ends_on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instant at which the first of these local days begins, and that which ends the last."""
    after = ends_on + timedelta(days=1)
    return datetime.combine(starts_on, time(), zone), datetime.combine(after, time(), zone)


def still_holding(settings: Iterable[Setting], today: date) -> list[Setting]:
    """Return what holds today or will; of each area and subject the past keeps only its newest.

    `settings` come with the newest `valid_from` first within each area.
    """
    seen: set[tuple[object, str]] = set()
    holding = []
    for setting in settings:
        about = setting.deed if isinstance(setting, RuleView) else setting.kind
        subject = (setting.area_id, about.value)
        if subject not in seen:
            holding.append(setting)
        if setting.valid_from <= today:
            seen.add(subject)
    return holding


def is_readable(text: str) -> bool:
    """Say whether `text` holds nothing but characters that can be shown, line breaks and tabs."""
    return all(character.isprintable() or character in "\n\r\t" for character in text)


# -- corrections


class CorrectionAction(StrEnum):
    """What can be done about a proposed correction."""

    APPROVE = "approve"
    REJECT = "reject"


CORRECTION_LIFECYCLE = Lifecycle(
    {
        (CorrectionState.PROPOSED, CorrectionAction.APPROVE): CorrectionState.APPROVED,
        (CorrectionState.PROPOSED, CorrectionAction.REJECT): CorrectionState.REJECTED,
    },
    starts=CorrectionState.PROPOSED,
)


def may_count(points: int, change: int) -> bool:
    """Say whether a deed that counts `points` may be changed so: to something else, within 0 and the most."""
    return change != 0 and 0 <= points + change <= MOST_POINTS


# -- who is outstanding


class NominationAction(StrEnum):
    """What can be done about the proposal of an outstanding member."""

    APPROVE = "approve"
    DECLINE = "decline"


NOMINATION_LIFECYCLE = Lifecycle(
    {
        (NominationState.PROPOSED, NominationAction.APPROVE): NominationState.APPROVED,
        (NominationState.PROPOSED, NominationAction.DECLINE): NominationState.DECLINED,
    },
    starts=NominationState.PROPOSED,
)


def area_above(path: str) -> str:
    """Return the path of the area above the one at `path`: /a/b/ → /a/; the city is its own."""
    above = path.rstrip("/").rpartition("/")[0] + "/"
    return above if above != "/" else path


# -- notices


class NoticeAction(StrEnum):
    """What can be done about a notice."""

    OBJECT = "object"
    UPHOLD = "uphold"
    WITHDRAW = "withdraw"


NOTICE_LIFECYCLE = Lifecycle(
    {
        (NoticeState.SENT, NoticeAction.OBJECT): NoticeState.OBJECTED,
        (NoticeState.SENT, NoticeAction.WITHDRAW): NoticeState.WITHDRAWN,
        (NoticeState.OBJECTED, NoticeAction.UPHOLD): NoticeState.UPHELD,
        (NoticeState.OBJECTED, NoticeAction.WITHDRAW): NoticeState.WITHDRAWN,
    },
    starts=NoticeState.SENT,
)

OBLIGATIONS = (
    DutyKind.MEMBER_WISHES,
    DutyKind.UNIT_PROJECTS,
    DutyKind.UNIT_WISHES,
    DutyKind.STREET_WISHES,
)
"""What is expected in a year and may be reminded of; the days of reply are reminded of at once."""

GRACE = timedelta(days=90)
"""Who came to the programme later than this before the end of a year is not reminded of that year."""


def year_bounds(year: int) -> tuple[date, date]:
    """Return the first and the last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)
