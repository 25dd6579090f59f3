"""Registers imported from real sheets: preview, problems by row and column, commit, undo."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from services.chassis.refusals import NotPermitted
from services.chassis.words import catalogue, say, say_refusal
from services.chassis.work import Workshop
from services.directory import forms, usecases
from services.directory.contracts import (
    BatchCannotBeUndone,
    ChangeAreaSettings,
    FileTooLarge,
    ImportPeople,
    ImportReport,
    MembersChanged,
    NewUnit,
    RequestSignInCode,
    SignInCodeIssued,
    SignInWithCode,
    TooManyAtOnce,
    UnknownForm,
    UnreadableSheet,
)
from services.directory.settings import DirectorySettings
from services.directory.usecases.imports import MOST_MEGABYTES, MOST_ROWS
from tests.support.directory import (
    CITY,
    MAY_REACH,
    OPERATOR,
    PLACES_OF_RIGHTS,
    WENMING,
    a_city,
    a_member,
    a_sheet,
    announced,
    count,
    import_sheet,
    problems_of,
    refused,
    register,
    register_units,
    stored_texts,
    undo,
    worker_at,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

MEMBER_HEADINGS = ["姓名", "单 位", "居住\n社区", "联系电话", "职业特长", "服务意愿"]
UNIT_HEADINGS = ["单位名称", "上级单位", "单位类型", "报到街道", "联系人", "联系电话", "电子邮箱"]

DIRTY_MEMBERS = a_sheet(
    ["川汇区在职党员和志愿者名册"],
    ["填报单位：组织部"],
    MEMBER_HEADINGS,
    ["彭 彤", "川汇区人社局", "文明社区", 13812345678.0, "水电维修、理发", "便民利民"],  # row 4
    ["李翔", "没有的单位", "没有的社区", "139-1234-5678", "", ""],
    ["张燕", "", "建中社区", "+86 137 1234 5678", "", ""],
    ["", "", "文明社区", "13612345678", "", ""],
    ["何渊博", "", "文明社区", "1361234", "", ""],
    ["阮雄", "", "文明社区", "13812345678", "", ""],
    ["龚女士", "", "陈州街道建中社区", "0394-8123456", "/", "无"],
    [None] * 6,
)

UNITS = a_sheet(
    UNIT_HEADINGS,
    ["第一支部", "机关党委", "党支部", "", "", "", ""],
    ["机关党委", "川汇区人社局", "机关", "文昌街道", "张燕", "13712345678", "z@example.com"],
    ["孤儿支部", "没有的单位", "", "", "", "", ""],
    ["孤儿小组", "孤儿支部", "", "", "", "", ""],
    ["文明公司", "", "", "没有的街道", "", "", ""],
)


def assert_every_problem_has_words(report: ImportReport) -> None:
    """Check that the door can say each problem."""
    problems = [problem for row in report.rows for problem in row.problems] + report.problems
    assert {problem.reason for problem in problems} <= catalogue().keys()


def test_a_preview_names_every_problem_by_row_and_column_and_writes_nothing(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register_units(workshop, areas[CITY], NewUnit(name="川汇区人社局"))
    before = stored_texts(workshop)
    report = import_sheet(workshop, areas[CITY], DIRTY_MEMBERS)
    assert (report.form, report.batch, report.accepted, report.rejected) == ("members", None, 2, 5)
    assert problems_of(report) == {
        5: [("单位", "directory.unknown_unit"), ("居住社区", "directory.unknown_community")],
        6: [("居住社区", "directory.ambiguous_community")],
        7: [("姓名", "sheets.required")],
        8: [("联系电话", "sheets.phone_unreadable")],
        9: [("联系电话", "directory.repeated_phone")],
        10: [("联系电话", "directory.landline_cannot_sign_in")],
    }
    assert [row.status for row in report.rows] == [
        "ok",
        "error",
        "error",
        "error",
        "error",
        "error",
        "warning",
    ]
    repeated = next(row for row in report.rows if row.row == 9).problems[0]
    assert repeated.arguments["other"] == "4"
    assert_every_problem_has_words(report)
    assert stored_texts(workshop) == before


def test_a_commit_writes_the_good_rows_only(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register_units(workshop, areas[CITY], NewUnit(name="川汇区人社局"))
    report = import_sheet(workshop, areas[CITY], DIRTY_MEMBERS, commit=True)
    assert report.batch is not None
    assert (report.accepted, report.rejected) == (2, 5)
    (event,) = announced(workshop, MembersChanged)
    assert {workshop.seals.open(copy.name) for copy in event.members} == {"彭彤", "龚女士"}
    assert {workshop.seals.open(copy.phone) for copy in event.members} == {"+8613812345678", "+863948123456"}


def test_the_same_command_imports_once(workshop: Workshop) -> None:
    areas = a_city(workshop)
    first = import_sheet(workshop, areas[CITY], DIRTY_MEMBERS, commit=True, key="click")
    second = import_sheet(workshop, areas[CITY], DIRTY_MEMBERS, commit=True, key="click")
    assert second == first
    assert count(workshop, "import_batch") == 1


def test_a_csv_of_a_community_needs_no_community_column_and_its_area_code_completes_phones(
    workshop: Workshop,
) -> None:
    areas = a_city(workshop)
    change = ChangeAreaSettings(by=OPERATOR, area_id=areas[CITY].id, settings={"area_code": "0394"})
    workshop.run(change, usecases.change_area_settings)
    content = "姓名,联系电话\n彭彤,8123456\n李翔,13812345678\n".encode("gb18030")
    report = import_sheet(
        workshop, areas[WENMING], content, by=worker_at(WENMING), file_name="名册.csv", commit=True
    )
    assert (report.accepted, report.rejected) == (2, 0)
    assert {copy.area_path for copy in announced(workshop, MembersChanged)[-1].members} == {WENMING}


@pytest.mark.parametrize("form", ["auto", "members", "units"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "sheets.file_empty"),
        (b"root:x:0:0:root:/root:/bin/bash\n", "sheets.file_kind_unknown"),
        (a_sheet(["一", "二"], ["三", "四"]), None),
    ],
)
def test_a_file_that_is_no_register_is_refused_with_the_reason_in_words(
    workshop: Workshop, form: str, content: bytes, reason: str | None
) -> None:
    areas = a_city(workshop)
    told = reason or ("sheets.form_unknown" if form == "auto" else "sheets.no_header")
    with refused(UnreadableSheet, reason=told) as refusal:
        import_sheet(workshop, areas[CITY], content, commit=True, form=form)
    assert say(told, "en", **refusal.value.arguments) in say_refusal(refusal.value, "en")
    assert count(workshop, "import_batch") == 0


def test_everything_wrong_with_a_row_is_said_at_once(workshop: Workshop) -> None:
    areas = a_city(workshop)
    members = a_sheet(
        MEMBER_HEADINGS,
        ["彭彤", "没有的单位", "没有的社区", "123", "", ""],
        ["", "", "没有的社区", "13812345678", "", ""],
    )
    assert problems_of(import_sheet(workshop, areas[CITY], members)) == {
        2: [
            ("联系电话", "sheets.phone_unreadable"),
            ("单位", "directory.unknown_unit"),
            ("居住社区", "directory.unknown_community"),
        ],
        3: [("姓名", "sheets.required"), ("居住社区", "directory.unknown_community")],
    }
    units = a_sheet(
        UNIT_HEADINGS,
        ["文明公司", "", "", "没有的街道", "", "123", ""],
        ["", "没有的单位", "", "", "", "", ""],
        ["", "", "", "", "李翔", "", ""],
        ["小组", "文明公司", "", "", "", "", ""],
    )
    assert problems_of(import_sheet(workshop, areas[CITY], units)) == {
        2: [("联系电话", "sheets.phone_unreadable"), ("报到街道", "directory.unknown_street")],
        3: [("单位名称", "sheets.required")],
        4: [("单位名称", "sheets.required")],
        5: [("上级单位", "directory.unknown_unit")],
    }


def test_an_import_without_one_good_row_leaves_no_batch(workshop: Workshop) -> None:
    areas = a_city(workshop)
    report = import_sheet(
        workshop, areas[CITY], a_sheet(MEMBER_HEADINGS, ["彭彤", "", "", "123", "", ""]), commit=True
    )
    assert (report.batch, report.rejected) == (None, 1)
    assert count(workshop, "import_batch") == 0


def test_what_is_too_large_or_unknown_is_refused_before_it_is_read(workshop: Workshop) -> None:
    areas = a_city(workshop)
    with refused(FileTooLarge, limit=MOST_MEGABYTES):
        import_sheet(workshop, areas[CITY], b"x" * (MOST_MEGABYTES * 1024 * 1024 + 1))
    with refused(UnknownForm):
        import_sheet(workshop, areas[CITY], b"x", form="wishes")


def test_more_than_twenty_thousand_rows_are_refused(workshop: Workshop) -> None:
    areas = a_city(workshop)
    reading = forms.read("名册.csv", "姓名,联系电话\n彭彤,1\n".encode(), None)
    many = replace(reading, rows=[*reading.rows] * (MOST_ROWS + 1))
    command = ImportPeople(by=OPERATOR, area_id=areas[CITY].id, file_name="", content=b"")
    with refused(TooManyAtOnce, limit=MOST_ROWS):
        workshop.run(command, partial(usecases.import_people, reading=many))


@pytest.mark.parametrize("relation", PLACES_OF_RIGHTS)
def test_who_manages_people_there_may_import_and_undo(workshop: Workshop, relation: str) -> None:
    areas = a_city(workshop)
    place, target = PLACES_OF_RIGHTS[relation]
    sheet = a_sheet(["姓名", "联系电话"], ["彭彤", "13812345678"])
    if MAY_REACH[relation]:
        report = import_sheet(workshop, areas[target], sheet, by=worker_at(place), commit=True)
        undo(workshop, report.batch, by=worker_at(place))
    else:
        with refused(NotPermitted):
            import_sheet(workshop, areas[target], sheet, by=worker_at(place))
        report = import_sheet(workshop, areas[target], sheet, commit=True)
        with refused(NotPermitted):
            undo(workshop, report.batch, by=worker_at(place))


def test_a_member_at_home_elsewhere_is_a_problem_of_the_row(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register(workshop, areas[CITY], a_member(community_name="中州社区"))
    sheet = a_sheet(["姓名", "联系电话"], ["彭彤", "13812345678"])
    report = import_sheet(workshop, areas[WENMING], sheet, by=worker_at(WENMING))
    assert problems_of(report) == {2: [("联系电话", "directory.member_elsewhere")]}


# -- undo


def test_an_undone_import_lets_go_whom_it_added_and_restores_whom_it_changed(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register(
        workshop, areas[CITY], a_member(community_name="中州社区", skills=("理发",), email="p@example.com")
    )
    (known,) = announced(workshop, MembersChanged)[-1].members
    sheet = a_sheet(
        MEMBER_HEADINGS,
        ["彭彤彤", "", "文明社区", "13812345678", "水电维修", ""],
        ["李翔", "", "文明社区", "13912345678", "", ""],
    )
    report = import_sheet(workshop, areas[CITY], sheet, commit=True)
    undo(workshop, report.batch)
    told = announced(workshop, MembersChanged)[-1].members
    restored = next(copy for copy in told if copy.id == known.id)
    gone = next(copy for copy in told if copy.id != known.id)
    assert restored == known.__class__(**{**_fields(known), "version": 3})
    assert (gone.is_active, gone.version) == (False, 2)
    assert count(workshop, "imported_row") == 0


def _fields(copy: Any) -> dict[str, Any]:
    return {name: getattr(copy, name) for name in copy.__struct_fields__}


def test_an_import_is_undone_once(workshop: Workshop) -> None:
    areas = a_city(workshop)
    batch = import_sheet(workshop, areas[CITY], DIRTY_MEMBERS, commit=True).batch
    undo(workshop, batch)
    for again, why in ((batch, "undone"), (uuid4(), "unknown")):
        with refused(BatchCannotBeUndone, why=why):
            undo(workshop, again)


def test_after_an_undo_the_same_sheet_brings_back_the_same_people(workshop: Workshop) -> None:
    areas = a_city(workshop)
    undo(workshop, import_sheet(workshop, areas[CITY], DIRTY_MEMBERS, commit=True).batch)
    import_sheet(workshop, areas[CITY], DIRTY_MEMBERS, commit=True)
    first, _, third = announced(workshop, MembersChanged)
    assert {copy.id for copy in third.members} == {copy.id for copy in first.members}
    assert {copy.version for copy in third.members} == {3}


def test_an_import_is_not_undone_once_a_row_of_it_was_changed(workshop: Workshop) -> None:
    areas = a_city(workshop)
    batch = import_sheet(workshop, areas[CITY], DIRTY_MEMBERS, commit=True).batch
    register(workshop, areas[CITY], a_member(name="改名"))
    with refused(BatchCannotBeUndone):
        undo(workshop, batch)
    assert count(workshop, "member", "is_active") == count(workshop, "member")


def test_an_import_is_not_undone_once_a_member_it_added_signed_in(workshop: Workshop) -> None:
    areas = a_city(workshop)
    batch = import_sheet(
        workshop, areas[CITY], a_sheet(["姓名", "联系电话"], ["彭彤", "13812345678"]), commit=True
    ).batch
    settings = DirectorySettings()
    asking = partial(usecases.request_sign_in_code, settings=settings)
    workshop.run(RequestSignInCode(phone="13812345678"), asking)
    code = workshop.seals.open(announced(workshop, SignInCodeIssued)[-1].code)
    signing_in = partial(usecases.sign_in_with_code, settings=settings)
    workshop.run(SignInWithCode(phone="13812345678", code=code), signing_in)
    with refused(BatchCannotBeUndone):
        undo(workshop, batch)
