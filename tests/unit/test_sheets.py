"""Files and tables: what is found in a dirty sheet, what is refused, and what is written for print."""

import io
import random
from datetime import date

import pytest
import xlsxwriter  # type: ignore[import-untyped, unused-ignore]
import xlwt
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font

from services.chassis.sheets import (
    Cell,
    Column,
    Form,
    Need,
    PhoneColumn,
    PrintedSheet,
    Reason,
    Sheet,
    SheetRow,
    Table,
    find_table,
    read_age,
    read_form,
    read_name,
    read_sheets,
    text_within,
    which_form,
    write_sheet,
)
from services.chassis.sheets.quarantine import uncalculated
from services.chassis.words import catalogue
from tests.support.sheets import code_of, codes, first_page, new_workbook, workbook_bytes, zipped

LOUDI = "0738"


def sheet_of(*rows: list[Cell]) -> Sheet:
    return Sheet([SheetRow(number, row) for number, row in enumerate(rows, start=1) if any(row)])


def rows_of(found: list[Sheet] | Reason) -> list[tuple[int, list[Cell]]]:
    assert not isinstance(found, Reason), found
    return [(row.number, row.cells) for row in found[0].rows]


PEOPLE: Form[dict[str, object], None] = Form(
    key="people",
    title="{place}名册",
    row=dict,
    above=lambda: None,
    foreign=("认领人",),
    columns=(
        Column(field="name", title="姓名", read=read_name, need=Need.REQUIRED),
        Column(field="wish", title="心愿内容(清晰扼要)", read=text_within(40), need=Need.REQUIRED),
        Column(field="age", title="年龄", read=read_age, blank=None, is_lenient=True),
        PhoneColumn(field="phone", title="联系电话", spellings=("联系方式",), blank=None),
    ),
)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["姓名", "心愿内容", "年龄", "联系电话", "序号", "注：", "单位：", "填报人", "单位名称"]),
)


# -- files


def test_an_xlsx_is_read_with_the_row_numbers_a_user_sees() -> None:
    workbook, page = new_workbook()
    page["B3"], page["B5"], page["C5"] = "标题", 13800138000, date(2022, 6, 10)
    page.merge_cells("B3:F3")
    page["G40"].font = Font(bold=True)  # formatted, empty
    assert rows_of(read_sheets("表.xlsx", workbook_bytes(workbook))) == [
        (3, [None, "标题"]),
        (5, [None, 13800138000.0, "2022-06-10"]),
    ]


def test_an_old_xls_is_read_even_when_it_is_called_xlsx() -> None:
    workbook = xlwt.Workbook(encoding="utf-8")
    page = workbook.add_sheet("一")
    page.write_merge(0, 0, 0, 1, "标题")
    page.write(2, 0, "彭 彤")
    page.write(2, 1, 13800138000)
    content = workbook_bytes(workbook)
    assert rows_of(read_sheets("表.xlsx", content)) == [
        (1, ["标题"]),
        (3, ["彭 彤", 13800138000.0]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_a_csv_is_read_in_the_encodings_of_offices(encoding: str, sign: str) -> None:
    text = f'姓名{sign}心愿\r\n\r\n彭彤{sign}"一台\r\n收音机"\r\n李四{sign}"{sign}"\r\n'
    assert rows_of(read_sheets("表.CSV", text.encode(encoding))) == [
        (1, ["姓名", "心愿"]),
        (3, ["彭彤", "一台\r\n收音机"]),
        (4, ["李四", sign]),
    ]


def test_hidden_and_empty_tabs_are_not_read_and_tabs_are_counted_as_a_user_sees_them() -> None:
    workbook, hidden = new_workbook()
    hidden["A1"], hidden.sheet_state = "选项", "hidden"
    workbook.create_sheet("空")
    workbook.create_sheet("表")["A1"] = "姓名"
    found = read_sheets("表.xlsx", workbook_bytes(workbook))
    assert isinstance(found, list)
    assert [(sheet.tab, sheet.rows[0].cells) for sheet in found] == [(2, ["姓名"])]


def test_a_cell_merged_downward_is_said_of_each_of_its_rows() -> None:
    workbook, page = new_workbook()
    for row in (["彭彤", "收音机"], [None, "轮椅"], ["李四", "书包"]):
        page.append(row)
    page.merge_cells("A1:A2")
    assert [cells for _, cells in rows_of(read_sheets("表.xlsx", workbook_bytes(workbook)))] == [
        ["彭彤", "收音机"],
        ["彭彤", "轮椅"],
        ["李四", "书包"],
    ]


@pytest.mark.parametrize(
    ("file_name", "content", "code"),
    [
        ("表.xlsx", b"", "sheets.file_empty"),
        ("表.csv", b" \r\n ", "sheets.file_empty"),
        ("表.csv", b",,,\r\n,,,\r\n", "sheets.file_empty"),
        ("表.csv", b"\xff\x00\xff\xff", "sheets.encoding_unknown"),
        ("表.pdf", b"%PDF-1.7", "sheets.file_kind_unknown"),
        ("表.xls", b"<html><table></table></html>", "sheets.file_kind_unknown"),
        ("表.docx", zipped(word=b"<x/>"), "sheets.file_kind_unknown"),
        ("表.xlsx", b"PK\x03\x04 and then nothing", "sheets.file_kind_unknown"),
        ("表.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "sheets.file_unreadable"),
        ("表.xlsx", zipped(**{"xl/worksheets/sheet1.xml": b"<"}), "sheets.file_unreadable"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_a_reason(file_name: str, content: bytes, code: str) -> None:
    assert code_of(read_sheets(file_name, content)) == code


def test_a_blank_left_in_the_last_cell_of_a_sheet_ends_nothing() -> None:
    workbook, page = new_workbook()
    page["A1"], page["XFD1048576"] = "姓名", " "
    assert code_of(read_sheets("表.xlsx", workbook_bytes(workbook))) == "sheets.file_unreadable"


def test_a_damaged_xls_ends_nothing() -> None:
    workbook = xlwt.Workbook()
    workbook.add_sheet("一").write(5, 5, "彭彤")
    content = workbook_bytes(workbook)
    dice = random.Random(7)
    for _ in range(10):
        damaged = bytearray(content)
        for _ in range(40):
            damaged[dice.randrange(512, len(damaged))] = dice.randrange(256)
        found = read_sheets("表.xls", bytes(damaged))
        assert isinstance(found, list | Reason)


# -- tables


def test_the_header_is_found_by_its_words_under_any_number_of_lines() -> None:
    sheet = sheet_of(
        ["阳光社区“微心愿”活动需求征集表"],
        ["单位：阳光社区", None, "填报人：某某"],
        [],
        ["联 系\n电 话", "心愿内容（清晰扼要）", "序 号", " 姓　名 ", "年龄(周岁)"],
        ["13800138000", "收音机", 1, "彭彤", 72],
        [None, None, 2, None, None],
        [None, "/", 3, " ", None],
    )
    table = find_table(sheet, PEOPLE)
    assert isinstance(table, Table)
    assert table.header_row == 4
    assert table.positions == {"phone": 0, "wish": 1, "name": 3, "age": 4}
    assert [row.number for row in table.above] == [1, 2]
    assert [row.number for row in table.rows] == [5]


def test_a_header_of_two_levels_is_read_as_one() -> None:
    sheet = sheet_of(
        ["姓名", "心愿", None, "联系电话"],
        ["姓名", "心愿内容", "数量", "联系电话"],  # merged downward, as the file reader gives it
        ["彭彤", "收音机", 1, "13800138000"],
    )
    table = find_table(sheet, PEOPLE)
    assert isinstance(table, Table)
    assert (table.header_row, table.positions["wish"], table.unknown) == (2, 1, (2,))
    assert [row.number for row in table.rows] == [3]


def test_a_header_printed_again_on_each_page_is_no_record() -> None:
    header: list[Cell] = ["序号", "姓名", "心愿内容"]
    table = find_table(sheet_of(header, [1, "彭彤", "收音机"], header, [2, "李四", "书包"]), PEOPLE)
    assert isinstance(table, Table)
    assert [row.number for row in table.rows] == [2, 4]


def test_notes_sums_and_signatures_are_set_aside_and_named() -> None:
    sheet = sheet_of(
        ["姓名", "心愿内容"],
        ["彭彤", "收音机"],
        ["注：此表一式三份"],
        ["合 计", 1],
        ["填报人：某某", "联系电话：13800138000"],
    )
    table = find_table(sheet, PEOPLE)
    assert isinstance(table, Table)
    assert [row.number for row in table.rows] == [2]
    assert [row.number for row in table.remarks] == [3, 4, 5]


def test_a_wish_that_looks_like_a_note_is_still_a_record() -> None:
    table = find_table(sheet_of(["心愿内容", "姓名"], ["收音机：能听戏的", "彭彤"]), PEOPLE)
    assert isinstance(table, Table)
    assert [row.number for row in table.rows] == [2]


def test_the_column_whose_name_fits_best_is_read_and_the_other_is_named() -> None:
    table = find_table(sheet_of(["联系方式", "姓名", "心愿内容", "联系电话"], ["1", "2", "3", "4"]), PEOPLE)
    assert isinstance(table, Table)
    assert (table.positions["phone"], table.repeated) == (3, (0,))


def test_a_missing_column_is_named_with_the_row_that_looks_like_the_header() -> None:
    reason = find_table(sheet_of(["名册"], ["姓名", "年龄", "联系电话"], ["彭彤", 72, ""]), PEOPLE)
    assert reason == Reason("sheets.column_missing", {"row": "2", "columns": "心愿内容(清晰扼要)"})


def test_a_sheet_without_a_header_says_what_a_header_needs() -> None:
    reason = find_table(sheet_of(["彭彤", "收音机"], ["李四", "书包"]), PEOPLE)
    assert reason == Reason("sheets.no_header", {"columns": "姓名、心愿内容(清晰扼要)"})


def test_a_sheet_of_another_form_is_refused() -> None:
    assert find_table(sheet_of(["姓名", "心愿内容", "认领人"]), PEOPLE) == Reason("sheets.other_form")


def test_two_forms_that_fit_equally_are_not_chosen_between() -> None:
    assert which_form(sheet_of(["姓名", "心愿内容"]), (PEOPLE, PEOPLE)) == Reason("sheets.form_unclear")
    assert which_form(sheet_of(["天气"]), (PEOPLE,)) == Reason("sheets.form_unknown")


@given(rows=st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_no_sheet_of_any_cells_raises(rows: list[list[Cell]]) -> None:
    sheet = sheet_of(["姓名", "心愿内容", "年龄", "联系电话"], *rows)
    assert isinstance(find_table(sheet, PEOPLE), Table)
    for row in rows:
        for column in PEOPLE.columns:
            for cell in row:
                column.understand(cell, LOUDI)
    find_table(sheet_of(*rows), PEOPLE)


@given(content=st.binary(max_size=200))
def test_no_text_file_of_any_bytes_raises(content: bytes) -> None:
    read_form(PEOPLE, "表.csv", content, LOUDI)


# -- writing


def test_what_a_user_typed_is_written_as_text() -> None:
    typed = ["=1+1", "+8", "@SUM(A1)", "http://example.com", "007", "{=1}", "a_x0041_b"]
    sheet = PrintedSheet(title="表", headings=("甲",), widths=(20,), rows=[[text] for text in typed])
    page = first_page(write_sheet(sheet))
    cells = [page.cell(row, 1) for row in range(3, 3 + len(typed))]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert not any(cell.hyperlink for cell in cells)
    assert [cells for _, cells in rows_of(read_sheets("表.xlsx", write_sheet(sheet)))[2:]] == [
        [text] for text in typed
    ]


def test_form_001_3_is_written_to_the_letter() -> None:
    headings = (
        *("序号", "姓名", "性别", "年龄", "家庭住址", "心愿内容 (清晰扼要)"),
        *("申领证明材料", "联系电话", "圆梦党员", "联系方式"),
    )
    note = "注：此表一式两份，由社区（村）汇总填写，一份存留社区，另一份逐级汇总上报。"
    sheet = PrintedSheet(
        title="阳光社区“微心愿”活动落实情况汇总表",
        lines_above=("报送人： 报送单位： 联系方式： 填表时间： 年 月 日",),
        headings=headings,
        widths=(6, 12, 6, 6, 28, 36, 20, 15, 12, 15),
        rows=[[1, "彭彤", "女", 72, "某某小区", "收音机", None, "13800138000", "李四", "13900139000"]],
        note=note,
    )
    page = first_page(write_sheet(sheet))
    assert page["A1"].value == sheet.title
    assert page["A2"].value == sheet.lines_above[0]
    assert tuple(cell.value for cell in page[3]) == headings
    assert [cell.value for cell in page[4]] == sheet.rows[0]
    assert page["A5"].value == note
    assert {str(area) for area in page.merged_cells.ranges} == {"A1:J1", "A2:J2", "A5:J5"}
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.print_title_rows == "$3:$3"


# -- formulas


def a_workbook_with_formulas() -> bytes:
    workbook, page = new_workbook()
    page.title = "甲 & 乙"
    for row in (["姓名", "心愿内容", "年龄"], ["彭彤", "=一辆自行车", 72], ["李四", "书包", "=1+1"]):
        page.append(row)
    workbook.create_sheet("别的")["AB3"] = "=SUM(A1:A2)"
    return workbook_bytes(workbook)


def test_a_formula_whose_result_was_not_saved_is_called_so() -> None:
    reading = read_form(PEOPLE, "表.xlsx", a_workbook_with_formulas(), None)
    assert [codes(reading, row) for row in (0, 1)] == [
        [("心愿内容(清晰扼要)", "sheets.formula")],
        [("年龄", "sheets.formula")],
    ]
    assert [row.status for row in reading.rows] == ["error", "warning"]
    assert set(catalogue()["sheets.formula"]) == {"zh", "en"}


def test_formulas_are_found_in_every_sheet_however_long_it_is() -> None:
    workbook, page = new_workbook()
    for number in range(1, 30_001):
        page.append([f"第 {number} 行，这里写着一些话，让表格长一些", "=A1" if number % 10_000 == 0 else ""])
    found = uncalculated(workbook_bytes(workbook))
    assert found["Sheet"] == {(9_999, 1), (19_999, 1), (29_999, 1)}
    assert uncalculated(a_workbook_with_formulas()) == {"甲 & 乙": {(1, 1), (2, 2)}, "别的": {(2, 27)}}
    assert uncalculated(b"no workbook") == {}


def test_a_formula_with_its_result_is_read_as_the_result() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        page = workbook.add_worksheet()
        page.write_row(0, 0, ["姓名", "心愿内容", "年龄"])
        page.write_formula(1, 0, '="彭"&"彤"', None, "彭彤")
        page.write_string(1, 1, "收音机")
        page.write_formula(1, 2, '=IF(A9="","",1)', None, "")
    reading = read_form(PEOPLE, "表.xlsx", content.getvalue(), None)
    assert reading.rows[0].values == {"name": "彭彤", "wish": "收音机", "age": None, "phone": None}
