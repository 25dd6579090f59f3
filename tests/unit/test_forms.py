"""The forms of FORMS.md read from really dirty sheets, and written exactly."""

import re
import tomllib
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from services import chassis, directory, wishes
from services.chassis.sheets import (
    Cell,
    Form,
    FormReading,
    Reason,
    RowStatus,
    detect,
    fill_form,
    read_form,
    write_sheet,
)
from services.directory import forms as registers
from services.wishes import forms as wish_forms
from services.wishes.forms import (
    FORM_000,
    FORM_001_1,
    CollectedWish,
    Collector,
    Gender,
    RequestedWish,
    WishText,
    propose_title,
)
from tests.support.sheets import codes, csv_text, first_page, new_workbook, workbook_bytes, xls, xlsx

LOUDI = "0738"
ALL_FORMS: tuple[Form[Any, Any], ...] = (*wish_forms.FORMS, *registers.FORMS)
HEADER_001_1 = ["序号", "姓名", "性别", "年龄", "家庭住址", "心愿内容(清晰扼要)", "申领证明材料", "联系电话"]


def read_wishes(rows: list[list[Cell]], area_code: str | None = LOUDI) -> FormReading[RequestedWish, None]:
    return read_form(FORM_001_1, "征集表.xlsx", xlsx(rows), area_code)


def one_wish(**cells: Cell) -> list[list[Cell]]:
    row: dict[str, Cell] = {
        "name": "彭彤",
        "gender": "女",
        "age": 72,
        "address": "某某小区",
        "wish": "收音机",
        "proof": None,
    }
    row |= {"phone": "13800138000"} | cells
    return [[*HEADER_001_1], [1, *row.values()]]


# -- 001-1


def test_a_dirty_001_1_is_read_by_sheet_row_and_column() -> None:
    rows: list[list[Cell]] = [
        ["阳光社区“微心愿”活动需求征集表"],
        ["请各网格员于月底前报送", None, None, None, "（内部使用）"],
        [],
        [
            "序\n号",
            "联系\n电话",
            "姓 名",
            "性别",
            "年 龄",
            "心愿内容（清晰扼要）",
            "家庭住址",
            "申领证明材料(附后)",
        ],
        [1, 13800138000, "彭 彤", "女", "72岁", "想要一台收音机", "某某小区 3 栋", "低保证"],
        [2, "8312345", "阿依古丽·买买提", "女性", "5岁半", "=书包", "某某村", "无"],
        [],
        [3, "1380013800", "李四", "男", 40.0, "修水管", "", ""],
        [4, "", "王五", "不详", "70多", "理发", "", ""],
        [5, "13900139000", "", "男", 66, "", "", ""],
        [6, None, " ", None, None, "\u3000", None, None],
        [7],
        ["注：详细材料可附后"],
    ]
    reading = read_form(FORM_001_1, "征集表.xlsx", xlsx(rows, merged=("A1:H1", "A13:H13")), LOUDI)
    assert [(row.row, row.status) for row in reading.rows] == [
        (5, RowStatus.OK),
        (6, RowStatus.OK),
        (8, RowStatus.ERROR),
        (9, RowStatus.WARNING),
        (10, RowStatus.ERROR),
    ]
    assert reading.rows[0].values == RequestedWish(
        name="彭彤",
        gender=Gender.FEMALE,
        age=72,
        address="某某小区 3 栋",
        wish=WishText("想要一台收音机"),
        evidence="低保证",
        phone="+8613800138000",
    )
    second = reading.rows[1].values
    assert second is not None
    assert (second.name, second.age, second.evidence) == ("阿依古丽·买买提", 5, "")
    assert (second.wish, second.phone) == (WishText("=书包"), "+867388312345")
    assert codes(reading, 2) == [("联系电话", "sheets.phone_unreadable")]
    assert codes(reading, 3) == [
        ("性别", "sheets.gender_unreadable"),
        ("年龄", "sheets.age_unreadable"),
        ("联系电话", "sheets.missing"),
    ]
    assert codes(reading, 4) == [("姓名", "sheets.required"), ("心愿内容(清晰扼要)", "sheets.required")]
    assert reading.rows[4].values is None
    assert [(problem.reason_code, problem.arguments) for problem in reading.problems] == [
        ("sheets.remarks_left_out", {"where": "13"})
    ]


@pytest.mark.parametrize(
    ("file_name", "write"),
    [
        ("表.xlsx", xlsx),
        ("表.xls", xls),
        ("表.csv", lambda rows: csv_text(rows, "utf-8")),
        ("表.csv", lambda rows: csv_text(rows, "utf-8-sig")),
        ("表.csv", lambda rows: csv_text(rows, "gbk")),
    ],
)
def test_the_same_sheet_says_the_same_in_every_file_format(file_name: str, write: Any) -> None:
    rows = [["阳光社区征集表"], *one_wish(name="彭 彤", phone=13800138000, wish="=收音机")]
    reading = wish_forms.read(file_name, write(rows), None)
    values = reading.rows[0].values
    assert isinstance(values, RequestedWish)
    assert (values.name, values.phone, values.wish.title) == ("彭彤", "+8613800138000", "=收音机")
    assert (values.age, reading.rows[0].row) == (72, 3)


def test_a_long_wish_is_a_warning_with_a_title_cut_and_the_whole_text_kept() -> None:
    wish = "老人独居多年，家里的收音机坏了，希望有一台能听戏曲的收音机，最好声音大一些，按键也要大一些。"
    row = read_wishes(one_wish(wish=wish)).rows[0]
    assert row.status is RowStatus.WARNING
    assert [(problem.reason_code, problem.arguments) for problem in row.problems] == [
        ("sheets.too_long", {"limit": "40", "length": str(len(wish))})
    ]
    assert row.values is not None
    assert row.values.wish == WishText(
        "老人独居多年，家里的收音机坏了，希望有一台能听戏曲的收音机，最好声音大一些", wish
    )


def test_a_wish_of_exactly_forty_characters_is_a_title_as_it_stands() -> None:
    row = read_wishes(one_wish(wish="愿" * 40)).rows[0]
    assert row.status is RowStatus.OK
    assert row.values is not None
    assert row.values.wish == WishText("愿" * 40)


def test_a_wish_without_a_pause_is_cut_with_an_ellipsis() -> None:
    assert propose_title("愿" * 41) == "愿" * 39 + "…"


def test_a_wish_that_no_field_can_hold_is_an_error() -> None:
    reading = read_wishes(one_wish(wish="愿" * 2001))
    assert codes(reading) == [("心愿内容(清晰扼要)", "sheets.over_limit")]
    assert reading.rows[0].status is RowStatus.ERROR


@pytest.mark.parametrize("missing", ["name", "wish"])
def test_a_row_without_a_name_or_a_wish_is_not_imported(missing: str) -> None:
    row = read_wishes(one_wish(**{missing: "/"})).rows[0]
    assert (row.status, row.values, row.problems[0].reason_code) == (RowStatus.ERROR, None, "sheets.required")


def test_a_local_number_is_an_error_until_the_district_has_an_area_code() -> None:
    rows = one_wish(phone="8312345")
    assert codes(read_wishes(rows, area_code=None)) == [("联系电话", "sheets.phone_area_code_missing")]
    values = read_wishes(rows, area_code=LOUDI).rows[0].values
    assert values is not None
    assert values.phone == "+867388312345"


def test_no_name_and_no_number_is_repeated_in_what_is_said_about_a_row() -> None:
    reading = read_wishes(one_wish(name="9", phone="13800138000（彭彤）", age="彭彤", gender="彭彤"))
    said = " ".join(str(problem.arguments) for problem in reading.rows[0].problems)
    assert len(reading.rows[0].problems) == 4
    assert "彭" not in said
    assert "138" not in said


def test_a_family_merged_over_two_rows_has_two_wishes() -> None:
    rows = one_wish()
    rows.append([2, None, "女", None, None, "轮椅", None, None])
    content = xlsx(rows, merged=("B2:B3", "D2:D3", "E2:E3", "H2:H3"))
    found = [row.values for row in read_form(FORM_001_1, "表.xlsx", content, None).rows]
    assert [(value.name, value.wish.title, value.phone) for value in found if value] == [
        ("彭彤", "收音机", "+8613800138000"),
        ("彭彤", "轮椅", "+8613800138000"),
    ]


def test_columns_that_the_form_does_not_have_are_named_by_their_letter() -> None:
    rows = one_wish()
    rows[0] += ["困难类型", "联系方式"]
    problems = read_wishes(rows).problems
    assert [(problem.reason_code, problem.arguments) for problem in problems] == [
        ("sheets.column_unknown", {"where": "I"}),
        ("sheets.column_repeated", {"where": "J"}),
    ]


def test_other_tabs_with_a_table_are_named_and_not_read() -> None:
    workbook, first = new_workbook()
    first.append(["填表说明"])
    for name in ("甲村", "乙村"):
        page = workbook.create_sheet(name)
        for row in one_wish():
            page.append(row)
    content = workbook_bytes(workbook)
    reading = wish_forms.read("表.xlsx", content, None)
    assert (reading.form, len(reading.rows)) == ("001-1", 1)
    assert [(problem.reason_code, problem.arguments) for problem in reading.problems] == [
        ("sheets.tabs_left_out", {"where": "3"})
    ]


@pytest.mark.parametrize("foreign", ["圆梦党员", "圆梦党员姓名"])
def test_a_form_of_claimed_wishes_is_not_imported_again(foreign: str) -> None:
    rows = one_wish()
    rows[0].append(foreign)
    for reading in (wish_forms.read("表.xlsx", xlsx(rows), None), read_wishes(rows)):
        assert (reading.rows, reading.problems[0].reason_code) == ([], "sheets.other_form")
        assert reading.problems[0].is_error


def test_an_empty_form_says_that_nothing_is_filled_in() -> None:
    content = write_sheet(fill_form(FORM_001_1, []))
    reading = wish_forms.read("表.xlsx", content, None)
    assert [problem.reason_code for problem in reading.problems] == ["sheets.no_rows"]


# -- 000

ROWS_000: list[list[Cell]] = [
    ["序号", "单位名称或\n个人姓名", "微项目、微心愿\n（以40字左右简要概括）", "备注"],
    [1, "高新 一中", "修缮操场看台", "=紧急"],
    [2, "彭 彤", "", ""],
]


@pytest.mark.parametrize(
    "lines",
    [
        [["单位：高新区某某镇　填报人：李 四　联系电话：0738-8312345　填报日期：2022年6月10日"]],
        [["单位:高新区某某镇", None, "填报人:李四", "联系电话:8312345", "填报日期:2022.6.10"]],
        [["单 位：高新区某某镇填报人：李四联系电话：8312345填报日期：2022/6/10"]],
        [["单位", "高新区某某镇", "填报人", "李四"], ["联系电话", 8312345, "填报日期", "2022-06-10"]],
        [
            ["填报单位（盖章）： 高新区某某镇填报人：李四"],
            ["联系电话：8312345", "审核人：王五", "填报日期：20220610"],
        ],
    ],
)
def test_the_lines_above_000_are_read_in_one_cell_or_in_many(lines: list[list[Cell]]) -> None:
    content = xlsx([["高新区“您的心愿，我们的志愿”征集表"], *lines, *ROWS_000])
    reading = read_form(FORM_000, "征集表.xlsx", content, LOUDI)
    assert reading.above == Collector(
        unit="高新区某某镇", filled_by="李四", phone="+867388312345", filled_on=date(2022, 6, 10)
    )
    assert reading.problems == []


def test_a_000_is_read_with_its_rows() -> None:
    reading = wish_forms.read("征集表.xlsx", xlsx([["征集表"], *ROWS_000]), None)
    assert (reading.form, [(row.row, row.status) for row in reading.rows]) == (
        "000",
        [(3, RowStatus.OK), (4, RowStatus.ERROR)],
    )
    assert reading.rows[0].values == CollectedWish(
        name="高新一中", wish=WishText("修缮操场看台"), note="=紧急"
    )
    assert codes(reading, 1) == [("微项目、微心愿（以 40 字左右简要概括）", "sheets.required")]


def test_a_line_above_that_cannot_be_read_is_a_warning_of_the_file() -> None:
    lines: list[list[Cell]] = [["单位：　填报人：　联系电话：123　填报日期： 年 月 日"]]
    reading = read_form(FORM_000, "征集表.xlsx", xlsx([*lines, *ROWS_000]), LOUDI)
    assert reading.above == Collector(unit="", filled_by="", phone=None, filled_on=None)
    assert [(problem.column, problem.reason_code, problem.is_error) for problem in reading.problems] == [
        ("联系电话", "sheets.phone_unreadable", False)
    ]


# -- all forms


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.key)
def test_every_form_is_told_from_the_others_by_its_header(form: Form[Any, Any]) -> None:
    assert detect(ALL_FORMS, "表.xlsx", write_sheet(fill_form(form, []))) == form.key


def test_a_file_that_is_none_of_the_forms_is_a_problem() -> None:
    assert detect(ALL_FORMS, "表.csv", b"a,b\n1,2\n") == Reason("sheets.form_unknown")
    assert wish_forms.read("表.csv", b"a,b\n1,2\n", None).problems[0].reason_code == "sheets.form_unknown"
    assert wish_forms.read("表.csv", b"a,b\n1,2\n", None, form="001-1").form == "001-1"


def test_forms_000_and_001_1_are_written_to_the_letter() -> None:
    page = first_page(write_sheet(fill_form(FORM_000, [])))
    assert [page["A1"].value, page["A2"].value] == [
        "高新区“您的心愿，我们的志愿”征集表",
        "单位：\u3000填报人：\u3000联系电话：\u3000填报日期：",
    ]
    assert [cell.value for cell in page[3]] == [
        "序号",
        "单位名称或个人姓名",
        "微项目、微心愿（以 40 字左右简要概括）",
        "备注",
    ]
    page = first_page(write_sheet(fill_form(FORM_001_1, [])))
    assert page["A1"].value == "XX 社区（XX 村）“微心愿”活动需求征集表"
    assert [cell.value for cell in page[2]] == [
        "序号",
        "姓名",
        "性别",
        "年龄",
        "家庭住址",
        "心愿内容(清晰扼要)",
        "申领证明材料 (详细材料可附后)",
        "联系电话",
    ]
    assert [page.cell(row, 1).value for row in range(3, 9)] == [1, 2, 3, 4, 5, None]


def test_what_was_written_is_read_again_the_same() -> None:
    above = {"unit": "某某镇", "filled_by": "李四", "phone": "13800138000", "filled_on": "2022年6月10日"}
    rows: list[list[str | None]] = [["某某局", "=修缮看台", "备注"], ["彭彤", "收音机", None]]
    content = write_sheet(fill_form(FORM_000, rows, place="某某区", above=above))
    reading = read_form(FORM_000, "表.xlsx", content, None)
    assert [row.values for row in reading.rows] == [
        CollectedWish(name="某某局", wish=WishText("=修缮看台"), note="备注"),
        CollectedWish(name="彭彤", wish=WishText("收音机"), note=""),
    ]
    assert reading.above == Collector(
        unit="某某镇", filled_by="李四", phone="+8613800138000", filled_on=date(2022, 6, 10)
    )


def test_every_reason_has_its_sentence_in_both_languages() -> None:
    folders = [Path(room.__path__[0]) for room in (chassis, directory, wishes)]
    files = [
        *(folders[0] / "sheets").glob("*.py"),
        *(f for room in folders[1:] for f in room.glob("forms/*.py")),
    ]
    used = {code for file in files for code in re.findall(r'"(sheets\.[a-z_]+)"', file.read_text("utf-8"))}
    said = tomllib.loads((folders[0] / "words.toml").read_text("utf-8"))
    assert used == {code for code in said if code.startswith("sheets.")}
    for code in used:
        blanks = [
            {name for _, name, _, _ in Formatter().parse(said[code][language]) if name}
            for language in ("zh", "en")
        ]
        assert blanks[0] == blanks[1], code
