"""The rules of a wish: its lifecycle, how it follows its offer, its words, codes and days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.calendar import PublicHolidays
from services.chassis.refusals import IllegalMove, Refusal
from services.wishes.contracts import (
    NameMissing,
    PersonalDataInReason,
    PersonalDataInTitle,
    ReasonNeeded,
    TextTooLong,
    TitleMissing,
    TitleTooLong,
    UnusableAmount,
    UnusableGender,
    UnusablePeriod,
    UnusablePhone,
)
from services.wishes.domain import (
    CODE_ALPHABET,
    WISH_LIFECYCLE,
    OfferState,
    WishAction,
    WishState,
    clean_reason,
    clean_title,
    clean_within,
    code_as_typed,
    fresh_code,
    fresh_confirmation_code,
    is_a_person,
    month_named,
    resident_in_order,
    screening_due_on,
    step_to_follow,
    wish_in_order,
)
from tests.support.wishes import a_resident, a_wish

# -- lifecycle


def test_every_state_can_be_reached_and_only_said_ends_are_final() -> None:
    reached = {WISH_LIFECYCLE.starts, *WISH_LIFECYCLE.moves.values()}
    assert reached == set(WishState)
    assert WISH_LIFECYCLE.final_states == {WishState.DECLINED, WishState.FULFILLED, WishState.SETTLED}


@pytest.mark.parametrize("state", [WishState.FULFILLED, WishState.DECLINED, WishState.SETTLED])
@pytest.mark.parametrize("action", list(WishAction))
def test_what_is_fulfilled_settled_or_declined_never_moves(state: WishState, action: WishAction) -> None:
    with pytest.raises(IllegalMove):
        WISH_LIFECYCLE.after(state, action)


def test_only_a_screened_wish_is_released() -> None:
    assert WISH_LIFECYCLE.states_for(WishAction.RELEASE) == [WishState.SCREENED]


def test_a_withdrawn_wish_moves_only_when_it_had_come_true() -> None:
    assert WISH_LIFECYCLE.actions_in(WishState.WITHDRAWN) == [WishAction.FULFIL]


# -- following an offer


@pytest.mark.parametrize(
    ("state", "offer", "action"),
    [
        (WishState.RELEASED, OfferState.OPEN, None),
        (WishState.RELEASED, OfferState.TAKEN, WishAction.CLAIM),
        (WishState.CLAIMED, OfferState.OPEN, WishAction.REOPEN),
        (WishState.CLAIMED, OfferState.FULFILLED, WishAction.FULFIL),
        (WishState.RELEASED, OfferState.FULFILLED, WishAction.FULFIL),
        (WishState.WITHDRAWN, OfferState.TAKEN, None),
        (WishState.WITHDRAWN, OfferState.OPEN, None),
        (WishState.WITHDRAWN, OfferState.FULFILLED, WishAction.FULFIL),
        (WishState.FULFILLED, OfferState.FULFILLED, None),
    ],
)
def test_a_wish_follows_its_offer(state: WishState, offer: OfferState, action: WishAction | None) -> None:
    assert step_to_follow(state, offer) is action


@pytest.mark.parametrize("state", [WishState.SUBMITTED, WishState.SCREENED, WishState.DECLINED])
def test_a_claim_on_a_wish_that_was_never_released_is_not_swallowed(state: WishState) -> None:
    with pytest.raises(IllegalMove):
        step_to_follow(state, OfferState.TAKEN)


# -- titles and reasons


@pytest.mark.parametrize(
    "title",
    [
        "想要一台收音机",
        "收音机：能听戏的",
        "=SUM(A1)是我的心愿",
        "2026-11-20前需要一辆轮椅",
        "给3个孩子买100本书，约1500-2000元",
        "希望有人陪我聊天" + "呀" * 32,
    ],
)
def test_a_fit_title_stays_as_it_is(title: str) -> None:
    assert clean_title(title, "彭桂兰") == title


def test_a_title_is_one_line_without_hidden_signs() -> None:
    assert clean_title("  想要\n一台\u200b收音机\x00 ") == "想要 一台收音机"


@pytest.mark.parametrize("title", ["", "   ", "\n", "123", "……"])
def test_a_title_that_says_nothing_is_refused(title: str) -> None:
    with pytest.raises(TitleMissing):
        clean_title(title)


def test_a_title_of_forty_one_characters_is_too_long() -> None:
    with pytest.raises(TitleTooLong) as refused:
        clean_title("愿" * 41)
    assert refused.value.arguments == {"limit": 40, "length": 41}


@pytest.mark.parametrize(
    "title",
    [
        "轮椅一辆，电话13812345678",
        "轮椅 138 1234 5678",
        "轮椅 138-1234-5678",
        "轮椅１３８１２３４５６７８",
        "轮椅，请打一三八一二三四五六七八",
        "轮椅 0394-8312345",
        "轮椅，座机8312345",
        "轮椅 身份证411602195003124527",
        "轮椅 41160219500312452X",
        "轮椅 411602 19500312 452x",
        "彭桂兰想要一台收音机",
    ],
)
def test_a_title_never_tells_the_public_who_it_is(title: str) -> None:
    with pytest.raises(PersonalDataInTitle):
        clean_title(title, "彭桂兰")


def test_a_unit_may_name_itself_in_its_title() -> None:
    assert clean_title("高新一中门前装一盏路灯", "高新一中")
    assert clean_title("银华社区居委会需要两把轮椅", "银华社区居委会")


@pytest.mark.parametrize(
    ("name", "is_person"),
    [
        ("彭桂兰", True),
        ("王芳", True),
        ("阿依古丽·买买提", True),
        ("民政局", False),
        ("高新一中", False),
        ("小桥街道", False),
        ("周口市川汇区人民医院", False),
    ],
)
def test_a_person_is_told_from_a_unit(name: str, is_person: bool) -> None:
    assert is_a_person(name) is is_person


@given(st.text(max_size=80))
def test_any_text_is_a_title_or_a_refusal(text: str) -> None:
    try:
        title = clean_title(text)
    except Refusal:
        return
    assert 1 <= len(title) <= 40
    assert clean_title(title) == title


@given(st.from_regex(r"[^0-9〇零一二三四五六七八九幺]{0,10}1[3-9][0-9]{9}[^0-9]{0,10}", fullmatch=True))
def test_no_mobile_number_ever_passes(text: str) -> None:
    with pytest.raises(Refusal):
        clean_title(text)


def test_a_no_has_a_reason_without_numbers_of_people() -> None:
    assert clean_reason(" 超出能力 ") == "超出能力"
    with pytest.raises(ReasonNeeded):
        clean_reason("  ")
    with pytest.raises(PersonalDataInReason):
        clean_reason("请打13812345678")
    with pytest.raises(TextTooLong):
        clean_reason("长" * 501)


def test_control_characters_vanish() -> None:
    assert clean_within("一\x07二\u202e三", 3) == "一二三"


# -- what was said, put in order


def test_a_resident_is_put_in_order() -> None:
    said = a_resident(name="彭 桂兰", phone=" 138-1234-5678 ", address=" 八一大道 12号 ", age=72, gender="女")
    resident = resident_in_order(said, None)
    assert (resident.name, resident.phone) == ("彭桂兰", "+8613812345678")
    assert resident.address == "八一大道 12号"


def test_a_local_number_is_completed_by_the_district_and_never_guessed() -> None:
    said = a_resident(phone="8312345")
    assert resident_in_order(said, "0394").phone == "+863948312345"
    with pytest.raises(UnusablePhone):
        resident_in_order(said, None)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_missing_phone_is_none(nothing: str | None) -> None:
    assert resident_in_order(a_resident(phone=nothing), None).phone is None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": ""}, NameMissing),
        ({"name": "123"}, NameMissing),
        ({"name": "彭" * 101}, TextTooLong),
        ({"phone": "12345"}, UnusablePhone),
        ({"phone": "13812345678、13912345678"}, UnusablePhone),
        ({"address": "路" * 201}, TextTooLong),
        ({"gender": "其他"}, UnusableGender),
        ({"age": -1}, UnusableAmount),
        ({"age": 131}, UnusableAmount),
    ],
)
def test_what_is_wrong_with_a_resident_is_refused(changes: dict[str, object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        resident_in_order(a_resident(**changes), "0394")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"value": -1}, UnusableAmount),
        ({"value": 1_000_001}, UnusableAmount),
        ({"places": 0}, UnusableAmount),
        ({"places": 501}, UnusableAmount),
        ({"details": "字" * 2001}, TextTooLong),
        ({"skill": "技" * 41}, TextTooLong),
        ({"skill": "电工13812345678"}, PersonalDataInTitle),
        ({"title": "彭桂兰的心愿"}, PersonalDataInTitle),
    ],
)
def test_what_is_wrong_with_a_wish_is_refused(changes: dict[str, object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        wish_in_order(a_wish(**changes), "彭桂兰")


# -- codes, days, months


def test_a_code_can_be_read_aloud_and_typed_back() -> None:
    codes = {fresh_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 8 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert not set(CODE_ALPHABET) & set("0O1IL")
    code = codes.pop()
    assert code_as_typed(f" {code[:4].lower()}-{code[4:]} ") == code


def test_a_confirmation_code_has_six_digits() -> None:
    assert all(len(code) == 6 and code.isdigit() for code in (fresh_confirmation_code() for _ in range(200)))


@pytest.mark.parametrize(
    ("submitted_on", "due_on"),
    [
        (date(2026, 11, 2), date(2026, 11, 9)),  # a Monday: the weekend does not count
        (date(2026, 11, 7), date(2026, 11, 13)),  # a Saturday
        (date(2026, 9, 29), date(2026, 10, 13)),  # over the National Day week, 1 to 7 October
    ],
)
def test_screening_is_due_after_five_working_days(submitted_on: date, due_on: date) -> None:
    assert screening_due_on(submitted_on, 5, PublicHolidays()) == due_on


def test_a_holiday_that_the_operator_entered_is_no_working_day() -> None:
    entered = PublicHolidays({date(2026, 11, 3): True})
    assert screening_due_on(date(2026, 11, 2), 5, entered) == date(2026, 11, 10)


@pytest.mark.parametrize("period", ["", "2026", "2026H1", "2026-13", "2026-1", "26-01", "2026-01 "])
def test_a_month_is_written_in_one_way(period: str) -> None:
    with pytest.raises(UnusablePeriod):
        month_named(period)
    assert month_named("2026-12") == "2026-12"
