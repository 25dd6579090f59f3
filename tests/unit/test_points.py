"""What deeds are worth and what points lead to."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.contracts import new_id
from services.chassis.refusals import Malformed
from services.points.contracts import Deed, ListEntries, ListFeedback, MyCard, RuleView, Threshold
from services.points.domain import Marks, deeds_in, instants_of, is_readable, still_holding
from services.wishes.contracts import Urgency, WishKind

MARKS = Marks(letter=20, star=30, outstanding=50)


@pytest.mark.parametrize(
    ("kind", "urgency", "deeds"),
    [
        (WishKind.GOODS, Urgency.ORDINARY, [Deed.GOODS_WISH]),
        (WishKind.SERVICE, Urgency.PRESSING, [Deed.SERVICE_WISH]),
        (WishKind.SPIRIT, Urgency.URGENT, [Deed.SPIRIT_WISH, Deed.URGENT_WISH]),
    ],
)
def test_a_wish_is_one_deed_and_one_more_when_it_could_not_wait(
    kind: WishKind, urgency: Urgency, deeds: list[Deed]
) -> None:
    assert deeds_in(kind, urgency) == deeds


@pytest.mark.parametrize(
    ("points", "reached", "threshold", "missing"),
    [
        (0, [], Threshold.LETTER, 20),
        (19, [], Threshold.LETTER, 1),
        (20, [Threshold.LETTER], Threshold.STAR, 10),
        (30, [Threshold.LETTER, Threshold.STAR], Threshold.OUTSTANDING, 20),
        (50, [Threshold.LETTER, Threshold.STAR, Threshold.OUTSTANDING], None, 0),
    ],
)
def test_twenty_points_make_a_letter_thirty_a_star(
    points: int, reached: list[Threshold], threshold: Threshold | None, missing: int
) -> None:
    assert MARKS.reached_with(points) == reached
    assert MARKS.next_after(points) == (threshold, missing)


@given(*[st.integers(1, 200)] * 4)
def test_a_threshold_is_either_reached_or_still_ahead(
    letter: int, star: int, outstanding: int, points: int
) -> None:
    marks = Marks(letter, star, outstanding)
    threshold, missing = marks.next_after(points)
    reached = marks.reached_with(points)
    assert (threshold is None) == (len(reached) == 3)
    if threshold:
        assert threshold not in reached
        assert threshold in marks.reached_with(points + missing)
        assert threshold not in marks.reached_with(points + missing - 1)


def test_a_half_year_begins_and_ends_at_midnight_in_shanghai() -> None:
    begins_at, over_at = instants_of(date(2026, 7, 1), date(2026, 12, 31), ZoneInfo("Asia/Shanghai"))
    assert begins_at == datetime(2026, 6, 30, 16, tzinfo=UTC)
    assert over_at == datetime(2026, 12, 31, 16, tzinfo=UTC)


def _rule(area_id: UUID | None, deed: Deed, valid_from: date, points: int = 5) -> RuleView:
    return RuleView(id=new_id(), area_id=area_id, deed=deed, points=points, valid_from=valid_from)


def test_of_rules_gone_by_only_the_newest_still_holds() -> None:
    area = new_id()
    coming, present, past = (
        _rule(area, Deed.GOODS_WISH, date(2026, month, 1), month) for month in (12, 6, 1)
    )
    other = _rule(area, Deed.SPIRIT_WISH, date(2026, 1, 1))
    default = _rule(None, Deed.GOODS_WISH, date(2000, 1, 1))
    rules = [coming, present, past, other, default]
    assert still_holding(rules, date(2026, 11, 7)) == [coming, present, other, default]
    assert still_holding(rules, date(2026, 12, 1)) == [coming, other, default]


@pytest.mark.parametrize("text", ["已收悉。\n我们会在单位内通报。", "Thank you, 3 of 5 took part."])
def test_a_reply_may_have_lines(text: str) -> None:
    assert is_readable(text)


@pytest.mark.parametrize("text", ["\x00", "a\x1b[31m", "\u202e", "\ud800"])
def test_a_reply_with_characters_that_cannot_be_shown_is_not_readable(text: str) -> None:
    assert not is_readable(text)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (MyCard, {"year": 10**12}),
        (ListEntries, {"below": "/zhoukou/\x00"}),
        (ListEntries, {"below": "zhoukou"}),
        (ListFeedback, {"below": "/", "period": "2026"}),
    ],
)
def test_a_question_without_sense_is_malformed(query: type, body: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        query.from_wire(body)  # type: ignore[attr-defined]
