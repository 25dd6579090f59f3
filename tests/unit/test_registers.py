"""The registers of members and units, read as offices keep them."""

from services.chassis.sheets import Cell, RowStatus
from services.directory import forms as registers
from services.directory.contracts import UnitKind
from services.directory.forms import RegisteredMember, RegisteredUnit
from tests.support.sheets import codes, csv_text, xls

LOUDI = "0738"


def test_a_member_register_is_read() -> None:
    rows: list[list[Cell]] = [
        ["某某局在职党员名册"],
        ["序号", "姓  名", "工作单位", "居住社区", "手机号码", "职业特长", "服务意愿"],
        [1, "彭 彤", "某某局", "阳光 社区", 13800138000, "水电维修、理发/英语", "陪护，理发"],
        [2, "李四", "", "", "", "", ""],
        [3, "王五", "某某局", "", "1380013800", "", ""],
    ]
    reading = registers.read("名册.xls", xls(rows), LOUDI)
    assert reading.form == "members"
    assert reading.rows[0].values == RegisteredMember(
        name="彭彤",
        unit="某某局",
        community="阳光社区",
        phone="+8613800138000",
        skills=("水电维修", "理发", "英语"),
        willingness=("陪护", "理发"),
    )
    assert [row.status for row in reading.rows[1:]] == [RowStatus.ERROR, RowStatus.ERROR]
    assert codes(reading, 1) == [("联系电话", "sheets.required")]
    assert codes(reading, 2) == [("联系电话", "sheets.phone_unreadable")]


def test_a_unit_register_is_read_and_needs_only_the_name() -> None:
    header: list[Cell] = ["单位名称", "上级单位", "单位类型", "报到街道", "联系人", "联系电话", "电子邮箱"]
    rows: list[list[Cell]] = [
        header,
        ["某某局", "某某市", "机关", "某某街道", "彭 彤", "0738-8312345", "Office@Example.com"],
        ["某某小学", "", "", "", "", "", ""],
        ["某某公司", "", "合伙", "", "", "8312345/8312346", "office@"],
        ["", "某某市", "", "", "", "", ""],
    ]
    reading = registers.read("单位.csv", csv_text(rows, "gbk"), None)
    assert reading.rows[0].values == RegisteredUnit(
        name="某某局",
        parent="某某市",
        kind=UnitKind.ORGAN,
        street="某某街道",
        contact="彭彤",
        phone="+867388312345",
        email="Office@example.com",
    )
    assert [row.status for row in reading.rows] == [
        RowStatus.OK,
        RowStatus.OK,
        RowStatus.WARNING,
        RowStatus.ERROR,
    ]
    assert codes(reading, 2) == [
        ("单位类型", "sheets.unit_kind_unknown"),
        ("联系电话", "sheets.phone_several"),
        ("电子邮箱", "sheets.email_unreadable"),
    ]


def test_a_list_of_unit_names_alone_is_a_unit_register() -> None:
    reading = registers.read("单位.csv", csv_text([["单位名称"], ["某某局"], ["某某小学"]], "utf-8"), None)
    assert [row.values.name for row in reading.rows if row.values] == ["某某局", "某某小学"]
