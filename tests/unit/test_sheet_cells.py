"""Cells and phones: what is understood, what is refused, and that nothing is guessed."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.sheets import (
    Cell,
    Reason,
    clean_name,
    is_blank,
    phone_as_written,
    read_age,
    read_day,
    read_list,
    read_name,
    read_phone,
)
from tests.support.sheets import code_of

LOUDI = "0738"
MOBILE = "+8613800138000"
LANDLINE = "+867388312345"


# -- cells


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("彭 彤", "彭彤"),
        ("彭\u3000\u3000彤", "彭彤"),
        (" 彭\n彤 ", "彭彤"),
        ("彭\u200b彤\ufeff", "彭彤"),
        ("\ue863 \U00030edd", "\ue863\U00030edd"),
        ("Anna  Maria Li", "Anna Maria Li"),
        ("Ｌｉ Na", "Li Na"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽 • 买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("J. Smith", "J. Smith"),
        ("娄底市 第一小学（本部）", "娄底市第一小学（本部）"),
    ],
)
def test_a_name_is_cleaned_as_it_is_spoken(written: str, name: str) -> None:
    assert clean_name(written) == name


@pytest.mark.parametrize("cell", [72, "0315", "？", "——1", 1.5])
def test_a_cell_without_words_is_no_name(cell: Cell) -> None:
    assert code_of(read_name(cell)) == "sheets.no_words"


@pytest.mark.parametrize(
    "cell", [None, "", "  ", "\u3000", "\xa0\n", "无", " 无 ", "/", "—", "－－", "N/A", "暂无"]
)
def test_the_ways_to_write_nothing_are_nothing(cell: Cell) -> None:
    assert is_blank(cell)


@pytest.mark.parametrize("cell", [0, "0", "无锡", "没有手机", "A"])
def test_what_says_something_is_not_blank(cell: Cell) -> None:
    assert not is_blank(cell)


@pytest.mark.parametrize(
    ("cell", "age"),
    [
        (72, 72),
        (72.0, 72),
        (5.5, 5),
        ("72", 72),
        ("72岁", 72),
        ("７２ 周岁", 72),
        ("5岁半", 5),
        ("5岁3个月", 5),
        ("8个月", 0),
        ("18 个月", 1),
        ("半岁", 0),
        ("72.0", 72),
        (0, 0),
        (130, 130),
    ],
)
def test_an_age_is_read_in_whole_years(cell: Cell, age: int) -> None:
    assert read_age(cell) == age


@pytest.mark.parametrize(
    "cell", ["70多岁", "约70", "虚岁73", "1950-03-02", "6-7岁", "老", True, float("nan")]
)
def test_an_approximate_age_is_not_an_age(cell: Cell) -> None:
    assert code_of(read_age(cell)) == "sheets.age_unreadable"


@pytest.mark.parametrize("cell", [1950, -1, "131", 1950.0])
def test_an_age_nobody_reaches_is_refused(cell: Cell) -> None:
    assert read_age(cell) in (
        Reason("sheets.age_out_of_range", {"limit": "130"}),
        Reason("sheets.age_unreadable"),
    )


@pytest.mark.parametrize(
    "cell",
    [
        "2022年6月10日",
        "2022 年 6 月 10 日",
        "2022.6.10",
        "２０２２/６/１０",
        "2022-06-10T00:00:00",
        "2022-06-10 08:30",
        "20220610",
    ],
)
def test_a_day_is_read_as_offices_write_it(cell: Cell) -> None:
    assert read_day(cell) == date(2022, 6, 10)


@pytest.mark.parametrize("cell", ["2022年6月", "6月10日", "2022-02-30", 44722, "2022610", "0000-01-01"])
def test_an_incomplete_day_is_not_completed(cell: Cell) -> None:
    assert code_of(read_day(cell)) == "sheets.day_unreadable"


def test_a_list_in_one_cell_falls_into_its_items() -> None:
    assert read_list("水电维修、理发，法律;心理／ 英语 理发,无") == (
        "水电维修",
        "理发",
        "法律",
        "心理",
        "英语",
    )


# -- phones


@pytest.mark.parametrize(
    "cell",
    [
        13800138000,
        13800138000.0,
        "13800138000",
        "1.3800138000E10",
        "1.3800138000E+10",
        "13800138000.0",
        "１３８００１３８０００",
        "138 0013 8000",
        "138-0013-8000",
        "138—0013—8000",
        "138001 38000",
        "+86 138 0013 8000",
        "+8613800138000",
        "＋８６－13800138000",
        "0086-13800138000",
        "8613800138000",
        8613800138000.0,
        "(+86)13800138000",
        "013800138000",
        '="13800138000"',
        "'13800138000",
        "13800138000；",
        "手机：13800138000",
        "联系电话: 13800138000",
        "\u202a13800138000\u202c",
    ],
)
def test_a_mobile_number_is_read_however_it_is_written(cell: Cell) -> None:
    assert read_phone(cell, None) == MOBILE


@pytest.mark.parametrize(
    "cell",
    [
        "0738-8312345",
        "0738 8312345",
        "(0738)8312345",
        "（0738）831-2345",
        "738-8312345",
        7388312345.0,
        "07388312345",
        "+86 738 8312345",
        "+86-0738-8312345",
        "0086 0738 8312345",
        "86-738-8312345",
        "8607388312345",
    ],
)
def test_a_landline_is_read_with_or_without_the_zero_of_its_area(cell: Cell) -> None:
    assert read_phone(cell, None) == LANDLINE


@pytest.mark.parametrize("area_code", ["0738", "738", "０７３８"])
@pytest.mark.parametrize("cell", [8312345.0, "8312345", "831 2345", "831-2345"])
def test_a_local_number_is_completed_by_the_district(cell: Cell, area_code: str) -> None:
    assert read_phone(cell, area_code) == LANDLINE


def test_a_local_number_of_eight_digits_is_completed_too() -> None:
    assert read_phone("8123 4567", "021") == "+862181234567"


@pytest.mark.parametrize("area_code", [None, "", "0"])
def test_a_local_number_without_an_area_code_is_refused(area_code: str | None) -> None:
    assert code_of(read_phone("8312345", area_code)) == "sheets.phone_area_code_missing"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1380013800", "sheets.phone_unreadable"),  # a digit short, and no landline of area 138
        (1380013800.0, "sheets.phone_unreadable"),
        ("138001380000", "sheets.phone_unreadable"),
        ("12800138000", "sheets.phone_unreadable"),
        ("1381234", "sheets.phone_unreadable"),  # the beginning of a mobile number is no local number
        ("138****8000", "sheets.phone_unreadable"),
        ("8312345-8", "sheets.phone_unreadable"),  # an extension, not 83123458
        ("0738-8312345-801", "sheets.phone_unreadable"),
        ("12345", "sheets.phone_unreadable"),
        ("999", "sheets.phone_unreadable"),
        ("0738", "sheets.phone_unreadable"),
        (13800138000.5, "sheets.phone_unreadable"),
        (-13800138000, "sheets.phone_unreadable"),
        (True, "sheets.phone_unreadable"),
        (float("inf"), "sheets.phone_unreadable"),
        ("1.38E+10", "sheets.phone_digits_lost"),
        ("1.38001E+10", "sheets.phone_digits_lost"),
        ("13800138000/13900139000", "sheets.phone_several"),
        ("13800138000、0738-8312345", "sheets.phone_several"),
        ("13800138000 13900139000", "sheets.phone_several"),
        ("13800138000\n13900139000", "sheets.phone_several"),
        ("13800138000（儿子）", "sheets.phone_with_words"),
        ("同上", "sheets.phone_with_words"),
        ("0738-8312345转801", "sheets.phone_with_words"),
        ("", "sheets.missing"),
        (None, "sheets.missing"),
    ],
)
def test_a_number_that_is_not_certain_is_refused(cell: Cell, code: str) -> None:
    assert code_of(read_phone(cell, LOUDI)) == code


def test_a_number_abroad_needs_its_country() -> None:
    assert read_phone("+852 2123 4567", LOUDI) == "+85221234567"
    assert read_phone("00852-21234567", None) == "+85221234567"


@pytest.mark.parametrize(
    ("e164", "written"),
    [
        (MOBILE, "13800138000"),
        (LANDLINE, "0738-8312345"),
        ("+861081234567", "010-81234567"),
        ("+85221234567", "+85221234567"),
        ("+864001234567", "4001234567"),
    ],
)
def test_a_number_is_shown_on_forms_as_people_dial_it(e164: str, written: str) -> None:
    assert phone_as_written(e164) == written
    assert read_phone(written, None) == e164


PHONE_LIKE = st.text(alphabet="0123456789+-() .E/８６転a—", max_size=24)


@given(
    cell=st.one_of(PHONE_LIKE, st.integers(0, 10**14), st.floats()), area_code=st.sampled_from([None, "0738"])
)
def test_no_invalid_number_is_ever_returned(cell: Cell, area_code: str | None) -> None:
    found = read_phone(cell, area_code)
    if isinstance(found, str):
        number = phonenumbers.parse(found)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == found


@given(digits=st.from_regex(r"[0-9]{9,12}", fullmatch=True))
def test_no_digit_is_added_to_or_taken_from_a_number(digits: str) -> None:
    found = read_phone(digits, LOUDI)
    if isinstance(found, str):
        assert found.removeprefix("+").removeprefix("86") in (digits, digits[1:], digits[2:])
