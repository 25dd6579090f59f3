"""Units imported from a sheet: as a tree, and taken back."""

from uuid import UUID

import pytest

from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.directory.contracts import (
    BatchCannotBeUndone,
    NewUnit,
    UnitsChanged,
)
from tests.support.directory import (
    CITY,
    WENCHANG,
    WENMING,
    a_city,
    a_member,
    a_sheet,
    add_account,
    announced,
    count,
    empty,
    import_sheet,
    officer_at,
    problems_of,
    refused,
    register,
    register_units,
    undo,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

UNIT_HEADINGS = ["单位名称", "上级单位", "单位类型", "报到街道", "联系人", "联系电话", "电子邮箱"]

UNITS = a_sheet(
    UNIT_HEADINGS,
    ["第一支部", "机关党委", "党支部", "", "", "", ""],
    ["机关党委", "川汇区人社局", "机关", "文昌街道", "张燕", "13712345678", "z@example.com"],
    ["孤儿支部", "没有的单位", "", "", "", "", ""],
    ["孤儿小组", "孤儿支部", "", "", "", "", ""],
    ["文明公司", "", "", "没有的街道", "", "", ""],
)


def test_units_are_imported_as_a_tree_and_taken_back(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (bureau,) = register_units(workshop, areas[CITY], NewUnit(name="川汇区人社局")).items
    report = import_sheet(workshop, areas[CITY], UNITS, commit=True)
    assert problems_of(report) == {
        4: [("上级单位", "directory.unknown_unit")],
        5: [("上级单位", "directory.unknown_unit")],
        6: [("报到街道", "directory.unknown_street")],
    }
    copies = {copy.name: copy for copy in announced(workshop, UnitsChanged)[-1].units}
    committee, branch = copies["机关党委"], copies["第一支部"]
    assert branch.path == f"/{bureau.id}/{committee.id}/{branch.id}/"
    assert committee.street_path == WENCHANG
    undo(workshop, report.batch)
    assert {copy.is_active for copy in announced(workshop, UnitsChanged)[-1].units} == {False}
    assert count(workshop, "unit", "is_active") == 1


def test_an_undone_import_of_units_restores_what_it_changed(workshop: Workshop) -> None:
    areas = a_city(workshop)
    before = register_units(
        workshop,
        areas[CITY],
        NewUnit(name="机关党委", contact_name="何渊博"),
        NewUnit(name="第二支部", parent_name="机关党委"),
        NewUnit(name="川汇区人社局"),
    ).items
    undo(workshop, import_sheet(workshop, areas[CITY], UNITS, commit=True).batch)
    restored = {copy.id: copy for event in announced(workshop, UnitsChanged) for copy in event.units}
    assert [restored[unit.id].path for unit in before] == [unit.path for unit in before]
    contact = restored[before[0].id].contact_name
    assert contact is not None
    assert workshop.seals.open(contact) == "何渊博"
    assert restored[before[0].id].street_id is None


def test_an_import_of_units_is_not_undone_while_one_is_in_use(workshop: Workshop) -> None:
    areas = a_city(workshop)
    sheet = a_sheet(UNIT_HEADINGS, ["新单位", "", "", "", "", "", ""])

    def imported() -> UUID | None:
        return import_sheet(workshop, areas[WENCHANG], sheet, by=officer_at(WENCHANG), commit=True).batch

    batch = imported()
    register(workshop, areas[WENMING], a_member(unit_name="新单位"))
    with refused(BatchCannotBeUndone):
        undo(workshop, batch)
    empty(workshop)
    areas = a_city(workshop)
    batch = imported()
    register_units(workshop, areas[WENCHANG], NewUnit(name="下级", parent_name="新单位"))
    with refused(BatchCannotBeUndone):
        undo(workshop, batch)
    empty(workshop)
    areas = a_city(workshop)
    batch = imported()
    unit = announced(workshop, UnitsChanged)[-1].units[0]
    add_account(workshop, "unit-officer", role=Role.UNIT_OFFICER, unit_id=unit.id)
    with refused(BatchCannotBeUndone):
        undo(workshop, batch)
