"""What deeds are worth a letter, a star or more: the rules of points, without tables or clocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.points.contracts import Deed, RuleView, Threshold
from services.wishes.contracts import Urgency, WishKind

DEED_OF = {
    WishKind.GOODS: Deed.GOODS_WISH,
    WishKind.SERVICE: Deed.SERVICE_WISH,
    WishKind.SPIRIT: Deed.SPIRIT_WISH,
}

UNDONE = "undone"
"""How a claim ended that was taken back within minutes: it counts as never made."""

MOST_POINTS = 100
LONGEST_REPLY = 2_000


def deeds_in(kind: WishKind, urgency: Urgency) -> list[Deed]:
    """Return the deeds in one fulfilled wish: one for its kind, and one more when it could not wait."""
    return [DEED_OF[kind]] + ([Deed.URGENT_WISH] if urgency is Urgency.URGENT else [])


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


def still_holding(rules: Iterable[RuleView], today: date) -> list[RuleView]:
    """Return the rules that hold today or will; of each area and deed the past keeps only its newest.

    `rules` come with the newest `valid_from` first within each area.
    """
    seen: set[tuple[object, Deed]] = set()
    holding = []
    for rule in rules:
        subject = (rule.area_id, rule.deed)
        if subject not in seen:
            holding.append(rule)
        if rule.valid_from <= today:
            seen.add(subject)
    return holding


def is_readable(text: str) -> bool:
    """Say whether `text` holds nothing but characters that can be shown, line breaks and tabs."""
    return all(character.isprintable() or character in "\n\r\t" for character in text)
