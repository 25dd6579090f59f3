"""What deeds are worth and what points lead to."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.contracts import new_id
from services.chassis.refusals import Malformed
from services.points.contracts import (
    CorrectionState,
    Deed,
    ListEntries,
    ListFeedback,
    MyCard,
    NominationState,
    NoticeState,
    RuleView,
    Threshold,
)
from services.points.domain import (
    CORRECTION_LIFECYCLE,
    NOMINATION_LIFECYCLE,
    NOTICE_LIFECYCLE,
    Marks,
    NoticeAction,
    area_above,
    deeds_in,
    instants_of,
    is_readable,
    may_count,
    still_holding,
)
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


# -- what people decide


@pytest.mark.parametrize(
    ("points", "change", "is_usable"),
    [(5, 0, False), (5, -5, True), (5, -6, False), (5, 95, True), (5, 96, False), (0, 1, True)],
)
def test_a_deed_counts_for_nothing_up_to_the_most_however_it_is_corrected(
    points: int, change: int, is_usable: bool
) -> None:
    assert may_count(points, change) is is_usable


@given(st.integers(0, 100), st.lists(st.integers(-120, 120), max_size=20))
def test_corrections_in_any_number_leave_a_deed_within_its_bounds(points: int, changes: list[int]) -> None:
    for change in changes:
        if may_count(points, change):
            points += change
    assert 0 <= points <= 100


@pytest.mark.parametrize(
    ("path", "above"), [("/a/b/c/", "/a/b/"), ("/a/b/", "/a/"), ("/a/", "/a/"), ("/", "/")]
)
def test_above_an_area_lies_another_and_above_the_city_itself(path: str, above: str) -> None:
    assert area_above(path) == above


def test_what_is_decided_is_final() -> None:
    assert CORRECTION_LIFECYCLE.final_states == {CorrectionState.APPROVED, CorrectionState.REJECTED}
    assert NOMINATION_LIFECYCLE.final_states == {NominationState.APPROVED, NominationState.DECLINED}
    assert NOTICE_LIFECYCLE.final_states == {NoticeState.UPHELD, NoticeState.WITHDRAWN}


def test_a_notice_is_upheld_only_after_an_objection() -> None:
    assert not NOTICE_LIFECYCLE.allows(NoticeState.SENT, NoticeAction.UPHOLD)
    assert NOTICE_LIFECYCLE.allows(NoticeState.SENT, NoticeAction.WITHDRAW)
