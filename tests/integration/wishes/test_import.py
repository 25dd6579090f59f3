"""Imports of forms 000 and 001-1: previewed, problems by row and column, committed, taken back."""

from typing import Any

import pytest

from services.chassis.refusals import NotPermitted
from services.chassis.rights import Role
from services.chassis.sheets import Cell, FormReading, FormRow, RowStatus
from services.chassis.words import LANGUAGES, say, say_refusal
from services.wishes import contracts, forms, usecases
from services.wishes.contracts import (
    BatchCannotBeUndone,
    Door,
    ImportReport,
    ReportersChanged,
    ResidentsChanged,
    SheetTooLong,
    UnknownCommunity,
    UnreadableSheet,
    WishesSubmitted,
)
from services.wishes.forms import RequestedWish, WishText
from services.wishes.settings import WishesSettings
from tests.support.pace import timed
from tests.support.sheets import csv_text, xls, xlsx
from tests.support.wishes import COMMUNITY, NEIGHBOUR, STREET, Desk, a_worker, id_of

pytestmark = pytest.mark.usefixtures("simulated_clock")


HEADER_001_1: list[Cell] = [
    "序号",
    "姓名",
    "性别",
    "年龄",
    "家庭住址",
    "心愿内容(清晰扼要)",
    "申领证明材料 (详细材料可附后)",
    "联系电话",
]
HEADER_000: list[Cell] = ["序号", "单位名称或个人姓名", "微项目、微心愿\n（以40字左右简要概括）", "备注"]

DIRTY: list[list[Cell]] = [
    ["银华社区“微心愿”活动需求征集表"],
    HEADER_001_1,
    [1, "彭 桂兰", "女", "72岁", "八一大道12号", "想要一台收音机", "低保证", 13812345678.0],
    [2, "李小虎", "男", "5岁半", "清河路3号", "想要一个书包", "", "8312345"],
    [3, "", "男", 60, "清河路4号", "想要一根拐杖", "", "13912345678"],
    [4, "王建国", "男", 66, "清河路5号", "轮椅，打13712345678", "", "13712345678"],
    [5, "赵秀英", "女", "七十多", "清河路6号", "赵秀英想要一床棉被", "", "13612345678"],
    [6, "孙长贵", "男", 80, "清河路7号", "想有人陪着" + "说说话，" * 20, "", ""],
    [7, "周玉梅", "女", 77, "清河路8号", "想要一口锅", "", "1361234"],
]


def _report_of(report: ImportReport) -> dict[int, tuple[str, list[str]]]:
    return {row.row: (row.status, [problem.reason for problem in row.problems]) for row in report.rows}


# -- preview


def test_the_preview_names_every_problem_by_row_and_column_and_writes_nothing(desk: Desk) -> None:
    report = desk.bring("征集表.xlsx", xlsx(DIRTY))
    assert (report.form, report.batch, report.accepted, report.rejected) == ("001-1", None, 3, 4)
    assert _report_of(report) == {
        3: ("ok", []),
        4: ("ok", []),
        5: ("error", ["sheets.required"]),
        6: ("error", ["wishes.personal_data_in_title"]),
        7: ("error", ["sheets.age_unreadable", "wishes.personal_data_in_title"]),
        8: ("warning", ["sheets.too_long", "sheets.missing"]),
        9: ("error", ["sheets.phone_unreadable"]),
    }
    assert [problem.column for problem in report.rows[3].problems] == ["心愿内容(清晰扼要)"]
    assert [problem.column for problem in report.rows[6].problems] == ["联系电话"]
    assert desk.rows("SELECT FROM wishes.wish") == desk.rows("SELECT FROM wishes.resident") == []


@pytest.mark.parametrize(
    ("file_name", "content"),
    [
        ("表.xls", xls(DIRTY)),
        ("表.csv", csv_text(DIRTY, "gbk")),
        ("表.csv", csv_text(DIRTY, "utf-8-sig")),
    ],
)
def test_every_kind_of_file_says_the_same(desk: Desk, file_name: str, content: bytes) -> None:
    assert desk.bring(file_name, content).accepted == 3


@pytest.mark.parametrize(
    ("file_name", "content", "reason"),
    [
        ("图.png", b"\x89PNG....", "sheets.file_kind_unknown"),
        ("空.xlsx", b"", "sheets.file_empty"),
        (
            "别的.csv",
            csv_text([["姓名", "生日"], ["彭桂兰", "1950-01-01"]], "utf-8"),
            "sheets.form_unknown",
        ),
        ("落实.csv", csv_text([[*HEADER_001_1, "圆梦党员", "联系方式"]], "utf-8"), "sheets.other_form"),
    ],
)
def test_a_file_that_is_no_form_is_refused_with_the_reason(
    desk: Desk, file_name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableSheet) as refused:
        desk.bring(file_name, content)
    assert refused.value.arguments["reason"] == reason
    for language in LANGUAGES:
        assert say_refusal(refused.value, language).endswith(say(reason, language))


def test_a_form_that_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(UnreadableSheet):
        desk.bring("表.xlsx", xlsx(DIRTY), form="002")


def test_what_of_the_file_was_left_aside_is_said(desk: Desk) -> None:
    content = xlsx([[*HEADER_001_1, "血型"], [*DIRTY[2], "A"], ["注：此表一式两份"]])
    report = desk.bring("表.xlsx", content)
    assert {problem.reason for problem in report.problems} == {
        "sheets.column_unknown",
        "sheets.remarks_left_out",
    }


def test_importing_takes_the_right_in_this_very_community(desk: Desk) -> None:
    with pytest.raises(NotPermitted):
        desk.bring("表.xlsx", xlsx(DIRTY), by=a_worker(NEIGHBOUR))
    command = contracts.ImportWishes(by=a_worker(STREET), area_id=STREET.id, file_name="a", content=b"")
    with pytest.raises(UnknownCommunity):
        desk.ask(command, usecases.area_code_for)  # type: ignore[arg-type]


# -- commit


def test_a_commit_writes_the_rows_without_error_and_says_where_they_came_from(desk: Desk) -> None:
    worker = a_worker(COMMUNITY, Role.GRID_WORKER)
    report = desk.bring("表.xlsx", xlsx(DIRTY), commit=True, by=worker)
    assert (report.accepted, report.rejected) == (3, 4)
    wishes = desk.rows("SELECT sheet_row, title, door, entered_by, batch_id FROM wishes.wish ORDER BY id")
    assert [row[0] for row in wishes] == [3, 4, 8]
    assert {row[2:] for row in wishes} == {(Door.FORM_001_1, str(worker.account_id), report.batch)}
    assert desk.rows("SELECT gender, age FROM wishes.resident ORDER BY id") == [
        ("女", 72),
        ("男", 5),
        ("男", 80),
    ]
    assert len(desk.rows("SELECT FROM wishes.wish_move")) == 3


def test_a_long_wish_keeps_its_whole_text_and_evidence_is_sealed(desk: Desk) -> None:
    desk.bring("表.xlsx", xlsx(DIRTY), commit=True)
    rows = desk.rows("""
        SELECT title, details, content FROM wishes.wish LEFT JOIN wishes.evidence ON wish_id = wish.id
        ORDER BY wish.id
    """)
    open_seal = desk.workshop.seals.open
    assert open_seal(rows[0].content) == "低保证"
    assert len(rows[2].title) <= 40
    assert open_seal(rows[2].details).startswith("想有人陪着说说话")
    assert len(open_seal(rows[2].details)) > 40


def test_the_same_key_imports_once(desk: Desk) -> None:
    sheet = xlsx(DIRTY)  # one that is written anew in the next second is another
    first = desk.bring("表.xlsx", sheet, commit=True, key="17")
    assert desk.bring("表.xlsx", sheet, commit=True, key="17") == first
    assert len(desk.rows("SELECT FROM wishes.wish")) == 3


def test_a_sheet_with_errors_only_makes_no_batch(desk: Desk) -> None:
    report = desk.bring("表.xlsx", xlsx([*DIRTY[:2], DIRTY[4]]), commit=True)
    assert (report.batch, report.accepted, report.rejected) == (None, 0, 1)


def test_a_sheet_that_is_too_long_is_refused(desk: Desk) -> None:
    desk.settings = WishesSettings(largest_sheet=6)
    with pytest.raises(SheetTooLong) as refused:
        desk.bring("表.xlsx", xlsx(DIRTY))
    assert refused.value.arguments == {"rows": 7, "limit": 6}


# -- form 000


SHEET_000: list[list[Cell]] = [
    ["高新区“您的心愿，我们的志愿”征集表"],
    ["单位：高新一中　填报人：张三　联系电话：0394-8312345　填报日期：2026.6.10"],
    HEADER_000,
    [1, "高新一中", "高新一中门前装一盏路灯", "夜里太黑"],
    [2, "刘桂英", "想要一副老花镜", ""],
    [3, "陈阿福", "陈阿福想学用手机", ""],
]


def test_form_000_makes_residents_of_units_and_people_reached_by_the_collector(desk: Desk) -> None:
    report = desk.bring("000.xlsx", xlsx(SHEET_000), commit=True)
    assert (report.form, report.accepted, report.problems) == ("000", 2, [])
    assert _report_of(report)[6] == ("error", ["wishes.personal_data_in_title"])
    wishes = desk.rows("SELECT id, door FROM wishes.wish ORDER BY id")
    assert {row.door for row in wishes} == {Door.FORM_000}
    unit, person = (desk.wish(row.id) for row in wishes)
    assert (unit.resident_name, unit.resident_phone) == ("高**", "***2345")
    assert unit.details == "备注：夜里太黑"
    assert (person.resident_name, person.resident_phone) == ("刘**", "***2345")
    assert len(desk.rows("SELECT FROM wishes.resident")) == 2


def test_form_000_without_a_phone_says_so_once(desk: Desk) -> None:
    report = desk.bring("000.xlsx", xlsx([SHEET_000[0], *SHEET_000[2:5]]))
    assert [(problem.column, problem.reason) for problem in report.problems] == [
        ("联系电话", "sheets.missing")
    ]


# -- undo


def _undo(desk: Desk, batch_id: Any, **by: Any) -> None:
    desk.do(contracts.UndoWishImport(**{"by": a_worker()} | by, batch_id=batch_id), usecases.undo_wish_import)


def test_an_import_is_taken_back_and_its_wishes_still_explain_themselves(desk: Desk) -> None:
    other = desk.enter()
    batch = desk.bring("表.xlsx", xlsx(DIRTY), commit=True).batch
    _undo(desk, batch)
    (imported, *_) = desk.rows("SELECT id FROM wishes.wish WHERE batch_id IS NOT NULL")
    wish = desk.wish(imported.id)
    assert (wish.state, [move.action for move in wish.moves]) == ("withdrawn", ["submit", "undo"])
    assert desk.state(other.wish_id) == "submitted"
    (told,) = desk.announced(ReportersChanged)
    imported_ids = {row.id for row in desk.rows("SELECT id FROM wishes.wish WHERE batch_id IS NOT NULL")}
    assert {change.wish_id for change in told.changes} == imported_ids
    assert {(change.reporter_id, change.version) for change in told.changes} == {(None, 2)}
    assert desk.bring("表.xlsx", xlsx(DIRTY), commit=True).accepted == 3


def test_an_import_is_taken_back_once(desk: Desk) -> None:
    batch = desk.bring("表.xlsx", xlsx(DIRTY), commit=True).batch
    _undo(desk, batch)
    for again, why in ((batch, "undone"), (id_of("nothing"), "unknown")):
        with pytest.raises(BatchCannotBeUndone) as refused:
            _undo(desk, again)
        assert refused.value.arguments == {"why": why}


def test_once_a_wish_was_screened_the_import_stays(desk: Desk) -> None:
    batch = desk.bring("表.xlsx", xlsx(DIRTY), commit=True).batch
    (first, *_) = desk.rows("SELECT id FROM wishes.wish ORDER BY id")
    command = contracts.ReturnWish(by=a_worker(), wish_id=first.id, reason="请写清楚")
    desk.do(command, usecases.return_wish)
    with pytest.raises(BatchCannotBeUndone) as refused:
        _undo(desk, batch)
    assert "已有心愿审核过" in say_refusal(refused.value)
    assert {row.state for row in desk.rows("SELECT state FROM wishes.wish")} == {"submitted", "returned"}


def test_a_neighbour_takes_no_import_back(desk: Desk) -> None:
    batch = desk.bring("表.xlsx", xlsx(DIRTY), commit=True).batch
    with pytest.raises(NotPermitted):
        _undo(desk, batch, by=a_worker(NEIGHBOUR))


# -- a large sheet


@pytest.mark.slow
def test_five_thousand_rows_are_imported_in_seconds(desk: Desk) -> None:
    rows = [
        FormRow(
            number + 3,
            RowStatus.OK,
            [],
            RequestedWish(
                name=f"彭桂兰{chr(0x4E00 + number % 2500)}",
                gender=None,
                age=70,
                address=f"八一大道{number}号",
                wish=WishText("想要一台收音机"),
                evidence="低保证",
                phone=f"+86138{number:08}",
            ),
        )
        for number in range(5000)
    ]
    reading: FormReading[RequestedWish, None] = FormReading("001-1", rows, None, [])
    command = contracts.ImportWishes(
        by=a_worker(), area_id=COMMUNITY.id, file_name="大表.xlsx", content=b"", commit=True
    )
    with timed() as took:
        report = desk.take(command, reading)
    assert report.accepted == 5000
    assert took.seconds < 30
    assert [len(event.wishes) for event in desk.announced(WishesSubmitted)] == [500] * 10
    assert [len(event.residents) for event in desk.announced(ResidentsChanged)] == [500] * 10
    assert forms.FORM_001_1.key == report.form
